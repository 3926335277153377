import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { LearningPathPicture } from '../../../src/exports/learningPath/chapterPages.ts';
import { learningPath, type LearningPathOptions } from '../../../src/exports/learningPath/learningPath.ts';
import { chaptersOf } from '../../../src/report/chapters.ts';
import type { Report } from '../../../src/report/schema.ts';
import { metricNamed } from '../../../src/writing/metric.ts';
import { readWrittenPage } from '../../../src/writing/page.ts';
import {
  allFixtureReports,
  hardwareServerReport,
  hostileTextReport,
} from '../../support/reportFixtureVariants.ts';
import { emulatedTinyReport } from '../../support/reportFixture.ts';

const OPTIONS: LearningPathOptions = { site: null, authors: [] };
const picture = (chart: string, chapter: string): LearningPathPicture => ({
  chart,
  chapter,
  title: 'Decode takes 1.2 ms',
  subtitle: 'Milliseconds of “llama_decode”, not "seconds"',
  description: `One <bar> & "more". ${'One bar. '.repeat(60)}`,
});
const PICTURES = [
  picture('stage-split', 'overview'),
  picture('token-latency', 'timeline'),
  picture('x', 'functions'),
];

function pagesOf(report: Report, options = OPTIONS): Map<string, string> {
  return learningPath(report, PICTURES, options).pages;
}

/** The front matter of a page as its readers parse it. */
function matterOf(page: string): Record<string, unknown> {
  return parse(page.split('---\n')[1]) as Record<string, unknown>;
}

describe('the front matter of a Learning Path', () => {
  const matter = matterOf(
    pagesOf(hardwareServerReport(), { site: 'https://h.test/p/', authors: ['A. Writer'] }).get('_index.md')!,
  );

  it('has the keys that the site reads', () => {
    expect(Object.keys(matter)).toEqual([
      'title',
      'description',
      'minutes_to_complete',
      'who_is_this_for',
      'learning_objectives',
      'prerequisites',
      'author',
      'skilllevels',
      'subjects',
      'armips',
      'tools_software_languages',
      'operatingsystems',
      'further_reading',
      'weight',
      'layout',
      'learning_path_main_page',
    ]);
    expect(matter).toMatchObject({ author: ['A. Writer'], weight: 1, layout: 'learningpathall' });
  });

  it('has two to five objectives, whole steps of five minutes and the report to read on', () => {
    const objectives = matter.learning_objectives as string[];
    expect(objectives.length).toBeGreaterThanOrEqual(2);
    expect(objectives.length).toBeLessThanOrEqual(5);
    expect((matter.minutes_to_complete as number) % 5).toBe(0);
    expect(JSON.stringify(matter.further_reading)).toContain('https://h.test/p/runs/');
  });

  it('names nobody, and cores only as the run names them', () => {
    const report = { ...emulatedTinyReport(), threadUse: null };
    const named = matterOf(pagesOf(report).get('_index.md')!);
    expect(named).toMatchObject({ author: [], armips: ['Neoverse-V1'] });
    for (const type of report.metrics.coreTypes) type.core = null;
    expect(matterOf(pagesOf(report).get('_index.md')!).armips).toEqual([]);
  });
});

