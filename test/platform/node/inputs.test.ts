import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { decodeText, readAll } from '../../../src/platform/bytes.ts';
import type { ByteSource } from '../../../src/platform/bytes.ts';
import { openInputs } from '../../../src/platform/node/inputs.ts';
import type { OpenedInputs, OpenOptions } from '../../../src/platform/node/inputs.ts';
import type { RawInput } from '../../../src/readers/reader.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { scratchFolder, writeFiles } from '../../support/scratch.ts';

const text = async (source: ByteSource) => decodeText(await readAll(source));

/** `path (bytes): content`, members indented: what was opened, as text. */
async function drawn(opened: OpenedInputs): Promise<string[]> {
  const lines: string[] = [];
  for (const { path, bytes, content } of opened.inputs) {
    if (content.kind === 'file') lines.push(`${path} (${bytes}): ${await text(content.source)}`);
    else {
      lines.push(`${path} (${bytes})`);
      for (const [name, member] of content.members) lines.push(`  ${name}: ${await text(member)}`);
    }
  }
  return lines;
}

async function openedAsText(paths: string[], options: OpenOptions): Promise<string[]> {
  const opened = await openInputs(paths, options);
  try {
    return await drawn(opened);
  } finally {
    await opened.close();
  }
}

const files = (members: Record<string, string>) =>
  Object.fromEntries(Object.entries(members).map(([name, content]) => [name, strToU8(content)]));

/** The one input that was opened, as the kind that the test expects. */
function single<K extends RawInput['content']['kind']>(opened: OpenedInputs, kind: K) {
  const [input] = opened.inputs;
  if (input?.content.kind !== kind) throw new Error(`one ${kind} was to be opened`);
  return { ...input, content: input.content as Extract<RawInput['content'], { kind: K }> };
}

describe('files and folders', () => {
  it('opens the files of a run folder, sorted, with run.yaml apart and noise left out', async () => {
    const cwd = scratchFolder({
      'caps/run-1/perf.data': 'PERF',
      'caps/run-1/llama.stderr.txt': 'log',
      'caps/run-1/run.yaml': 'title: A run\n',
      'caps/run-1/.DS_Store': 'x',
      'caps/run-1/notes.txt~': 'x',
      'caps/run-1/chapters/why.mdx': '# Why',
      'caps/run-1/a.apc/0000000000': 'FRAMES',
      'caps/run-1/a.apc/captured.xml': '<captured/>',
      'caps/run-1/a.apc/.hidden': 'x',
    });
    const opened = await openInputs(['caps/run-1'], { cwd });
    expect(await drawn(opened)).toEqual([
      'a.apc (17)',
      '  0000000000: FRAMES',
      '  captured.xml: <captured/>',
      'llama.stderr.txt (3): log',
      'perf.data (4): PERF',
    ]);
    expect(opened.runYaml).toEqual({ path: 'run.yaml', text: 'title: A run\n' });
    await opened.close();
  });

  it('shows files as they were named, in one order whatever the order of the arguments', async () => {
    const cwd = scratchFolder({ 'x/perf.data': 'P', 'log.txt': 'L', 'a.apc/0000000000': 'F' });
    const expected = ['a.apc (1)', '  0000000000: F', 'log.txt (1): L', 'x/perf.data (1): P'];
    expect(await openedAsText(['x/perf.data', 'log.txt', 'a.apc'], { cwd })).toEqual(expected);
    expect(await openedAsText(['a.apc', 'log.txt', 'x/perf.data'], { cwd })).toEqual(expected);
  });

  it('opens a file once that was named twice', async () => {
    const cwd = scratchFolder({ 'log.txt': 'L' });
    symlinkSync(join(cwd, 'log.txt'), join(cwd, 'link.txt'));
    expect(await openedAsText(['log.txt', './log.txt', 'link.txt'], { cwd })).toEqual(['log.txt (1): L']);
  });

  it('tells files of two folders apart', async () => {
    const cwd = scratchFolder({ 'a/log.txt': 'A', 'b/log.txt': 'B' });
    expect(await openedAsText(['b/', 'a'], { cwd })).toEqual(['a/log.txt (1): A', 'b/log.txt (1): B']);
  });

  it('takes a folder named .apc without data as the capture that it was meant to be', async () => {
    const cwd = scratchFolder({ 'dead.apc/events.xml': '<events/>' });
    expect(await openedAsText(['dead.apc'], { cwd })).toEqual(['dead.apc (9)', '  events.xml: <events/>']);
  });

  it.each([
    ['nowhere', 'nowhere: there is no such file or folder'],
    ['empty', 'empty: holds no files of a run. Put the files of a capture into it'],
    ['caps', "caps: holds no files of a run. Name one run's folder, such as caps/one"],
    ['pipe', 'pipe: is neither a file nor a folder. Write its content to a file first'],
    ['file.txt/inner', 'file.txt/inner: there is no such file or folder'],
  ])('refuses %s in a sentence', async (path, message) => {
    const cwd = scratchFolder({ 'empty/': '', 'caps/one/perf.data': 'P', 'file.txt': '' });
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    await expect(openInputs([path], { cwd })).rejects.toMatchObject({ name: 'InputError', message });
  });

  it('refuses a folder with more files than a run has', async () => {
    const cwd = scratchFolder();
    mkdirSync(join(cwd, 'many'));
    for (let i = 0; i <= 1000; i++) writeFileSync(join(cwd, 'many', `${i}`), '');
    await expect(openInputs(['many'], { cwd })).rejects.toThrow(
      "many: holds 1001 files, more than the 1000 that a run may have. Name one run's folder",
    );
  });

  it('refuses two descriptions of one run', async () => {
    const cwd = scratchFolder({ 'run.yaml': 'a', 'run.yml': 'b', 'log.txt': 'L' });
    await expect(openInputs(['.'], { cwd })).rejects.toThrow(
      'run.yml: the run is already described by run.yaml',
    );
  });
});

