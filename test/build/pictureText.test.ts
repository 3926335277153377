import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pictureText as read } from '../../scripts/build/pictureText.ts';

const picture = sharp({ create: { width: 2, height: 2, channels: 3, background: '#268' } });
const EXIF = { IFD0: { Artist: 'Ann Example', Copyright: 'armlab-7' } };

/** A chunk of a PNG file; nobody checks its sum. */
function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}

/** A PNG file with a chunk behind its header, where programs put theirs. */
async function png(type: string, data: Buffer): Promise<Buffer> {
  const plain = await picture.clone().png().toBuffer();
  return Buffer.concat([plain.subarray(0, 33), chunk(type, data), plain.subarray(33)]);
}

const pictureText = (bytes: Buffer): string => read(bytes).text;
const words = (text: string): Buffer => Buffer.from(text, 'utf8');

describe('what pictures say in words', () => {
  it.each([
    ['tEXt', words('Author\0Ann Example')],
    ['zTXt', Buffer.concat([words('Comment\0\0'), deflateSync('by Ann Example')])],
    ['iTXt', words('Comment\0\0\0de\0Bemerkung\0by Ann Example')],
    ['iTXt', Buffer.concat([words('Comment\0\x01\0de\0Bemerkung\0'), deflateSync('by Ann Example')])],
    ['eXIf', words('MM\0*\0\0Ann Example\0')],
    ['eXIf', Buffer.from('Ann Example', 'utf16le')],
    ['prVt', words('Ann Example')],
  ])('is found in the %s chunk of a PNG', async (type, data) => {
    expect(pictureText(await png(type, data))).toContain('Ann Example');
  });

  it.each(['jpeg', 'webp', 'png'] as const)('is found in the Exif data of %s files', async (format) => {
    const text = pictureText(await picture.clone().withExif(EXIF).toFormat(format).toBuffer());
    expect(text.split('\n')).toEqual(expect.arrayContaining([expect.stringContaining('armlab-7')]));
    expect(text).toContain('Ann Example');
  });

  it('is found in the comments of GIF and JPEG files', async () => {
    const gif = await picture.clone().gif().toBuffer();
    const comment = Buffer.concat([Buffer.from([0x21, 0xfe, 11]), words('Ann Example'), Buffer.from([0])]);
    expect(pictureText(Buffer.concat([gif.subarray(0, -1), comment, gif.subarray(-1)]))).toContain(
      'Ann Example',
    );
    const jpeg = await picture.clone().jpeg().toBuffer();
    const remark = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 13]), words('Ann Example')]);
    expect(pictureText(Buffer.concat([jpeg.subarray(0, 2), remark, jpeg.subarray(2)]))).toContain(
      'Ann Example',
    );
  });

  it('is nothing in a plain picture, and in what is no picture', async () => {
    for (const format of ['png', 'jpeg', 'gif', 'webp'] as const) {
      expect(pictureText(await picture.clone().toFormat(format).toBuffer()).trim()).toBe('');
    }
    expect(pictureText(words('armlab'))).toBe('');
    expect(pictureText(Buffer.alloc(0))).toBe('');
  });

  it('ends with a file that is cut, or says that it is longer', async () => {
    const whole = await png('tEXt', words('Author\0Ann Example'));
    for (let length = 0; length < whole.length; length++) pictureText(whole.subarray(0, length));
    const long = Buffer.from(whole);
    long.writeUInt32BE(0xffffffff, 33);
    expect(pictureText(long)).toContain('Ann Example');
    const gif = await picture.clone().gif().toBuffer();
    for (let length = 0; length < gif.length; length++) pictureText(gif.subarray(0, length));
    const jpeg = await picture.clone().withExif(EXIF).jpeg().toBuffer();
    for (let length = 0; length < jpeg.length; length++) pictureText(jpeg.subarray(0, length));
  });

  it('is found in what ImageMagick writes as digits', async () => {
    const digits = Buffer.from('Ann Example').toString('hex');
    const profile = words(`\nexif\n      11\n${digits.slice(0, 6)}\n${digits.slice(6)}\n`);
    const name = words('Raw profile type exif\0');
    for (const [type, data] of [
      ['tEXt', Buffer.concat([name, profile])],
      ['zTXt', Buffer.concat([name, Buffer.from([0]), deflateSync(profile)])],
    ] as const) {
      expect(pictureText(await png(type, data))).toContain('Ann Example');
    }
  });

  it('is found in the XMP data of GIF, which has no blocks', async () => {
    const gif = await picture.clone().gif().toBuffer();
    const xmp = Array.from({ length: 300 }, (_, at) => `<li>${at}: Ann Example</li>`).join('');
    const trailer = Buffer.from([1, ...Array.from({ length: 256 }, (_, at) => 255 - at), 0]);
    const block = Buffer.concat([Buffer.from([0x21, 0xff, 11]), words(`XMP DataXMP${xmp}`), trailer]);
    const text = pictureText(Buffer.concat([gif.subarray(0, -1), block, gif.subarray(-1)]));
    expect(text).toContain(xmp);
  });

  it('is found behind the first picture of a JPEG file', async () => {
    const [plain, other] = await Promise.all([
      picture.clone().jpeg({ progressive: true }).toBuffer(),
      picture.clone().withExif(EXIF).jpeg().toBuffer(),
    ]);
    expect(pictureText(Buffer.concat([plain, words('padding'), other]))).toContain('Ann Example');
  });

  it('is read of a packed text that is cut; one that is damaged or too long is told', async () => {
    const packed = deflateSync(Array.from({ length: 99 }, (_, at) => `${at}: Ann Example, `).join(''));
    const part = (data: Buffer): Promise<Buffer> => png('zTXt', Buffer.concat([words('Comment\0\0'), data]));
    const cut = read(await part(packed.subarray(0, -9)));
    expect(cut.text).toContain('Ann Example');
    expect(cut.isWhole).toBe(true);
    expect(read(await part(words('no packed text'))).isWhole).toBe(false);
    const long = deflateSync(Buffer.concat([words('Ann Example'), Buffer.alloc(17 << 20)]));
    expect(read(await part(long)).isWhole).toBe(false);
  });

  it('is cut and told where small parts unpack to more than anybody writes', async () => {
    const part = chunk('zTXt', Buffer.concat([words('Comment\0\0'), deflateSync(Buffer.alloc(4_000_000))]));
    const plain = await picture.clone().png().toBuffer();
    const parts = Array.from({ length: 40 }, () => part);
    const { text, isWhole } = read(Buffer.concat([plain.subarray(0, 33), ...parts, plain.subarray(33)]));
    expect(isWhole).toBe(false);
    expect(text.length).toBeLessThan(40_000_000);
  });
});
