/** How a run's time is spoken of: only time of hardware is called time without a further word. */
import type { Report } from '../report/schema.ts';
import { formatText } from './format.ts';

/** ` of emulated time`, to stand after a duration; empty for time of hardware. */
export function ofTime(report: Pick<Report, 'origin'>): string {
  switch (report.origin.value) {
    case 'hardware':
    case 'vm':
    case 'reported':
      return '';
    case 'emulated':
      return ' of emulated time';
    case 'simulated':
      return ' of simulated time';
    default:
      return ' of recorded time';
  }
}

/** `seconds`, `emulated time`, for the name of an axis. */
export function timeAxisName(report: Pick<Report, 'origin'>): string {
  return ofTime(report).replace(' of ', '') || 'time';
}

/** A duration with the word for its time: `634 ms of emulated time`. */
export function durationText(report: Pick<Report, 'origin'>, seconds: number): string {
  return formatText(seconds, 's') + ofTime(report);
}

/** What times and rates of a run are not, for runs without hardware time; undefined for the others. */
export function timeNote({ origin }: Pick<Report, 'origin'>): string | undefined {
  switch (origin.value) {
    case 'hardware':
    case 'vm':
      return undefined;
    case 'reported':
      return 'Times and rates were published elsewhere: this capture did not measure them.';
    case null:
      return 'It is not known whether times and rates are those of hardware.';
    default:
      return `Times and rates are ${origin.value}: not those of hardware.`;
  }
}
