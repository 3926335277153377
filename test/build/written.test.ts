import { describe, expect, it } from 'vitest';
import { checkWritten, compileProblems, type WrittenFile } from '../../scripts/build/written.ts';
import { InputErrors } from '../../scripts/inputErrors.ts';
import { readWrittenPage } from '../../src/writing/page.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';

const report = emulatedTinyReport();
const reports = new Map([[report.run.id, report]]);

function story(text: string, pictures: string[] = [], kind: 'md' | 'mdx' = 'md'): WrittenFile {
  return {
    run: null,
    slug: 'a-page',
    shown: 'captures/stories/02-a-page.md',
    page: readWrittenPage(text, kind),
    pictures: new Map(pictures.map((path) => [path, `/tmp/${path}`])),
  };
}

function problems(file: WrittenFile): string[] {
  try {
    checkWritten([file], reports);
  } catch (error) {
    if (error instanceof InputErrors) return error.errors.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('written pages', () => {
  it('say once that their run is not there, with what may be meant', () => {
    const slip = report.run.id.slice(0, -1);
    const text = `---\ntitle: A\nrun: ${slip}\n---\n<Metric that="decode.ipc" />\n<Chart chart="tokens" />\n`;
    expect(problems(story(text))).toEqual([
      expect.stringMatching(
        `^captures/stories/02-a-page.md:3: there is no run '${slip}'; did you mean '${report.run.id}'`,
      ),
    ]);
    expect(problems(story('---\ntitle: A\n---\n<Metric that="decode.ipc" run="none" />'))).toEqual([
      expect.stringContaining(`:4: there is no run 'none'; there are ${report.run.id}`),
    ]);
  });

  it('say how a run is called now whose former id they name', () => {
    const renamed = { ...report, run: { ...report.run, id: 'new-name', aliases: ['old-name'] } };
    const page = story('---\ntitle: A\n---\n<Metric that="decode.ipc" run="old-name" />');
    expect(() => checkWritten([page], new Map([['new-name', renamed]]))).toThrow(
      "02-a-page.md:4: the run 'old-name' is called 'new-name' now",
    );
  });

  it('say all that is wrong in the order of lines', () => {
    const text = `---\ntitle: A\nrun: ${report.run.id}\n---\n<Chart chart="none" />\n<Chrat />\n<Metric that="decode.ipcc" />\n`;
    expect(problems(story(text)).map((problem) => /:(\d+):/.exec(problem)?.[1])).toEqual(['5', '6', '7']);
  });

  it.each(['```x``` is code.\n\n', '`` ` `` ', 'A \\` backtick ', '- ```\n  code\n\n'])(
    'are refused for what stands behind code: %j',
    (before) => {
      const start = `---\ntitle: A\nrun: ${report.run.id}\n---\n${before}`;
      const told = (text: string): string[] => problems(story(`${start}${text} and \`y\``, [], 'mdx'));
      expect(told('<Evil />')).toEqual([expect.stringContaining('there is no component <Evil>')]);
      expect(told('{globalThis.x}')).toEqual([expect.stringContaining('code in braces is not for pages')]);
      expect(told('<Claim that="decode.tokens > 999999">x</Claim>')).toEqual([
        expect.stringContaining('the data contradicts the sentence'),
      ]);
    },
  );

  it('warn of pictures that are not there, and of no others', () => {
    const text =
      '---\ntitle: A\n---\n![a](images/a.png)\n![b](./images/b%20c.png)\n![c](images/none.png "C")\n![d](https://example.org/d.png)\n';
    expect(checkWritten([story(text, ['images/a.png', 'images/b c.png'])], reports)).toEqual([
      "captures/stories/02-a-page.md:6: there is no picture 'images/none.png' beside the page",
    ]);
  });

  it('are named by file and line where MDX cannot be compiled', () => {
    const said = [
      'Build failed with 1 error:',
      '[plugin @mdx-js/rolldown] /tmp/.site.staging-1/project/src/written/stories/a-page.mdx:5:15',
      'MDXError: Unexpected end of file in expression, expected a corresponding closing brace for `{`',
      '    at TransformPluginContextImpl.handler (file:///x/vite-plugin-mdx.js:64:17)',
    ].join('\n');
    expect(compileProblems(said, [story('---\ntitle: A\n---\n')]).map(({ message }) => message)).toEqual([
      'captures/stories/02-a-page.md:5: Unexpected end of file in expression, expected a corresponding closing brace for `{`',
    ]);
    const unplaced =
      '[plugin @mdx-js/rolldown] /tmp/x/project/src/written/stories/a-page.mdx:undefined:undefined ' +
      'MDXError: Maximum call stack size exceeded at TransformPluginContextImpl.handler (file:///a.js:64:17)';
    expect(compileProblems(unplaced, [story('---\ntitle: A\n---\n')]).map(({ message }) => message)).toEqual([
      'captures/stories/02-a-page.md: Maximum call stack size exceeded',
    ]);
    expect(compileProblems('Build failed: no memory', [story('---\ntitle: A\n---\n')])).toEqual([]);
  });
});
