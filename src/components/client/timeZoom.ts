/**
 * `<time-zoom>`: a part of the run's time, enlarged in all charts over time inside it. Chosen by dragging, by the keyboard
 * or by buttons; the address holds it, and the pictures are redrawn from it.
 */
import { formatText } from '../../charts/format.ts';
import { TIME_FRAME } from '../../charts/layout.ts';
import type { ChartSize } from '../../charts/chart.ts';
import { changeQuery, query, whenQueryReturns } from './addressState.ts';
import type { TimeData } from './timeData.ts';
import {
  isSeenIn,
  lengthOf,
  moved,
  scaled,
  secondsText,
  spanOfQuery,
  within,
  writeSpan,
  type TimeSpan,
} from '../../charts/timeSpan.ts';

const SVG = 'http://www.w3.org/2000/svg';
/** A pointer that moved less than this has not dragged, pixels of the screen. */
const SHORTEST_DRAG = 5;
const ZOOM_FACTOR = 2;
const STEP = 0.25;

/** One width of one chart: the picture of the whole run and the one shown. */
interface Picture {
  chart: string;
  size: ChartSize;
  box: HTMLElement;
  whole: SVGSVGElement;
}

/** The table of a chart as the page had it, or rows that say their time themselves. */
interface Rows {
  chart: string | null;
  body: HTMLTableSectionElement;
  whole: HTMLTableRowElement[];
  /** What the page says below the table, of the whole run. */
  note: Element | null;
  partNote: HTMLParagraphElement;
}

class TimeZoom extends HTMLElement {
  #whole: TimeSpan = { startS: 0, endS: 0 };
  #span: TimeSpan | null = null;
  #pictures: Picture[] = [];
  #rows: Rows[] = [];
  #status: HTMLElement | null = null;
  #data: Promise<TimeData | null> | null = null;

  connectedCallback(): void {
    this.#whole = { startS: Number(this.dataset.start), endS: Number(this.dataset.end) };
    this.#status = this.querySelector('.time-bar [role="status"]');
    for (const figure of this.querySelectorAll<HTMLElement>('figure[data-over-time]')) this.#addChart(figure);
    for (const row of this.querySelectorAll<HTMLElement>('tr[data-from]'))
      this.#addRows(row.closest('tbody')!);
    this.addEventListener('click', (event) => this.#press(event));
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#span !== null) this.#choose(null);
    });
    whenQueryReturns(() => void this.#show());
    void this.#show();
  }

  #addChart(figure: HTMLElement): void {
    const chart = figure.dataset.overTime!;
    const pictures = figure.querySelector<HTMLElement>('.chart-pictures')!;
    for (const size of ['wide', 'narrow'] as const) {
      const box = pictures.querySelector<HTMLElement>(`.${size}`)!;
      this.#pictures.push({ chart, size, box, whole: box.querySelector('svg')! });
    }
    pictures.tabIndex = 0;
    pictures.setAttribute('role', 'group');
    const title =
      figure.querySelector('.chart-title')?.textContent ?? document.querySelector('h1')?.textContent;
    pictures.setAttribute(
      'aria-label',
      `${title?.trim()}: plus and minus zoom, arrows move, Escape shows all`,
    );
    pictures.addEventListener('keydown', (event) => this.#key(event));
    pictures.addEventListener('pointerdown', (event) => this.#drag(event, pictures));
    const body = figure.querySelector<HTMLTableSectionElement>('.chart-row tbody');
    if (body) this.#addRows(body, chart);
  }

  #addRows(body: HTMLTableSectionElement, chart: string | null = null): void {
    if (this.#rows.some((rows) => rows.body === body)) return;
    const box = body.closest('.table-box')!;
    const partNote = document.createElement('p');
    partNote.className = 'table-note';
    partNote.hidden = true;
    box.after(partNote);
    const note = chart === null ? null : partNote.nextElementSibling;
    this.#rows.push({ chart, body, whole: [...body.rows], note, partNote });
  }

  #press({ target }: Event): void {
    const button = target instanceof Element ? target.closest<HTMLElement>('.time-bar button') : null;
    if (!button) return;
    const { act, from, to } = button.dataset;
    if (act === 'stage') this.#choose(within(this.#whole, { startS: Number(from), endS: Number(to) }));
    else if (act) this.#act(act);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = KEYS[event.key];
    if (act === undefined) return;
    event.preventDefault();
    this.#act(act, event.repeat ? 'replace' : 'push');
  }

