import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { fuse } from '../../../src/profile/fuse.ts';
import { buildIdsReader } from '../../../src/readers/buildIds/index.ts';
import { detectReader } from '../../../src/readers/registry.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { detects, fileBytes, headOf, readWith, textFile } from '../../support/textFiles.ts';

const ID = 'e7ced0f7b98d650ec05ca5c755fc07d91fbb5a8f';
const OTHER = '10a8e7d020e0ba7b330a96988ca973f04f1594b5';

const idsIn = async (text: string): Promise<unknown> => [...(await readWith(buildIdsReader, text)).buildIds];

function mapped(buildId: string | null) {
  const builder = new ProfileBuilder({ path: 'perf.data', format: 'perf.data', tool: null, bytes: 1 });
  builder.clock = { ...builder.clock, name: 'perf' };
  const mapping = { start: 0x1000n, end: 0x2000n, fileOffset: 0n, path: '/bin/llama-cli', buildId };
  builder.addressSpaces.map(1, 0, { ...mapping, kind: 'file' });
  builder.addressSpaces.ensureSpaceAt(1, 0);
  return builder.finish();
}

describe('lists of build-ids', () => {
  it('are read as perf, readelf and file print them', async () => {
    const perf = `${ID} [kernel.kallsyms]\n${OTHER} /bin/llama-cli\n`;
    expect(await idsIn(perf)).toEqual([
      ['[kernel.kallsyms]', ID],
      ['/bin/llama-cli', OTHER],
    ]);
    const readelf =
      '\nFile: /bin/llama-cli\n\nDisplaying notes found in: .note.gnu.build-id\n' +
      '  Owner                Data size \tDescription\n' +
      `  GNU                  0x00000014\tNT_GNU_BUILD_ID (unique build ID bitstring)\n    Build ID: ${ID}\n`;
    expect(await idsIn(readelf)).toEqual([['/bin/llama-cli', ID]]);
    const file = `/bin/a: ELF 64-bit LSB pie executable, ARM aarch64, BuildID[sha1]=${ID}, not stripped\n`;
    expect(await idsIn(file)).toEqual([['/bin/a', ID]]);
    expect(detectReader(headOf(perf), textFile(perf))).toBe(buildIdsReader);
  });

  it('are not seen in other texts', () => {
    expect(detects(buildIdsReader, 'Build ID: nothing\n/bin/a\n')).toBe(false);
    expect(detects(buildIdsReader, `Build ID: ${ID}\n`)).toBe(false);
    expect(detects(buildIdsReader, 'Once upon a time\n')).toBe(false);
  });

  it('name the builds of mappings that state none, and contradict those that state another', async () => {
    const list = await readWith(buildIdsReader, `${ID} /bin/llama-cli\n`, 'ids.txt');
    expect(fuse([mapped(null), list]).addressSpaces[1].mappings[0].buildId).toBe(ID);
    const run = fuse([mapped(OTHER), list]);
    expect(run.addressSpaces[1].mappings[0].buildId).toBe(OTHER);
    expect(run.warnings).toMatchObject([{ code: 'build-id-differs' }]);
    expect(run.warnings[0].message).toContain(ID);
    expect(run.warnings[0].message).toContain(OTHER);
  });
});

describeWithSamples('elf-ids.txt of the sample captures', (folder) => {
  it('names the builds of the recorded programs', async () => {
    const text = fileBytes(`${folder}/captures/gator-app-t1/elf-ids.txt`);
    expect([...(await readWith(buildIdsReader, text)).buildIds]).toEqual([
      ['/root/bin/llama-cli-markers', ID],
      ['/root/bin/gatord', OTHER],
    ]);
  });
});
