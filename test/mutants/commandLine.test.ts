import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { gemview, type CommandResult } from '../support/command.ts';
import { scratchFolder } from '../support/scratch.ts';
import { DATA, randomNumbers } from './apcMutations.ts';

const CAPTURE = 'captures/gator-app-t1';
const ARCHIVE = 'markers_t1.apc.zip';

/** The shipped capture with nothing left out, unpacked: 7 MB of data, all symbols and events. */
let members: Map<string, Uint8Array>;
beforeAll(async () => {
  const opened = await openInputs([join(CAPTURE, ARCHIVE)], { cwd: process.cwd() });
  members = new Map();
  const { content } = opened.inputs[0];
  if (content.kind !== 'bundle') throw new Error('the archive is no bundle');
  for (const [name, source] of content.members) {
    members.set(name, new Uint8Array(await source.read(0, source.size)));
  }
  await opened.close();
});

/** Odd mutants are cut, even ones have 200 bits flipped. */
function damage(whole: Uint8Array, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  if (seed % 2 === 1) return whole.slice(0, random(whole.length));
  const damaged = new Uint8Array(whole);
  for (let flip = 0; flip < 200; flip++) damaged[random(damaged.length)] ^= 1 << random(8);
  return damaged;
}

function expectReportOrSentence({ code, stdout, stderr }: CommandResult): void {
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|fault of gemview/);
  if (code === 0) {
    expect((JSON.parse(stdout) as { schema: number }).schema).toBe(1);
  } else {
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe('damaged captures on the command line', () => {
  it.each(seeds)('end in a report or one sentence: data of mutant %i', async (seed) => {
    const folder = scratchFolder();
    const capture = join(folder, 'damaged.apc');
    await mkdir(capture);
    for (const [name, bytes] of members) {
      await writeFile(join(capture, name), name === DATA ? damage(bytes, seed) : bytes);
    }
    expectReportOrSentence(await gemview(['inspect', capture, '--json'], { cwd: folder }));
  });

  it.each([1, 2, 4])('end in a report or one sentence: archive of mutant %i', async (seed) => {
    const folder = scratchFolder();
    await cp(CAPTURE, folder, { recursive: true });
    await writeFile(join(folder, ARCHIVE), damage(await readFile(join(folder, ARCHIVE)), seed));
    expectReportOrSentence(await gemview(['inspect', folder, '--json'], { cwd: folder }));
  });
});