  #act(act: string, how: 'push' | 'replace' = 'push'): void {
    const whole = this.#whole;
    const span = this.#span ?? whole;
    const middleS = (span.startS + span.endS) / 2;
    const next: Record<string, () => TimeSpan | null> = {
      in: () => scaled(whole, span, 1 / ZOOM_FACTOR, middleS),
      out: () => scaled(whole, span, ZOOM_FACTOR, middleS),
      earlier: () => moved(whole, span, -STEP),
      later: () => moved(whole, span, STEP),
      first: () => moved(whole, span, -lengthOf(whole) / lengthOf(span)),
      last: () => moved(whole, span, lengthOf(whole) / lengthOf(span)),
      all: () => null,
    };
    this.#choose(next[act](), how);
  }

  #choose(span: TimeSpan | null, how: 'push' | 'replace' = 'push'): void {
    changeQuery((params) => writeSpan(params, span), how);
    void this.#show();
  }

  /** Selects while the pointer is down; leaving the picture does not end it. */
  #drag(down: PointerEvent, pictures: HTMLElement): void {
    const svg = down.target instanceof Element ? down.target.closest('svg') : null;
    const picture = svg && this.#pictures.find(({ box }) => box === svg.parentElement);
    if (!svg || !picture || down.button !== 0 || !down.isPrimary) return;
    const shown = this.#span ?? this.#whole;
    const { left, right } = TIME_FRAME[picture.size];
    const timeAt = ({ clientX }: PointerEvent): number => {
      const { x, width } = svg.getBoundingClientRect();
      const at = ((clientX - x) / width) * svg.viewBox.baseVal.width;
      const share = Math.min(1, Math.max(0, (at - left) / (right - left)));
      return shown.startS + share * lengthOf(shown);
    };
    const from = timeAt(down);
    const brushes = new Brushes(this.#pictures, shown);
    const ends = new AbortController();
    const hasMoved = (event: PointerEvent): boolean =>
      Math.abs(event.clientX - down.clientX) >= SHORTEST_DRAG;
    const listen = (type: string, does: (event: PointerEvent) => void): void =>
      pictures.addEventListener(type, (event) => does(event as PointerEvent), { signal: ends.signal });
    const end = (): void => {
      ends.abort();
      brushes.remove();
    };
    listen('pointermove', (event) => {
      if (!hasMoved(event)) return;
      pictures.setPointerCapture(event.pointerId);
      brushes.show(from, timeAt(event));
    });
    listen('pointerup', (event) => {
      end();
      if (hasMoved(event)) this.#choose(within(this.#whole, { startS: from, endS: timeAt(event) }));
    });
    listen('pointercancel', end);
  }

  /** Shows the part that the address names. */
  async #show(): Promise<void> {
    const span = spanOfQuery(query(), this.#whole);
    if (span === null && this.#span === null) return;
    this.#span = span;
    this.classList.toggle('is-zoomed', span !== null);
    this.#writeLinks(span);
    if (span === null) {
      this.#showWhole('');
      return;
    }
    const partText = this.#partText(span);
    this.#say(partText);
    try {
      const data = await this.#load();
      // A later part may have been asked for while this one was loading.
      if (this.#span !== span) return;
      if (data === null) {
        this.#showWhole('The site holds another report of this run by now: the charts show the whole run.');
        return;
      }
      for (const { chart, size, box } of this.#pictures)
        box.innerHTML = data.picture(chart, size, span, partText);
      for (const rows of this.#rows) showRowsOf(rows, span, data);
      this.#say(`${partText} ${this.#columnText(data, span)}`.trim());
    } catch {
      this.#data = null;
      if (this.#span === span) {
        this.#showWhole('This part could not be loaded: the charts show the whole run.');
      }
    }
  }

  #showWhole(text: string): void {
    for (const { box, whole } of this.#pictures) box.replaceChildren(whole);
    for (const rows of this.#rows) showAllRows(rows);
    this.#say(text);
  }

  #load(): Promise<TimeData | null> {
    const { report = '', hash = '' } = this.dataset;
    this.#data ??= import('./timeData.ts').then(({ loadTimeData }) => loadTimeData(report, hash));
    return this.#data;
  }

  #partText(span: TimeSpan): string {
    const [from, to] = [span.startS, span.endS].map((timeS) => secondsText(timeS, span));
    return `${from} s to ${to} s: ${formatText(lengthOf(span), 's')} of ${formatText(lengthOf(this.#whole), 's')}.`;
  }

  #columnText(data: TimeData, span: TimeSpan): string {
    const track = this.#pictures.find(({ chart, box }) => chart.endsWith('-tracks') && box.offsetParent);
    if (!track) return '';
    const { lengthS, isFinest } = data.columns(span, track.size);
    return `Tracks in columns of ${formatText(lengthS, 's')}${isFinest ? ': nothing finer is kept' : ''}.`;
  }

  #writeLinks(span: TimeSpan | null): void {
    for (const anchor of this.querySelectorAll<HTMLAnchorElement>('a[data-view]')) {
      const address = new URL(anchor.href);
      writeSpan(address.searchParams, span);
      anchor.href = address.href;
    }
  }

  #say(text: string): void {
    if (this.#status) this.#status.textContent = text;
  }
}

