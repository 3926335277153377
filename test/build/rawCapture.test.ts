import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PrivacyCheck } from '../../scripts/build/privacyCheck.ts';
import {
  publishRawCaptures,
  rawCapturePaths,
  rawCaptureSentence,
  writeRawCapture,
  type RawCapture,
} from '../../scripts/build/rawCapture.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { parseRunConfig } from '../../src/pipeline/runConfig.ts';
import { scratchFolder } from '../support/scratch.ts';

const ABOUT = { 'run.yaml': 'title: A\n', 'chapters/a.mdx': 'text', '.DS_Store': 'x' };

async function write(
  files: Record<string, string | Uint8Array>,
): Promise<{ capture: RawCapture; folder: string; path: string }> {
  const folder = join(scratchFolder(), 'capture');
  const run = { id: 'night-7', path: scratchFolder(files), shown: 'captures/night-7' };
  const capture = await writeRawCapture(run, folder);
  return { capture, folder, path: join(folder, capture.name) };
}

describe('the download of a capture', () => {
  it('is the one file of a run as it is, with its size and hash', async () => {
    const { capture, path } = await write({ 'perf.data': 'PERFILE2', ...ABOUT });
    expect(readFileSync(path, 'utf8')).toBe('PERFILE2');
    expect(capture).toEqual({
      name: 'perf.data',
      files: 1,
      bytes: 8,
      sha256: createHash('sha256').update('PERFILE2').digest('hex'),
    });
  });

  it.each([
    ['<b>.data', 'capture.data'],
    ['a b', 'capture'],
    ['ärm.log', 'capture.log'],
    ['x.(y)', 'capture'],
  ])('has a plain name for %j', async (name, plain) => {
    expect((await write({ [name]: 'x' })).capture.name).toBe(plain);
  });

  it('is an archive of several files or folders, which other programs take, without what people wrote and models', async () => {
    const many = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * index) >> 7);
    const files = {
      'perf.data': many,
      'log.txt': 'a log\n',
      'a.apc/0000000000': 'frames',
      'a.apc/captured.xml': '<captured/>',
      'ümlaut.txt': '',
    };
    const { capture, path } = await write({ ...files, ...ABOUT, 'model.gguf': 'GGUF\x03\0\0\0', '.x': '' });
    expect(capture).toMatchObject({ name: 'night-7.zip', files: 5, bytes: statSync(path).size });
    expect(capture.sha256).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'));
    expect(capture.bytes).toBeLessThan(many.length);
    const listed = JSON.parse(
      execFileSync('python3', [
        '-c',
        'import hashlib,json,sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(json.dumps({n:hashlib.sha256(z.read(n)).hexdigest() for n in z.namelist()}))',
        path,
      ]).toString(),
    ) as Record<string, string>;
    const hashes = Object.entries(files).map(([name, content]) => [
      name,
      createHash('sha256').update(content).digest('hex'),
    ]);
    expect(listed).toEqual(Object.fromEntries(hashes));
    const opened = await openInputs([path], { cwd: '/' });
    expect(opened.inputs.map((input) => input.path)).toHaveLength(4);
    await opened.close();
    expect((await write({ ...files, ...ABOUT })).capture.sha256).toBe(capture.sha256);
  });

  it('is none without a file', async () => {
    await expect(write(ABOUT)).rejects.toThrow(
      'captures/night-7: publish: [capture], but the folder holds no file of a capture. Take publish:',
    );
    const run = { id: 'a', path: scratchFolder(), shown: 'captures/a' };
    symlinkSync('/nowhere', join(run.path, 'perf.data'));
    await expect(writeRawCapture(run, scratchFolder())).rejects.toThrow('no file of a capture');
  });
});

describe('run.yaml', () => {
  it('publishes nothing raw unless asked, and not beside what is redacted', () => {
    expect(parseRunConfig('run.yaml', 'title: A').publish).toEqual([]);
    expect(parseRunConfig('run.yaml', 'publish: [capture]').publish).toEqual(['capture']);
    expect(() => parseRunConfig('run.yaml', 'publish: [model]')).toThrow('publish');
    expect(() => parseRunConfig('run.yaml', 'publish: [capture]\nredact: [x]')).toThrow(
      'run.yaml: publish: [capture] would publish what redact: names. Take one of the two out',
    );
  });
});

describe('a site', () => {
  const asked = async () => {
    const { capture, folder } = await write({ 'perf.data': 'on armlab' });
    const site = scratchFolder();
    const run = { id: 'night-7', aliases: ['first'], capture };
    await publishRawCaptures(site, [run, { id: 'b', aliases: [], capture: null }], () => folder);
    return { site, run };
  };

  it('has the download beside the report', async () => {
    const { site } = await asked();
    expect(readFileSync(join(site, 'runs/night-7/capture/perf.data'), 'utf8')).toBe('on armlab');
  });

  it('is checked but for the download, whose name is read', async () => {
    const { site, run } = await asked();
    const secrets = {
      run: 'night-7',
      aliases: ['first'],
      secrets: [{ name: 'host-name', value: 'armlab' }],
      allow: [],
      redact: [],
    };
    expect([...rawCapturePaths([run])]).toEqual([
      'runs/night-7/capture/perf.data',
      'runs/first/capture/perf.data',
    ]);
    expect(await new PrivacyCheck([secrets]).faultsOf(site)).toHaveLength(1);
    expect(await new PrivacyCheck([secrets]).faultsOf(site, rawCapturePaths([run]))).toEqual([]);
    const named = { ...secrets, secrets: [{ name: 'host-name', value: 'perf.data' }] };
    expect(await new PrivacyCheck([named]).faultsOf(site, rawCapturePaths([run]))).toHaveLength(1);
  });

  it('says in one sentence what is published as it was recorded', async () => {
    const { run } = await asked();
    const of = (...ids: string[]) => rawCaptureSentence(ids.map((id) => ({ ...run, id })));
    const rest = '; what is withheld elsewhere is in there, and --check does not look into it';
    expect(rawCaptureSentence([{ ...run, capture: null }])).toBe(null);
    expect(of('a')).toMatch(/^published as recorded: the raw capture of a \(9\.00.B\)/);
    expect(of('a')).toContain(rest);
    expect(of('a', 'b', 'c', 'd', 'e')).toMatch(/the raw captures of a, b, c and 2 more \(45\.0.B\)/);
  });
});
