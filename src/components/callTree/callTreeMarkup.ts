/** The call tree as nested details: widest first, small nodes left out, the main paths open. */
import { childrenByParent } from '../../charts/flameGraph/flameGraphState.ts';
import { formatText, formatValue } from '../../charts/format.ts';
import { symbolHtml } from '../../charts/text.ts';
import type { ReportCallTree } from '../../report/schema.ts';
import { isShortened, plainSymbolMarkup } from '../numbers/symbolMarkup.ts';
import { shareBar } from '../tables/shareBar.ts';
import { absent } from '../numbers/absent.ts';

/** Nodes of at least this share of all samples are open when the page loads… */
const OPEN_SHARE = 0.05;
/** …but not more of them than these. */
const MOST_OPEN = 40;

export interface CallTreeMarkup {
  html: string;
  shown: number;
  /** Nodes of report.json that the page leaves out. */
  left: number;
}

/** @param smallestShare nodes below this share of all samples are left out */
export function callTreeMarkup(tree: ReportCallTree, smallestShare: number): CallTreeMarkup {
  const children = childrenByParent(tree, tree.total.all);
  const roots = children.get(-1) ?? [];
  const totals = {
    all: sumOf(roots, tree.total.all),
    prefill: sumOf(roots, tree.total.prefill),
    decode: sumOf(roots, tree.total.decode),
  };
  let shown = 0;
  let open = 0;
  const share = (value: number, whole: number): string =>
    whole === 0 ? absent('no sample fell into this stage') : formatText(value / whole, 'share');

  const intervals = new Map(tree.intervals?.map((row) => [`${row.stage} ${row.node}`, row]));
  const ends = (node: number, stage: 'prefill' | 'decode'): string => {
    const interval = intervals.get(`${stage} ${node}`);
    if (!interval) return '';
    const [low, high] = [interval.low, interval.high].map((end) => formatText(end, 'share'));
    // Ends that print alike say nothing that the share does not.
    return low === high
      ? ''
      : `<small class="interval">${formatValue(interval.low, 'share').number}–${high}</small>`;
  };

  const row = (node: number, tag: 'div' | 'summary'): string => {
    const { name } = tree.functions[tree.function[node]];
    return [
      `<${tag} class="tree-row"><span>${plainSymbolMarkup(name)}</span>`,
      `<span>${share(tree.total.all[node], totals.all)}</span>`,
      `<span>${share(tree.self.all[node], totals.all)}</span>`,
      `<span class="tree-stage">${share(tree.total.prefill[node], totals.prefill)}${ends(node, 'prefill')}</span>`,
      `<span class="tree-stage">${share(tree.total.decode[node], totals.decode)}${ends(node, 'decode')}</span>`,
      `${shareBar(tree.total.all[node] / totals.all, 'chart-mark')}</${tag}>`,
    ].join('');
  };
  /** The whole name of a row that shows it shortened; above what it calls it waits for being asked for. */
  const longName = (node: number, isLeaf: boolean): string => {
    const { name } = tree.functions[tree.function[node]];
    if (!isShortened(name)) return '';
    const whole = `<code class="symbol">${symbolHtml(name)}</code>`;
    return isLeaf
      ? `<p class="tree-long-name">${whole}</p>`
      : `<details class="tree-long-name"><summary>Whole name</summary>${whole}</details>`;
  };

  // Chains of calls can be thousands deep: an explicit stack of what is still to be written.
  const parts: string[] = [];
  const pending: (string | number)[] = roots.toReversed();
  while (pending.length > 0) {
    const node = pending.pop()!;
    if (typeof node === 'string') {
      parts.push(node);
      continue;
    }
    if (tree.total.all[node] < smallestShare * totals.all) continue;
    shown++;
    const visible = (children.get(node) ?? []).filter(
      (child) => tree.total.all[child] >= smallestShare * totals.all,
    );
    const long = longName(node, visible.length === 0);
    if (visible.length === 0 && long === '') {
      parts.push(`<li>${row(node, 'div')}</li>`);
      continue;
    }
    const isOpen = tree.total.all[node] >= OPEN_SHARE * totals.all && visible.length > 0 && open < MOST_OPEN;
    if (isOpen) open++;
    parts.push(`<li><details${isOpen ? ' open' : ''}>${row(node, 'summary')}${long}<ul>`);
    pending.push('</ul></details></li>', ...visible.toReversed());
  }
  return { html: `<ul>${parts.join('')}</ul>`, shown, left: tree.parent.length - shown };
}

function sumOf(nodes: readonly number[], column: readonly number[]): number {
  return nodes.reduce((sum, node) => sum + column[node], 0);
}

/** Columns of {@link callTreeRows} before the counts. */
export const CALL_TREE_COLUMNS = ['row', 'row of the caller', 'depth', 'function', 'image'] as const;

/** The tree as rows for a CSV, callers before what they call: whole paths would repeat every name at every depth. */
export function callTreeRows(tree: ReportCallTree): (string | number | null)[][] {
  const depths: number[] = [];
  return tree.parent.map((parent, node) => {
    const { name, image } = tree.functions[tree.function[node]];
    depths[node] = parent < 0 ? 0 : depths[parent] + 1;
    return [
      node,
      parent < 0 ? null : parent,
      depths[node],
      name,
      image,
      tree.self.all[node],
      tree.self.load[node],
      tree.self.prefill[node],
      tree.self.decode[node],
      tree.total.all[node],
      tree.total.load[node],
      tree.total.prefill[node],
      tree.total.decode[node],
    ];
  });
}
