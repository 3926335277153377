/** Reader of what `simpleperf report-sample` writes of an Android recording: its text, and its protobuf messages. */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headText } from '../textInput.ts';
import { MAGIC, readReportMessages, unknownVersion } from './messages.ts';
import { ReportSamples } from './samples.ts';
import { isReportText, readReportText } from './text.ts';

const FORMAT = 'simpleperf-report';

export const simpleperfReportReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && (isMessages(head.bytes) || isReportText(headText(head)));
  },

  async read(input: RawInput): Promise<Profile> {
    const source = fileSource(input);
    const builder = new ProfileBuilder({
      path: input.path,
      format: FORMAT,
      tool: 'simpleperf',
      bytes: input.bytes,
    });
    const samples = new ReportSamples(builder);
    if (isMessages(await source.read(0, MAGIC.length))) {
      const version = await unknownVersion(source);
      if (version !== null) {
        throw new InputError(input.path, `the report is of version ${version}; gemview reads version 1`, {
          offset: MAGIC.length,
          fix: 'Give gemview the perf.data itself',
        });
      }
      const damage = await readReportMessages(source, samples);
      builder.losses.records = damage.lost;
      if (damage.cutAt !== null) {
        builder.warn(
          'simpleperf-report-cut',
          `The report ends within a message at byte ${damage.cutAt}: what stands before was read`,
          'Copy the whole file, or write it again',
        );
      }
      const lost = damage.damagedAt.size + damage.danglingSamples;
      if (lost > 0) {
        builder.warn('simpleperf-report-damaged', `${lost} messages of the report could not be read`, null);
      }
    } else {
      const { strangeLines, damagedSamples, lost } = await readReportText(source, samples);
      builder.losses.records = lost;
      if (strangeLines + damagedSamples > 0) {
        builder.warn(
          'simpleperf-report-damaged',
          `${strangeLines} lines are none of simpleperf report-sample's, and ${damagedSamples} samples lack a time, a thread or an event`,
          'Give gemview the output as it is, or the perf.data itself',
        );
      }
    }
    if (samples.count === 0) {
      throw new InputError(input.path, 'the report of simpleperf holds no samples', {
        fix: 'Write it again: simpleperf report-sample --show-callchain -i perf.data',
      });
    }
    samples.finish();
    return builder.finish();
  },
};

function isMessages(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(0, MAGIC.length)) === MAGIC;
}
