/**
 * Reader of what says something about the machine: /proc/cpuinfo, lscpu, uname, /proc/meminfo, listings of PMUs and
 * their events, governors, STREAM, `target.json`. Texts may hold several of them one after another, as
 * a script leaves them.
 */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { headLines, headText, smallText, splitLines } from '../textInput.ts';
import { FactCollector } from './collector.ts';
import type { FactParser } from './collector.ts';
import { CpuinfoParser } from './cpuinfo.ts';
import { LscpuParser } from './lscpu.ts';
import { StreamParser } from './stream.ts';
import { SysfsParser } from './sysfs.ts';
import { MeminfoParser, SystemParser } from './system.ts';
import { addTargetJson, isTargetJson } from './targetJson.ts';

export { tracksReader } from './tracksReader.ts';

const FORMAT = 'target-facts';

/** Of a text's lines so many must be known for the whole to be facts about a target. */
const MIN_KNOWN_SHARE = 0.5;
const LSCPU_JSON = /^\s{0,64}\{\s{0,64}"lscpu"\s{0,8}:/;

export const targetFactsReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    if (input.content.kind !== 'file') return false;
    const text = headText(head);
    if (isTargetJson(text) || LSCPU_JSON.test(text)) return true;
    return knownShare(headLines(head, input), parsers()) >= MIN_KNOWN_SHARE;
  },

  read: readFacts,
};

/** In the order they are asked: lscpu takes any `Key: value` once it has begun. */
function parsers(): FactParser[] {
  return [
    new CpuinfoParser(),
    new SystemParser(),
    new MeminfoParser(),
    new LscpuParser(),
    new StreamParser(),
    new SysfsParser(),
  ];
}

function knownShare(lines: readonly string[], all: readonly FactParser[]): number {
  let known = 0;
  let contents = 0;
  for (const line of lines) {
    // Parsers see empty lines too: some end with them.
    const isKnown = all.some((parser) => parser.add(line));
    if (line.trim() === '') continue;
    contents++;
    if (isKnown) known++;
  }
  return contents === 0 ? 0 : known / contents;
}

async function readFacts(input: RawInput): Promise<Profile> {
  const text = await smallText(input, 'a text of facts about the target');
  const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
  const facts = new FactCollector(new ProfileBuilder(file), input.path);
  if (isTargetJson(text)) {
    addTargetJson(input, text, facts);
  } else if (LSCPU_JSON.test(text)) {
    addLscpuJson(input, text, facts);
  } else {
    const all = parsers();
    if (knownShare(splitLines(text), all) === 0) {
      throw new InputError(input.path, 'holds no facts about a target that gemview knows', {
        fix: 'Give the output of: cat /proc/cpuinfo; lscpu; uname -a',
      });
    }
    for (const parser of all) parser.finish(facts);
  }
  facts.finish();
  return facts.builder.finish();
}

function addLscpuJson(input: RawInput, text: string, facts: FactCollector): void {
  const lscpu = new LscpuParser();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(input.path, `is no JSON: ${(error as Error).message}`, {
      fix: 'Run lscpu -J again',
    });
  }
  if (!lscpu.addJson(value)) throw new InputError(input.path, 'is no output of lscpu -J');
  lscpu.finish(facts);
}
