/**
 * `npm run bench [name…]`: runs the benchmarks of this folder one after the other, each in a process of its own, and prints
 * one table of what they measured.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Measured {
  name: string;
  seconds: number;
  /** What the benchmark printed, line by line. */
  lines: string[];
}

const wanted = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))
  .map((file) => basename(file, '.ts'))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .sort();

const results: Measured[] = [];
for (const name of names) {
  if (process.stderr.isTTY) process.stderr.write(`${name} …\n`);
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const seconds = (performance.now() - started) / 1000;
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  if (status !== 0) {
    lines.push(`failed: ${stderr.trim().split('\n')[0] || `exit code ${status}`}`);
    process.exitCode = 1;
  }
  results.push({ name, seconds, lines });
}
process.stdout.write(table(results));

/** Name, seconds of the whole benchmark, and its lines, in columns. */
function table(rows: readonly Measured[]): string {
  const width = Math.max(9, ...rows.map(({ name }) => name.length));
  const body = rows.flatMap(({ name, seconds, lines }) =>
    (lines.length > 0 ? lines : ['(printed nothing)']).map((line, index) =>
      index === 0
        ? `${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)}  ${line}`
        : `${''.padEnd(width)}  ${''.padStart(7)}  ${line}`,
    ),
  );
  return `${['benchmark'.padEnd(width), 'seconds'.padStart(7), 'measured'].join('  ')}\n${body.join('\n')}\n`;
}