describe('zstd', () => {
  it('opens one packed file, alone and inside a zip', async () => {
    const packed = zstdCompressSync('hello');
    const cwd = scratchFolder({ 'a.txt.zst': packed, 'b.zip': zipSync({ 'perf.data.zst': packed }) });
    expect(await openedAsText(['a.txt.zst', 'b.zip'], { cwd })).toEqual([
      `a.txt.zst (${packed.byteLength}): hello`,
      `b.zip/perf.data.zst (${packed.byteLength}): hello`,
    ]);
  });

  it('says that a cut file is cut', async () => {
    const cwd = scratchFolder({ 'a.zst': zstdCompressSync('hello hello hello').subarray(0, 15) });
    await expect(openedAsText(['a.zst'], { cwd })).rejects.toThrow(
      /^a\.zst: the zstd file is cut or damaged \(.*\)\. Copy it again, or unzstd it and name the result$/,
    );
  });

  it('reads all frames of a file, wherever they meet, and those that pzstd puts between them', async () => {
    const noise = randomBytes(3 << 20).toString('latin1');
    const frames = [noise, 'second', '', noise.slice(0, 70_000)];
    const skippable = Buffer.from('502a4d180400000001020304', 'hex');
    const packed = Buffer.concat(frames.flatMap((text) => [skippable, zstdCompressSync(text)]));
    const cwd = scratchFolder({ 'a.zst': packed, 'b.zst': Buffer.concat([packed, packed]) });
    const [a, b] = await openedAsText(['a.zst', 'b.zst'], { cwd });
    expect(a === `a.zst (${packed.byteLength}): ${frames.join('')}`).toBe(true);
    expect(b === `b.zst (${2 * packed.byteLength}): ${frames.join('').repeat(2)}`).toBe(true);
  });

  it('refuses a second frame that is cut or none, and more frames than a file has', async () => {
    const frame = zstdCompressSync('hello hello hello');
    const cwd = scratchFolder({
      'cut.zst': Buffer.concat([frame, frame.subarray(0, 15)]),
      'other.zst': Buffer.concat([frame, Buffer.from('other')]),
      'many.zst': Buffer.concat(Array.from({ length: 2000 }, () => frame)),
    });
    for (const name of ['cut', 'other']) {
      await expect(openedAsText([`${name}.zst`], { cwd })).rejects.toThrow(
        new RegExp(`^${name}\\.zst: the zstd file is cut or damaged`),
      );
    }
    await expect(openedAsText(['many.zst'], { cwd })).rejects.toThrow(
      /^many\.zst: the zstd file has more than 1,000 frames\. Unpack it with unzstd and name the result$/,
    );
  });

  it('refuses a bomb', async () => {
    const cwd = scratchFolder({ 'a.zst': zstdCompressSync(new Uint8Array(8 << 20)) });
    await expect(openedAsText(['a.zst'], { cwd, limits: { ratioFromBytes: 1 << 20 } })).rejects.toThrow(
      /unpacks to more than 200 times/,
    );
  });
});

