import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

/** What llama.cpp prints at the end of a run: 4 prompt tokens in 100 ms, 10 tokens in 200 ms. */
const LOG = `build: 5000 (abcdef0) with gcc for aarch64-linux-gnu
llama_perf_context_print:        load time =      46.53 ms
llama_perf_context_print: prompt eval time =     100.00 ms /     4 tokens (   25.00 ms per token,    40.00 tokens per second)
llama_perf_context_print:        eval time =     200.00 ms /    10 runs   (   20.00 ms per token,    50.00 tokens per second)
llama_perf_context_print:       total time =     310.00 ms /    14 tokens
`;

let cwd: string;
beforeAll(() => {
  cwd = scratchFolder({
    'captures/one/log.txt': LOG,
    'captures/two/log.txt': LOG,
    'captures/two/run.yaml': 'aliases: [former]\n',
    'docs/good.md':
      '# Docs\n\nIt decodes 50.0 tokens/s. <!-- gemview: one:run.decode-rate = 50.0 tokens/s -->\n',
    'docs/node_modules/bad.md': '![x](https://h.test/runs/nobody/charts/tokens.svg)\n',
    'docs/notes.json': '"https://h.test/runs/nobody/charts/tokens.svg"',
  });
});

const check = (...args: string[]) => gemview(['check-docs', ...args], { cwd });

describe('gemview check-docs', () => {
  it('takes captures as they are, the ones of this folder by default', async () => {
    const { code, stdout, stderr } = await check('docs');
    expect(stderr).toBe('');
    expect(stdout).toBe('0 embeds, 1 quoted number in 1 file: all match\n');
    expect(code).toBe(0);
  });

  it('reads pages in UTF-16', async () => {
    const folder = scratchFolder();
    const text = Buffer.from(
      '\uFEFFWords\r\n![x](https://h.test/runs/nobody/charts/tokens.svg)\r\n',
      'utf16le',
    );
    writeFileSync(join(folder, 'little.md'), text);
    writeFileSync(join(folder, 'big.md'), Buffer.from(text).swap16());
    const { stdout } = await check(folder);
    expect(stdout).toContain("big.md:2: there is no run 'nobody'");
    expect(stdout).toContain("little.md:2: there is no run 'nobody'");
  });

  it('names file, line and both values, and ends with 1', async () => {
    writeFiles(cwd, {
      'bad/deep/page.rst':
        'Docs\n====\n\nIt decodes 45.0 tokens/s.\n\n.. gemview: former:run.decode-rate = 45.0 tokens/s\n',
      'bad/page.html': '<p>\n<iframe src="https://h.test/embed/gone@0123456789ab/tokens/"></iframe>\n',
    });
    const { code, stdout } = await check('bad/', '--site', 'captures');
    expect(stdout.replaceAll('\u00A0', ' ')).toBe(
      'bad/deep/page.rst:6: run.decode-rate is quoted as 45.0 tokens/s, the report says 50.0 tokens/s\n' +
        "bad/page.html:2: there is no run 'gone'\n" +
        '1 embed, 1 quoted number in 2 files: 2 do not match\n',
    );
    expect(code).toBe(1);
    const json = await check('bad', '--site', 'captures', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 1,
      files: 2,
      embeds: 1,
      quotes: 1,
      exports: 0,
      problems: [
        {
          file: 'bad/deep/page.rst',
          line: 6,
          kind: 'changed',
          run: 'former',
          what: 'run.decode-rate',
          old: '45.0 tokens/s',
          new: '50.0\u00A0tokens/s',
        },
        { file: 'bad/page.html', line: 2, kind: 'unknown-run', run: 'gone', old: null, new: null },
      ],
    });
  });

  it('reads a single page', async () => {
    expect((await check('docs/good.md')).stdout).toContain('1 quoted number in 1 file: all match');
  });

  it('says what it lacks', async () => {
    const none = await check();
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining('name one folder of documentation'),
    ]);
    const address = await check('docs', '--site', 'https://h.test');
    expect([address.code, address.stderr]).toEqual([2, expect.stringContaining('--site is a folder')]);
    const nowhere = await check('nowhere');
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining('nowhere: there is no such folder'),
    ]);
  });
});
