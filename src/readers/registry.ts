/** All readers in the order they are asked: binary formats by their magic, then texts from the strictest to the loosest. */
import { apcReader } from './apc/index.ts';
import { buildIdsReader } from './buildIds/index.ts';
import { foldedStacksReader } from './foldedStacks/index.ts';
import { ggufCompactReader, ggufReader } from './gguf/index.ts';
import { kallsymsReader } from './kallsyms/index.ts';
import { llamaBatchedBenchReader, llamaBenchReader } from './llamaBench/index.ts';
import { llamaLogReader } from './llamaLog/index.ts';
import { llamaServerReader } from './llamaServer/index.ts';
import { mixedTextReader } from './mixedText.ts';
import { perfDataReader } from './perfData/index.ts';
import { perfReportReader } from './perfReport/index.ts';
import { perfScriptReader } from './perfScript/index.ts';
import { perfStatReader } from './perfStat/index.ts';
import { processCommandLineReader } from './processCommandLine/index.ts';
import type { InputHead, RawInput, Reader } from './reader.ts';
import { simpleperfReportReader } from './simpleperfReport/index.ts';
import { targetFactsReader, tracksReader } from './targetFacts/index.ts';
import { unreadBinariesReader, unreadTextsReader } from './unreadFormats/index.ts';

/** These find their own lines among others': one file may hold several. */
const programOutputs = [llamaLogReader, llamaBenchReader, llamaBatchedBenchReader, perfStatReader];

export const readers: readonly Reader[] = [
  apcReader,
  perfDataReader,
  ggufReader,
  ggufCompactReader,
  unreadBinariesReader,
  processCommandLineReader,
  kallsymsReader,
  mixedTextReader(programOutputs),
  llamaBenchReader,
  llamaBatchedBenchReader,
  llamaServerReader,
  simpleperfReportReader,
  perfScriptReader,
  perfReportReader,
  perfStatReader,
  llamaLogReader,
  tracksReader,
  targetFactsReader,
  buildIdsReader,
  foldedStacksReader,
  unreadTextsReader,
];

/** The first reader that recognises an input; null when none does. */
export function detectReader(head: InputHead, input: RawInput): Reader | null {
  return readers.find((reader) => reader.detect(head, input)) ?? null;
}