describe('gzip', () => {
  it('opens the file inside, whatever it is called', async () => {
    const cwd = scratchFolder({ 'a.txt.gz': gzipSync('hello'), plain: gzipSync('there') });
    const size = gzipSync('hello').byteLength;
    expect(await openedAsText(['a.txt.gz', 'plain'], { cwd })).toEqual([
      `a.txt.gz (${size}): hello`,
      `plain (${gzipSync('there').byteLength}): there`,
    ]);
  });

  it('refuses a cut file', async () => {
    const cwd = scratchFolder({ 'a.gz': gzipSync('hello hello hello').subarray(0, 20) });
    await expect(openedAsText(['a.gz'], { cwd })).rejects.toThrow(
      /^a\.gz: the gzip file is cut or damaged \(.*\)\. Copy it again, or gunzip it and name the result$/,
    );
  });

  it('stops a bomb before it has unpacked', async () => {
    const bomb = gzipSync(new Uint8Array(8 << 20));
    const cwd = scratchFolder({ 'bomb.gz': bomb });
    await expect(openedAsText(['bomb.gz'], { cwd, limits: { ratioFromBytes: 1 << 20 } })).rejects.toThrow(
      'bomb.gz: unpacks to more than 200 times its size',
    );
    await expect(openedAsText(['bomb.gz'], { cwd, limits: { totalBytes: 4 << 20 } })).rejects.toThrow(
      'bomb.gz: the archives of this run unpack to more than',
    );
  });

  it('keeps large results in a file that has no name', async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`).join('');
    const cwd = scratchFolder({ 'a.gz': gzipSync(lines) });
    const before = readdirSync(tmpdir()).filter((name) => /^gemview-[^t]/.test(name)).length;
    const opened = await openInputs(['a.gz'], { cwd, limits: { inMemoryBytes: 1000 } });
    const { source } = single(opened, 'file').content;
    expect(source.size).toBe(lines.length);
    expect(await text(source)).toBe(lines);
    expect(decodeText(await source.read(lines.length - 6, 100))).toBe('39999\n');
    expect(readdirSync(tmpdir()).filter((name) => /^gemview-[^t]/.test(name)).length).toBe(before);
    await opened.close();
  });
});

describe('one bad archive among good files', () => {
  it('leaves the others as they are, and says what is wrong when it is read', async () => {
    const cwd = scratchFolder({
      'run/a.txt': 'A',
      'run/bad.zip': 'PK\u0003\u0004',
      'run/bad.gz': Uint8Array.of(0x1f, 0x8b, 0),
    });
    const { inputs, close } = await openInputs(['run'], { cwd });
    expect(inputs.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['a.txt', 1],
      ['bad.gz', 3],
      ['bad.zip', 4],
    ]);
    for (const { path, content } of inputs.slice(1)) {
      const reading = content.kind === 'file' ? content.source.read(0, 1) : null;
      await expect(reading).rejects.toMatchObject({ name: 'InputError', path });
    }
    await close();
  });
});

describe('zip', () => {
  const capture = files({
    'cap.apc/captured.xml': '<captured/>',
    'cap.apc/0000000000': 'FRAMES'.repeat(100),
    'cap.apc/.DS_Store': 'x',
  });

  it.each([
    ['deflated', 9 as const],
    ['stored', 0 as const],
  ])('opens a capture with %s members as one bundle keyed by their names', async (_, level) => {
    const zip = zipSync(capture, { level });
    const cwd = scratchFolder({ 'cap.apc.zip': zip });
    expect(await openedAsText(['cap.apc.zip'], { cwd })).toEqual([
      `cap.apc.zip (${zip.byteLength})`,
      `  0000000000: ${'FRAMES'.repeat(100)}`,
      '  captured.xml: <captured/>',
    ]);
  });

  it('reads a range of a stored member in place', async () => {
    const cwd = scratchFolder({ 'cap.zip': zipSync({ '0000000000': strToU8('0123456789') }, { level: 0 }) });
    const opened = await openInputs(['cap.zip'], { cwd });
    const member = single(opened, 'bundle').content.members.get('0000000000')!;
    expect(decodeText(await member.read(7, 2))).toBe('78');
    expect(decodeText(await member.read(8, 50))).toBe('89');
    await opened.close();
  });

  it('opens the files of any other archive, archives inside it and gzipped members too', async () => {
    const inner = zipSync(files({ 'x.apc/0000000000': 'F' }));
    const packed = gzipSync('script');
    const outer = zipSync({
      'run/log.txt': strToU8('L'),
      'run/x.apc.zip': inner,
      'run/perf.script.gz': packed,
      'run/run.yaml': strToU8('title: T'),
      '__MACOSX/run/log.txt': strToU8('x'),
    });
    const cwd = scratchFolder({ 'artifact.zip': outer });
    const opened = await openInputs(['artifact.zip'], { cwd });
    expect(await drawn(opened)).toEqual([
      'artifact.zip/run/log.txt (1): L',
      `artifact.zip/run/perf.script.gz (${packed.byteLength}): script`,
      `artifact.zip/run/x.apc.zip (${inner.byteLength})`,
      '  0000000000: F',
    ]);
    expect(opened.runYaml).toEqual({ path: 'artifact.zip/run/run.yaml', text: 'title: T' });
    await opened.close();
  });

  it('refuses archives that lie too deep', async () => {
    let zip = zipSync(files({ 'a.txt': 'A' }));
    for (let depth = 0; depth < 3; depth++) zip = zipSync({ 'in.zip': zip });
    const cwd = scratchFolder({ 'deep.zip': zip });
    await expect(openedAsText(['deep.zip'], { cwd })).rejects.toThrow(
      'deep.zip/in.zip/in.zip: an archive lies more than 2 archives deep. Unpack the outer ones first',
    );
  });

  it.each(['../evil', '/etc/evil', 'a/../../evil'])('refuses the name %s', async (name) => {
    const cwd = scratchFolder({ 'evil.zip': zipSync({ [name]: strToU8('x') }) });
    await expect(openedAsText(['evil.zip'], { cwd })).rejects.toThrow(
      /^evil\.zip: the zip archive cannot be read: a member's name leads out of the archive/,
    );
  });

  it('refuses a name that the archive holds twice', async () => {
    const zip = zipSync(files({ 'a.txt': 'A', 'b.txt': 'B' }));
    const central = Buffer.from(zip).lastIndexOf('b.txt');
    zip[central] = 'a'.charCodeAt(0);
    const cwd = scratchFolder({ 'twice.zip': zip });
    await expect(openedAsText(['twice.zip'], { cwd })).rejects.toThrow(
      'twice.zip: member a.txt: the archive holds this name twice',
    );
  });

  it('leaves symbolic links out', async () => {
    const cwd = scratchFolder({
      'links.zip': zipSync({
        'a.txt': strToU8('A'),
        'b.txt': [strToU8('/etc/passwd'), { os: 3, attrs: 0o120_777 << 16 }],
      }),
    });
    expect(await openedAsText(['links.zip'], { cwd })).toEqual(['links.zip/a.txt (1): A']);
  });

  it('refuses a bomb by what its table of contents says', async () => {
    const cwd = scratchFolder({ 'bomb.zip': zipSync({ '0000000000': new Uint8Array(8 << 20) }) });
    await expect(openedAsText(['bomb.zip'], { cwd, limits: { ratioFromBytes: 1 << 20 } })).rejects.toThrow(
      'bomb.zip: unpacks to more than 200 times its size',
    );
    await expect(openedAsText(['bomb.zip'], { cwd, limits: { totalBytes: 1 << 20 } })).rejects.toThrow(
      'bomb.zip: the archives of this run unpack to more than',
    );
  });

  it('refuses a bomb that understates its size', async () => {
    const zip = zipSync({ '0000000000': new Uint8Array(8 << 20) });
    const entry = Buffer.from(zip).indexOf('PK\u0001\u0002', 0, 'latin1');
    new DataView(zip.buffer, zip.byteOffset).setUint32(entry + 24, 1000, true);
    const cwd = scratchFolder({ 'bomb.zip': zip });
    await expect(openedAsText(['bomb.zip'], { cwd })).rejects.toThrow(
      'bomb.zip: member 0000000000: the archive is damaged: it states 1000 bytes and holds other',
    );
  });

  it.each([
    [
      'is cut',
      (zip: Uint8Array) => zip.subarray(0, zip.byteLength - 30),
      /it has no table of contents, so it was cut/,
    ],
    ['has no members', () => zipSync({}), /the archive holds no files of a run/],
    [
      'has a wrong checksum',
      (zip: Uint8Array) => edited(zip, Buffer.from(zip).indexOf('PK\u0001\u0002', 0, 'latin1') + 16),
      /member 0000000000: the archive is damaged: the checksum differs/,
    ],
    [
      'points nowhere',
      (zip: Uint8Array) => edited(zip, Buffer.from(zip).indexOf('PK\u0001\u0002', 0, 'latin1') + 42),
      /bad\.zip, byte 90: member 0000000000: the archive is damaged: no member begins here/,
    ],
    [
      'is encrypted',
      (zip: Uint8Array) => edited(zip, Buffer.from(zip).indexOf('PK\u0001\u0002', 0, 'latin1') + 8, 1),
      /member 0000000000: the archive is encrypted\. Unpack it and name the result/,
    ],
    [
      'uses another compression',
      (zip: Uint8Array) => edited(zip, Buffer.from(zip).indexOf('PK\u0001\u0002', 0, 'latin1') + 10, 93 ^ 8),
      /member 0000000000: is packed with method 93; only stored and deflated members are read/,
    ],
  ])('refuses an archive that %s', async (_, damage, message) => {
    const zip = damage(zipSync(files({ '0000000000': 'FRAMES'.repeat(10) })));
    const cwd = scratchFolder({ 'bad.zip': zip });
    await expect(openedAsText(['bad.zip'], { cwd })).rejects.toThrow(message);
  });

  it('never throws anything but an InputError, whichever byte is damaged', async () => {
    const zip = zipSync(files({ 'a/0000000000': 'FRAMES'.repeat(5), 'a/b.xml': '<b/>' }));
    const cwd = scratchFolder();
    for (let at = 4; at < zip.byteLength; at++) {
      writeFiles(cwd, { 'bad.zip': edited(zip, at, 0xff) });
      const outcome = await openedAsText(['bad.zip'], { cwd }).then(
        () => 'opened',
        (error: Error) => error.name,
      );
      expect(['opened', 'InputError'], `byte ${at}`).toContain(outcome);
    }
  });
});

function edited(bytes: Uint8Array, at: number, flip = 0x5a): Uint8Array {
  const result = new Uint8Array(bytes);
  result[at]! ^= flip;
  return result;
}

describeWithSamples('sample captures', (samples) => {
  it('opens an archive that zip wrote, with the sizes that unzip reports', async () => {
    const archive = join(samples, 'captures/gator-channels-t2/channels_t2.apc.zip');
    const opened = await openInputs([archive], { cwd: '/' });
    const { bytes, content } = single(opened, 'bundle');
    expect(bytes).toBe(1_860_135);
    expect([...content.members].map(([name, { size }]) => [name, size])).toEqual([
      ['0000000000', 7_764_663],
      ['captured.xml', 1030],
      ['counters.xml', 10_803],
      ['events.xml', 3_119_667],
      ['gator-log.txt', 16_814],
    ]);
    expect((await readAll(content.members.get('0000000000')!)).byteLength).toBe(7_764_663);
    await opened.close();
  });
});
