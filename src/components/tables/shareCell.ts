/** Samples with their share of a stage, its interval, and a bar; as HTML of a table cell. */
import { formatCount, formatText } from '../../charts/format.ts';
import type { ReportStageShare } from '../../report/schema/operators.ts';
import { shareBar } from './shareBar.ts';
import { absent } from '../numbers/absent.ts';

/** @param token colour token of the bar */
export function stageShareCell({ samples, share, interval }: ReportStageShare, token: string): string {
  if (share === null) return `<td class="number" data-v="">${absent('no sample fell into this stage')}</td>`;
  if (samples === 0) return `<td class="number" data-v="0">${formatText(0, 'share')}</td>`;
  const ends = intervalText(interval);
  const small = [ends, formatCount(samples)].filter((part) => part !== '').join(' · ');
  return `<td class="number share" data-v="${samples}">${formatText(share, 'share')} <small>${small}</small>${shareBar(share, token)}</td>`;
}

/** `34.8 to 35.7 %`; nothing for an interval without width. */
export function intervalText(interval: ReportStageShare['interval']): string {
  if (!interval || interval[0] === interval[1]) return '';
  const [low, high] = interval.map((end) => formatText(end, 'share'));
  return `${low.replace(/\u00A0%$/, '')} to ${high}`;
}
