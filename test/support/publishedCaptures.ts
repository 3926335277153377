/** Captures whose site has a page of every kind: a run with a former id and a hostile one, a chapter and a story. */
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { scratchFolder, writeFiles } from './scratch.ts';

/** Would break out of an attribute, a script, a style, a picture's XML and a meta element. */
export const HOSTILE_TITLE =
  '"><script>alert(1)</script><style>*{display:none}</style><img src=x onerror=alert(2)> ]]> --> \u202Eevil &amp; \' `x`';

/** @returns a folder that holds `captures/` */
export function publishedCaptures(): string {
  const scratch = scratchFolder();
  cpSync(resolve('test/site/captures'), join(scratch, 'captures'), { recursive: true });
  cpSync(resolve('test/site/captures/script'), join(scratch, 'captures/hostile'), { recursive: true });
  const text = JSON.stringify(HOSTILE_TITLE);
  writeFiles(join(scratch, 'captures'), {
    'script/run.yaml':
      'title: A recording made up for tests\norigin: simulated\ntarget: written by hand\naliases: [former]\n',
    'hostile/run.yaml': `title: ${text}\ndescription: ${text}\norigin: simulated\ntarget: ${text}\n`,
    'script/chapters/notes.mdx':
      '---\ntitle: Notes\n---\nThe run has <Metric that="decode.tokens" /> tokens of Decode.\n\n<Chart chart="tokens" />\n',
    'stories/two-runs.mdx': `---\ntitle: Two runs > one "run"\ndescription: ${text}\n---\n{{% notice Note %}}\nMade up.\n{{% /notice %}}\n\n<Chart chart="tokens" run="script" />\n\n<Finding finding="stage-split" run="hostile" />\n`,
  });
  return scratch;
}
