/** Formats of other tools that samples can be written in: one entry is a value of `export --to` and a file of the site. */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import { firefoxProfile } from './firefoxProfile.ts';
import { foldedStacks } from './foldedStacks.ts';
import type { PublishText } from './sampledStacks.ts';
import { speedscopeFile } from './speedscope.ts';

export interface SampleExportOptions {
  title: string;
  publish: PublishText;
  /** `gemview 0.1.0`. */
  exporter: string;
}

export interface SampleFormat {
  id: 'speedscope' | 'firefox' | 'folded';
  /** Name of the file that is published beside the report; never changes. */
  fileName: string;
  title: string;
  mediaType: string;
  /** Null for a run without samples. */
  write(analysis: RunAnalysis, options: SampleExportOptions): string | null;
}

export const SAMPLE_FORMATS: readonly SampleFormat[] = [
  {
    id: 'speedscope',
    fileName: 'speedscope.json',
    title: 'Samples by stage for speedscope.app',
    mediaType: 'application/json',
    write: speedscopeFile,
  },
  {
    id: 'firefox',
    fileName: 'firefox-profile.json',
    title: 'Samples by thread for profiler.firefox.com',
    mediaType: 'application/json',
    write: firefoxProfile,
  },
  {
    id: 'folded',
    fileName: 'stacks.folded.txt',
    title: 'Folded stacks for flame graph tools',
    mediaType: 'text/plain',
    write: (analysis, { publish }) => foldedStacks(analysis, null, publish) || null,
  },
];

/** Larger files are left to `gemview export`: readers of a page should not meet a download of a hundred megabytes. */
export const MOST_PUBLISHED_BYTES = 4 * 2 ** 20;
