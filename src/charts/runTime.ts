/** How a run's time is spoken of: only time of hardware is called time without a further word. */
import type { Report } from '../report/schema.ts';
import { formatText } from './format.ts';

/** ` of emulated time`, to stand after a duration; empty for time of hardware. */
export function ofTime(report: Report): string {
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
export function timeAxisName(report: Report): string {
  return ofTime(report).replace(' of ', '') || 'time';
}

/** A duration with the word for its time: `634 ms of emulated time`. */
export function durationText(report: Report, seconds: number): string {
  return formatText(seconds, 's') + ofTime(report);
}