/** Acts by key, on a focused chart. */
const KEYS: Record<string, string | undefined> = {
  '+': 'in',
  '=': 'in',
  '-': 'out',
  ArrowLeft: 'earlier',
  ArrowRight: 'later',
  Home: 'first',
  End: 'last',
};

/** The stretch under the pointer, in all pictures at once. */
class Brushes {
  readonly #marks: { rect: SVGRectElement; size: ChartSize }[];
  readonly #shown: TimeSpan;

  constructor(pictures: readonly Picture[], shown: TimeSpan) {
    this.#shown = shown;
    this.#marks = pictures.flatMap(({ box, size }) => {
      const svg = box.querySelector('svg');
      if (!svg) return [];
      const rect = document.createElementNS(SVG, 'rect');
      rect.setAttribute('class', 'time-brush');
      rect.setAttribute('height', String(svg.viewBox.baseVal.height));
      svg.append(rect);
      return [{ rect, size }];
    });
  }

  show(fromS: number, toS: number): void {
    for (const { rect, size } of this.#marks) {
      const { left, right } = TIME_FRAME[size];
      const x = (timeS: number): number =>
        left + ((timeS - this.#shown.startS) / lengthOf(this.#shown)) * (right - left);
      rect.setAttribute('x', String(x(Math.min(fromS, toS))));
      rect.setAttribute('width', String(Math.abs(x(toS) - x(fromS))));
    }
  }

  remove(): void {
    for (const { rect } of this.#marks) rect.remove();
  }
}

function showAllRows({ chart, body, whole, note, partNote }: Rows): void {
  if (chart !== null) body.replaceChildren(...whole);
  for (const row of body.rows) row.hidden = false;
  if (note instanceof HTMLElement) note.hidden = false;
  partNote.hidden = true;
}

function showRowsOf({ chart, body, whole, note, partNote }: Rows, span: TimeSpan, data: TimeData): void {
  partNote.hidden = false;
  if (note instanceof HTMLElement) note.hidden = true;
  if (chart !== null) {
    const { markup, shown, all } = data.rows(chart, span);
    body.innerHTML = markup;
    partNote.textContent =
      shown < all ? `Rows in this part: ${all}, the first ${shown} here.` : `Rows in this part: ${all}.`;
    return;
  }
  for (const row of whole) {
    row.hidden = !isSeenIn(span, { startS: Number(row.dataset.from), endS: Number(row.dataset.to) });
  }
  const shown = whole.filter((row) => !row.hidden).length;
  partNote.textContent = `Rows here that lie in this part: ${shown} of ${whole.length}.`;
}

export function defineTimeZoom(): void {
  if (!customElements.get('time-zoom')) customElements.define('time-zoom', TimeZoom);
}
