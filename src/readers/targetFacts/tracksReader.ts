/** Reader of tables of tracks: `t,name,value`. */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headLines, textLines } from '../textInput.ts';
import { TrackRows, trackColumns } from './tracks.ts';

const FORMAT = 'tracks';

const MAX_REJECTED_SHARE = 0.2;

export const tracksReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    if (input.content.kind !== 'file') return false;
    const [heading, ...lines] = headLines(head, input);
    const columns = heading === undefined ? null : trackColumns(heading);
    if (!columns) return false;
    const rows = new TrackRows(columns);
    for (const line of lines) rows.add(line);
    return isMostlyRead(rows);
  },

  async read(input: RawInput): Promise<Profile> {
    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    let rows: TrackRows | null = null;
    for await (const line of textLines(fileSource(input))) {
      if (rows) {
        rows.add(line);
        continue;
      }
      const columns = trackColumns(line);
      if (!columns) throw notTracks(input, 'has no heading t,name,value');
      rows = new TrackRows(columns);
    }
    if (!rows || !isMostlyRead(rows)) {
      throw notTracks(
        input,
        `${rows?.rejected ?? 0} of ${(rows?.rows ?? 0) + (rows?.rejected ?? 0)} rows are no tracks`,
      );
    }
    rows.finish(builder);
    if (rows.rejected > 0) {
      builder.warn(
        'lines-not-understood',
        `${rows.rejected} rows have no time, name or number and were left out`,
      );
    }
    return builder.finish();
  },
};

function isMostlyRead({ rows, rejected }: TrackRows): boolean {
  return rows > 0 && rejected <= (rows + rejected) * MAX_REJECTED_SHARE;
}

function notTracks(input: RawInput, problem: string): InputError {
  return new InputError(input.path, problem, {
    fix: 'Write seconds, a name and a number on each line: t,name,value',
  });
}
