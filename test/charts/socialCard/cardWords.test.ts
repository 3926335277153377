import { describe, expect, it } from 'vitest';
import { cardAlt, pageCard, runCard, runRow } from '../../../src/charts/socialCard/cardWords.ts';
import { publishedValue, publisher } from '../../../src/report/privacy.ts';
import type { Report } from '../../../src/report/schema.ts';
import { emulatedTinyReport } from '../../support/reportFixture.ts';
import {
  allFixtureReports,
  hardwareServerReport,
  noMarkersReport,
} from '../../support/reportFixtureVariants.ts';

const withoutFindings = (report: Report): Report => ({ ...report, findings: [] });

describe('the card of a run', () => {
  it('says its title, origin, model and machine, and the first finding', () => {
    const card = runCard(emulatedTinyReport());
    expect(card).toMatchObject({
      title: 'Tiny Qwen2 shape, one thread, emulated Neoverse V1',
      origin: { label: 'emulated' },
      facts: 'tiny-qwen2 Q4_0, random weights · 2 × Neoverse-V1 (emulated)',
      sentence: 'Prefill takes 634\u00A0ms of emulated time.',
      note: 'emulated time',
    });
    expect(cardAlt(card)).toBe(
      'Tiny Qwen2 shape, one thread, emulated Neoverse V1. Origin: emulated. Prefill takes 634\u00A0ms of emulated time.',
    );
  });

  it('opens with the verdicts where there are any, each with how sure it is', () => {
    expect(runCard(hardwareServerReport()).sentence).toBe(
      'Low confidence: Prefill points to computation: one line of evidence. High confidence: Decode is limited by memory bandwidth.',
    );
  });

  it('says what the Overview opens with when there is no finding', () => {
    const report = withoutFindings(emulatedTinyReport());
    expect(runCard(report).sentence).toBe(report.answers.overview);
    const { overview: _, ...answers } = report.answers;
    expect(runCard({ ...report, answers }).sentence).toBe(report.origin.sentence);
  });

  it('holds no number that the report does not hold', () => {
    for (const report of allFixtureReports()) {
      const { title, facts, sentence, legend, note, origin } = runCard(report);
      const held = JSON.stringify(report);
      for (const text of [title, facts, sentence, note, origin.label]) {
        for (const [number] of text.matchAll(/\d[\d.,]*\d|\d/g)) expect(held, text).toContain(number);
      }
      for (const { text } of legend) expect(text).toMatch(/^[A-Z][a-z]+(?:\s[\d.]+\s[mµn]?s)?$/);
    }
  });

  it('takes the durations of the stages from the table of the Overview', () => {
    const report = emulatedTinyReport();
    const row = report.comparison.find(({ id }) => id === 'duration') ?? report.comparison[0];
    const of = (prefill: number | null): Report => ({
      ...report,
      comparison: [
        {
          ...row,
          id: 'duration',
          prefill: { ...row.prefill, value: prefill, unit: 's' },
          decode: { ...row.decode, value: 0.415, unit: 's' },
        },
      ],
    });
    const legend = (changed: Report): string[] => runCard(changed).legend.map(({ text }) => text);
    expect(legend(of(2.5738)).slice(0, 3)).toEqual(['Prefill 2.57\u00A0s', 'Decode 415\u00A0ms', 'Load']);
    expect(legend(of(null))[0]).toBe('Prefill');
  });

  it('has no strip where the stages are not known, and says why', () => {
    const card = runCard(noMarkersReport());
    expect(card).toMatchObject({
      strip: null,
      legend: [],
      note: 'Times and rates are emulated: not those of hardware.',
    });
    const hardware = { ...noMarkersReport(), origin: hardwareServerReport().origin };
    expect(runCard(hardware).note).toBe('The stages of this run are not known.');
  });

  it('says that guessed stages are guessed, without durations', () => {
    const report = noMarkersReport();
    report.stages.estimated.phases = emulatedTinyReport().stages.phases.map((phase) => ({
      ...phase,
    })) as never;
    const card = runCard(report);
    expect(card.strip?.isEstimated).toBe(true);
    expect(card.note).toBe('stages estimated from kernels');
    for (const { text } of card.legend) expect(text).not.toMatch(/\d/);
  });

  it('shows what is published: redacted texts are not in it', () => {
    const report = publishedValue(
      {
        ...emulatedTinyReport(),
        run: { ...emulatedTinyReport().run, title: 'Project Walrus at /home/ada/x' },
      },
      publisher(['Walrus'], []),
    );
    expect(runCard(report).title).toBe('Project [redacted] at ~/x');
  });
});

describe('the card of a page', () => {
  it('counts its runs by origin and shows the first of those with stages', () => {
    const runs = [noMarkersReport(), ...allFixtureReports()].map(runRow);
    const card = pageCard({ title: 'All', sentence: null }, runs);
    expect(card.rows).toHaveLength(3);
    expect(card.rows.every(({ strip }) => strip !== null)).toBe(true);
    expect(card.facts).toBe('8\u00A0runs: 7 emulated, 1 hardware');
    expect(pageCard({ title: 'One', sentence: null }, [runs[0]]).facts).toBe('1\u00A0run: emulated');
    expect(pageCard({ title: 'None', sentence: 'Text' }, [])).toEqual({
      title: 'None',
      sentence: 'Text',
      facts: '',
      rows: [],
    });
  });
});