describe('the pages of a Learning Path', () => {
  it.each(allFixtureReports().map((report) => [report.run.id, report] as const))(
    'of %s are one a chapter, in their order',
    (_, report) => {
      const pages = pagesOf(report);
      expect(pages.size).toBe(chaptersOf(report).length + 2);
      const weights = [...pages.values()].map((page) => matterOf(page).weight as number);
      expect(weights).toEqual([...weights].sort((a, b) => a - b));
      expect(new Set(weights).size).toBe(weights.length);
      expect(weights.at(-1)).toBe(21);
      for (const [name, page] of pages) {
        expect(name).toMatch(/^(?:_index|_next-steps|[1-8]-[a-z-]+)\.md$/);
        expect(matterOf(page).layout).toBe('learningpathall');
        // Gemview itself reads pages of Learning Paths.
        expect(readWrittenPage(page, 'md').problems, name).toEqual([]);
      }
    },
  );

  it('open with the chapter’s question and its answer from the report', () => {
    const report = emulatedTinyReport();
    const overview = pagesOf(report).get('1-overview.md')!;
    expect(overview).toContain('**What ran, and how do its stages compare?** ');
    expect(overview.split('\n\n').slice(0, 6).join(' ')).toContain('Prefill evaluates');
  });

  it('say on every page when the times are not those of hardware', () => {
    const emulated = [...pagesOf(emulatedTinyReport())].filter(([name]) => /^\d/.test(name));
    for (const [name, page] of emulated) expect(page, name).toContain('{{% notice Important %}}');
    const hardware = pagesOf(hardwareServerReport());
    expect(hardware.get('2-timeline.md')).not.toContain('notice');
    expect(hardware.get('1-overview.md')).toContain('{{% notice Note %}}');
  });

  it('show pictures in the site’s convention, with short alternatives and a caption', () => {
    const page = pagesOf(emulatedTinyReport()).get('2-timeline.md')!;
    const [, alt, path, caption] = /^!\[(.*)#center\]\((\S+) "(.*)"\)$/m.exec(page)!;
    expect(path).toBe('images/token-latency.png');
    expect(alt).toMatch(/^Token latency: One ‹bar› \+ ”more”\. .*One bar\.$/);
    expect(alt.length).toBeLessThanOrEqual(320);
    expect(caption).toBe('Milliseconds of “llama_decode”, not ”seconds”');
    expect(page).toContain('## Token latency\n\nDecode takes 1.2 ms.\n\n![');
  });

  it('mark the numbers that they quote by names that writing knows', () => {
    const report = emulatedTinyReport();
    const markers = [
      ...pagesOf(report)
        .get('1-overview.md')!
        .matchAll(/^\[gemview .*\]: # "gemview: ([^:]+):(\S+) = (.*)"$/gm),
    ];
    expect(markers.length).toBeGreaterThan(10);
    for (const [, run, name, value] of markers) {
      expect(run).toBe(report.run.id);
      const known = metricNamed(name, report, () => null);
      expect(known.value, name).not.toBeNull();
      if (known.kind === 'text') expect(value).toBe(known.value);
    }
    const labels = markers.map(([line]) => line.split(']')[0]);
    expect(new Set(labels).size).toBe(labels.length);
  });

  it('set what to do about a warning as a command or as a sentence', () => {
    const report = emulatedTinyReport();
    report.warnings = [
      { code: 'a', message: 'No stacks.', fix: 'perf record -g ./llama-cli' },
      { code: 'b', message: 'Simulated.', fix: 'Record on hardware' },
      { code: 'c', message: 'No probes.', fix: "Record with probes: perf probe 'llama_decode n=%x1'" },
    ];
    expect(pagesOf(report).get('8-method.md')).toContain(
      '{{% notice Warning %}}\n' +
        '- No stacks. `perf record -g ./llama-cli`\n' +
        '- Simulated. Record on hardware.\n' +
        "- No probes. `Record with probes: perf probe 'llama_decode n=%x1'`\n" +
        '{{% /notice %}}',
    );
  });

  it('show at most four pictures a chapter, growth with context last', () => {
    const charts = ['context-growth', 'a', 'b', 'c', 'd'].map((chart) => picture(chart, 'prefill-decode'));
    const shown = (some: LearningPathPicture[]): string[] =>
      learningPath(emulatedTinyReport(), some, OPTIONS).pictures.map(({ chart }) => chart);
    expect(shown(charts)).toEqual(['a', 'b', 'c', 'd']);
    expect(shown(charts.slice(0, 3))).toEqual(['a', 'b', 'context-growth']);
  });

  it('change in one page when one number changes', () => {
    const report = emulatedTinyReport();
    const before = pagesOf(report);
    report.headline[0].quantity.value! *= 2;
    const after = pagesOf(report);
    expect([...after].filter(([name, page]) => before.get(name) !== page).map(([name]) => name)).toEqual([
      '1-overview.md',
    ]);
  });

  it('begin no shortcode, however many braces a name has', () => {
    for (const braces of ['{{', '{{{', '{{{{']) {
      const report = emulatedTinyReport();
      const evil = `${braces}% evil %}} ${braces}< evil >}}`;
      report.functions.rows.forEach((row) => (row.name = evil));
      report.answers.functions = evil;
      const drawn = { ...picture('x', 'functions'), title: evil, subtitle: evil, description: evil };
      const all = [...learningPath(report, [drawn], OPTIONS).pages.values()].join('\n');
      expect(all).toContain('evil');
      expect(all.replaceAll(/\{\{% \/?notice(?: \w+)? %\}\}/g, ''), braces).not.toMatch(/\{\{[<%]/);
    }
  });

  it('hold hostile names as text', () => {
    const report = hostileTextReport();
    report.functions.rows[0].name = '{{< figure src=x >}}';
    report.functions.rows[1].name = '{{% notice %}}`x`';
    report.answers.functions = '{{< figure src=x >}} <img src=x onerror=alert(1)>';
    const all = [...pagesOf(report).values()].join('\n');
    expect(all.replaceAll(/\{\{% \/?notice(?: \w+)? %\}\}/g, '')).not.toMatch(/\{\{[<%]/);
    // oxlint-disable-next-line no-control-regex -- these are the characters that must be gone
    expect(all).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u0000-\u0008]/);
    // Only within code, where it is text.
    const outsideCode = all.replaceAll(/(`+)[^\n]*?[^`]\1(?!`)/g, '').replaceAll(/^---\n[^]*?\n---$/gm, '');
    expect(outsideCode).not.toMatch(/<(?:script|img|svg)/i);
  });
});
