/**
 * Every text file of the samples, format by format, against what a few lines of other code find in it. The tests of the
 * readers themselves say more of single files; here none is left out.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { decodeText } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { samplesByEvent } from '../../src/profile/eventTotals.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Profile } from '../../src/profile/types.ts';
import { detectReader } from '../../src/readers/registry.ts';
import { parsePerfScript } from '../support/perfScriptText.ts';
import { describeWithSamples } from '../support/samples.ts';
import { fileBytes, headOf, textFile } from '../support/textFiles.ts';

/** Files below a folder whose path matches, in order of name. */
function filesOf(folder: string, pattern: RegExp): string[] {
  if (folder === '') return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => pattern.test(path))
    .sort();
}

async function readFile(
  folder: string,
  path: string,
  format: string,
): Promise<{ profile: Profile; text: string }> {
  const bytes = fileBytes(join(folder, path));
  const input = textFile(bytes, path);
  const reader = detectReader(headOf(bytes, path), input);
  expect(reader?.format).toBe(format);
  const profile = await reader!.read(input, { services: nodeServices });
  expect(profileViolations(profile)).toEqual([]);
  return { profile, text: decodeText(bytes) };
}

describeWithSamples('every perf script text of the samples', (folder) => {
  it.each(filesOf(folder, /(?:^|\/)(?:perf\.)?script[\w-]*\.(?:txt(?:\.gz)?|out)$|\.linux-perf\.txt$/))(
    '%s: records and periods by event',
    async (path) => {
      const { profile, text } = await readFile(folder, path, 'perf-script');
      const printed = new Map<string, [count: number, sum: number]>();
      const withoutFrames = text.replaceAll(/^\t.*\n/gm, '');
      for (const { event, period } of parsePerfScript(withoutFrames)) {
        const [count, sum] = printed.get(event) ?? [0, 0];
        printed.set(event, [count + 1, sum + (period ?? 1)]);
      }
      const ours = samplesByEvent(profile).map(
        ({ event, count, periodSum }) => [event, [count, periodSum]] as const,
      );
      expect(printed.size).toBeGreaterThan(0);
      expect(new Map(ours)).toEqual(printed);
    },
  );
});

describeWithSamples('every perf stat text of the samples', (folder) => {
  const EVENTS = ['cpu-clock', 'task-clock', 'page-faults', 'context-switches', 'cpu-migrations'];

  /** Number of a language that writes decimals with a point or a comma, and thousands with spaces or points. */
  const number = (text: string): number =>
    Number(text.replaceAll(/[\s  ]|\.(?=\d{3}(?:\D|$)(?!.*msec))/g, '').replace(',', '.'));

  /** The value of an event in a line of any form; null where the line has none. */
  function valueIn(line: string, event: string): number | null {
    const json = new RegExp(`"counter-value" : "([\\d.,]+)".*"event" : "${event}[" ]`).exec(line);
    const isClock = event.endsWith('clock');
    const csv = isClock
      ? new RegExp(`(\\d+(?:[.,]\\d+)?)[,;]msec[,;]${event}\\b`).exec(line)
      : new RegExp(`(?:^|[,;])(\\d+)[,;]{2}${event}\\b`).exec(line);
    const text = new RegExp(
      `^\\s*(?:\\d+\\.\\d{9} +)?([\\d.,  ]*\\d) +${isClock ? 'msec ' : ' *'}${event}\\b`,
    ).exec(line);
    const found = json ?? csv ?? text;
    return found ? number(found[1]) : null;
  }

  it.each(filesOf(folder, /^perf-recorded\/perf_stat\/(?!truth).*\.(?:txt|csv|json)$/))(
    '%s',
    async (path) => {
      const { profile, text } = await readFile(folder, path, 'perf-stat');
      const sums = new Map<string, number>();
      for (const line of text.split('\n')) {
        for (const event of EVENTS) {
          const value = valueIn(line, event);
          if (value !== null) sums.set(event, (sums.get(event) ?? 0) + value);
        }
      }
      expect(sums.size).toBeGreaterThan(0);
      for (const [event, sum] of sums) {
        const counter = profile.counters.findIndex(({ name }) => name.split(' [')[0] === event);
        const total = profile.readings.reduce((all, readings) => {
          const column = readings.counters.indexOf(counter);
          return column < 0 ? all : readings.deltas[column].reduce((a, b) => a + b, all);
        }, 0);
        expect(total, event).toBeCloseTo(sum, 3);
      }
    },
  );
});

describeWithSamples('every perf report text of the samples', (folder) => {
  it.each(filesOf(folder, /(?:^|\/)(?:perf\.)?report(?:-children|-flat)?\.(?:txt|csv)$/))(
    '%s: its first function and how many rows',
    async (path) => {
      const { profile, text } = await readFile(folder, path, 'perf-report');
      const rows = text
        .split('\n')
        .map((line) => /^\s*\d+\.\d\d%.*\[[.k]\] (\S.*?)\s*$/.exec(line)?.[1])
        .filter((name) => name !== undefined);
      expect(profile.figures[0].subject).toBe(rows[0]);
      const functions = new Set(profile.figures.map(({ subject }) => subject));
      for (const name of rows.slice(0, 10)) expect(functions).toContain(name);
    },
  );
});

describeWithSamples('every folded text of the samples', (folder) => {
  it.each(filesOf(folder, /collapse\.out$|\.foldedstack$/))('%s: its total', async (path) => {
    const { profile, text } = await readFile(folder, path, 'folded-stacks');
    const total = text
      .split('\n')
      .filter((line) => / \d+$/.test(line))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    const ours = samplesByEvent(profile).reduce((sum, { periodSum }) => sum + periodSum, 0);
    expect(ours).toBe(total);
  });
});

describeWithSamples('every text about a target of the samples', (folder) => {
  it.each(filesOf(folder, /^captures\/.*(?:cpuinfo|uname|system)\.txt$/))('%s', async (path) => {
    const { profile } = await readFile(folder, path, 'target-facts');
    const { target } = profile;
    if (path.endsWith('cpuinfo.txt'))
      expect(target.cpus.map(({ midr }) => midr)).toEqual(['0x411fd402', '0x411fd402']);
    else expect(target).toMatchObject({ arch: 'aarch64', kernel: '6.12.117+deb13-arm64' });
  });
});
