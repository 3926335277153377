import { createMarkdownProcessor } from '@astrojs/markdown-remark';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../src/exports/reportMarkdown.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import { hostileTextReport } from '../support/reportFixtureVariants.ts';

describe('a report as Markdown', () => {
  const text = reportMarkdown(emulatedTinyReport());

  it('says what the run is before anything else', () => {
    const [title, , origin] = text.split('\n');
    expect(title).toMatch(/^# \S/);
    expect(origin).toMatch(/^\*\*\w+/);
  });

  it('has the parts of the report under their headings', () => {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(
      expect.arrayContaining(['First numbers', 'Prefill and Decode', 'What ran', 'Files']),
    );
    expect(new Set(headings).size).toBe(headings.length);
  });

  it('shows hostile names as text', async () => {
    const processor = await createMarkdownProcessor({ syntaxHighlight: false });
    const { code } = await processor.render(reportMarkdown(hostileTextReport()));
    expect(code).not.toMatch(/<(?:script|img|iframe|svg)|<[^>]*\son\w+=|href="(?!\.\/|https?:)/i);
    // oxlint-disable-next-line no-control-regex -- these are the characters that must be gone
    expect(reportMarkdown(hostileTextReport())).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u0000-\u0008]/);
  });
});

describe('the JSON Schema that is published', () => {
  it('accepts a report and refuses one without its run', () => {
    const accepts = new Ajv2020({ strict: false }).compile(z.toJSONSchema(reportSchema, { io: 'output' }));
    const report = JSON.parse(JSON.stringify(reportSchema.parse(emulatedTinyReport()))) as Record<
      string,
      unknown
    >;
    expect(accepts(report), JSON.stringify(accepts.errors?.slice(0, 2))).toBe(true);
    delete report.run;
    expect(accepts(report)).toBe(false);
  });
});
