/** The sections of the Overview that show figures, in order: those that have something in them. */
import type { Report } from '../../report/schema.ts';
import type { Section } from '../layout/sections.ts';

export const FIGURE_SECTIONS = {
  rates: { id: 'rates', title: 'Rates' },
  totals: { id: 'counter-totals', title: 'Counter totals' },
  shares: { id: 'function-shares', title: 'Shares of functions' },
  others: { id: 'other-figures', title: 'Other figures' },
  sources: { id: 'sources', title: 'Where the figures come from' },
} as const satisfies Record<string, Section>;

export function figureSections({ figures }: Report): Section[] {
  if (figures === null) return [];
  const { rates, measurements, shares, others, sources } = figures;
  const has = { rates, totals: measurements, shares, others, sources };
  return Object.entries(FIGURE_SECTIONS)
    .filter(([name]) => has[name as keyof typeof has].length > 0)
    .map(([, section]) => section);
}
