/**
 * Reader of lists that say which build of a program a path was: captures often name files without.
 *
 *     9365dbc2f0a1… /root/bin/llama-cli                                         perf buildid-list
 *     File: /root/bin/llama-cli   …   Build ID: 9365dbc2f0a1…                   readelf -n on several files
 *     /root/bin/llama-cli: ELF 64-bit LSB executable, … BuildID[sha1]=9365dbc…  file
 */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { headText, smallText, splitLines } from '../textInput.ts';

const FORMAT = 'build-ids';

const LIST_LINE = /^([0-9a-f]{16,40}) ((?:\/|\[)\S.*)$/;
const FILE_LINE = /^(\/[^:]+): +ELF .*\bBuildID\[\w+\]=([0-9a-f]{16,128})\b/;
const BUILD_ID_LINE = /^\s*Build ID: ([0-9a-f]{16,128})\s*$/;
/** `File: PATH` of readelf, `SUM  PATH` of sha256sum, and a path alone. */
const PATH_LINE = /^(?:File: |[0-9a-f]{32,128} [ *])?(\/\S.*)$/;

const MAX_LINE_CHARACTERS = 8192;
const MAX_IMAGES = 100_000;
/** Lists larger than this are of no machine. */
const MAX_BYTES = 16 << 20;

export const buildIdsReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && idsIn(headText(head)).size > 0;
  },

  async read(input: RawInput): Promise<Profile> {
    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    for (const [path, id] of idsIn(await smallText(input, 'a list of build-ids', MAX_BYTES))) {
      builder.buildIds.set(path, id);
    }
    return builder.finish();
  },
};

/** Build-ids by path; the first of a path wins. Empty for a text that is no such list. */
function idsIn(text: string): Map<string, string> {
  const ids = new Map<string, string>();
  let path: string | null = null;
  for (const whole of splitLines(text)) {
    if (ids.size === MAX_IMAGES) break;
    const line = whole.slice(0, MAX_LINE_CHARACTERS);
    const listed = LIST_LINE.exec(line);
    const described = FILE_LINE.exec(line);
    const id = BUILD_ID_LINE.exec(line);
    if (described) add(ids, described[1], described[2]);
    else if (listed) add(ids, listed[2], listed[1]);
    else if (id) {
      if (path !== null) add(ids, path, id[1]);
      path = null;
    } else path = PATH_LINE.exec(line)?.[1] ?? path;
  }
  return ids;
}

function add(ids: Map<string, string>, path: string, id: string): void {
  if (!ids.has(path)) ids.set(path, id);
}
