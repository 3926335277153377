/**
 * `<flame-graphs>`: zoom, search and keyboard for the flame graphs inside it, which are pictures already. A click fills the
 * width with a cell and a second one takes that back; one search dims what does not match in all of them and sums the rest.
 */
import { cellOfRect, LABEL_PLACE, labelOfCell, rectOfCell, rowOfRect } from '../../charts/flameGraph/cell.ts';
import { STAGE_NAMES } from '../../charts/colours.ts';
import { formatCount, formatShare } from '../../charts/format.ts';
import { changeQuery, query, setOrDelete, whenQueryReturns } from './addressState.ts';
import { announce } from './announce.ts';
import { parseCellTitle, searchCells, zoomedPlaces, holds, type FlameCellFacts } from './flameCells.ts';
import { cellOfZoom, readZoom, writeZoom, zoomOfCell } from './flameZoom.ts';

const SVG = 'http://www.w3.org/2000/svg';
/** What was found is said when no key was pressed for so long. */
const TYPING_PAUSE_MS = 500;
const ALL_SHOWN = 'All functions shown';
/** A picture has changed the zoom that the address holds. */
const ZOOMED = 'flame-zoomed';

const GRAPH_NAMES: Record<string, string> = {
  run: 'The run',
  prefill: STAGE_NAMES.prefill,
  decode: STAGE_NAMES.decode,
};

interface DrawnCell extends FlameCellFacts {
  group: SVGGElement;
  rect: SVGRectElement;
  title: string;
}

/** One picture: its cells, which of them is zoomed in on, and the line below that says what the pointer is on. */
class FlamePicture {
  readonly cells: DrawnCell[] = [];
  readonly #svg: SVGSVGElement;
  readonly #status: HTMLElement;
  /** Whose samples it shows: `run`, `prefill` or `decode`. */
  readonly graph: string;
  readonly #width: number;
  #zoomed: DrawnCell | null = null;
  #summary = '';

  constructor(svg: SVGSVGElement, status: HTMLElement) {
    this.#svg = svg;
    this.#status = status;
    this.graph = graphOf(svg.closest('figure')?.id ?? '');
    this.#width = svg.viewBox.baseVal.width;
    const drawn = [...svg.querySelectorAll<SVGGElement>('g.mono > g')];
    const tops = drawn.map((group) => Number(group.querySelector('rect')?.getAttribute('y')));
    const rows = [...new Set(tops)].sort((a, b) => a - b);
    drawn.forEach((group, index) => {
      const rect = group.querySelector('rect');
      const title = group.querySelector('title')?.textContent ?? '';
      const facts = parseCellTitle(title);
      if (!rect || !facts) return;
      const place = cellOfRect(Number(rect.getAttribute('x')), Number(rect.getAttribute('width')));
      this.cells.push({ ...facts, group, rect, title, ...place, depth: rows.indexOf(tops[index]) });
    });
    // A picture has no parts that can be reached; from here on it has.
    svg.setAttribute('role', 'group');
    for (const cell of this.cells) this.#makeReachable(cell);
    this.#first()?.group.setAttribute('tabindex', '0');
  }

  /** Shows the zoom that the address names. */
  zoomAsAddressed(): void {
    const cell = cellOfZoom(this.cells, readZoom(query(), this.graph));
    if (cell !== this.#zoomed) this.#zoom(cell);
  }

  /** What the search found, where the picture is shown: one of its two widths is. */
  get found(): string {
    return this.#svg.checkVisibility() && this.#summary !== ''
      ? `${GRAPH_NAMES[this.graph]}: ${this.#summary}`
      : '';
  }

  search(wanted: string): void {
    const { found, samples } = searchCells(this.cells, wanted);
    const isSearching = wanted.trim() !== '';
    this.cells.forEach(({ group }, index) =>
      group.classList.toggle('is-dimmed', isSearching && !found[index]),
    );
    const whole = this.cells.filter(({ depth }) => depth === 0).reduce((sum, cell) => sum + cell.samples, 0);
    this.#summary = isSearching
      ? `${formatCount(samples)} of ${formatCount(whole)} samples, ${formatShare(samples, whole)}, on paths drawn here through functions that match`
      : '';
    this.#say(null);
  }

  /** Where the keyboard comes in: the widest of those that nothing calls. */
  #first(): DrawnCell | undefined {
    return this.cells.filter(({ depth }) => depth === 0).toSorted((a, b) => b.width - a.width)[0];
  }

  #makeReachable(cell: DrawnCell): void {
    const { group } = cell;
    group.setAttribute('role', 'button');
    group.setAttribute('tabindex', '-1');
    group.addEventListener('click', () => this.#toggle(cell));
    group.addEventListener('mouseenter', () => this.#say(cell));
    group.addEventListener('mouseleave', () => this.#say(null));
    group.addEventListener('focus', () => this.#say(cell));
    group.addEventListener('blur', () => this.#say(null));
    group.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') this.#toggle(cell);
      else if (event.key.startsWith('Arrow')) this.#focus(this.#neighbour(cell, event.key));
      else return;
      event.preventDefault();
    });
  }

  /** Zooms in on a cell, or out again from it; the address holds it, and all pictures of the page follow the address. */
  #toggle(cell: DrawnCell): void {
    const zoom = this.#zoomed === cell ? null : zoomOfCell(this.cells, cell);
    changeQuery((params) => writeZoom(params, this.graph, zoom), 'push');
    this.#svg.dispatchEvent(new Event(ZOOMED, { bubbles: true }));
    announce(zoom ? `Zoomed in on ${cell.label}` : ALL_SHOWN);
  }

  /** The caller above, the widest called below, or the next cell of the same depth. */
  #neighbour(cell: DrawnCell, key: string): DrawnCell | undefined {
    const shown = this.cells.filter(({ group }) => !group.hasAttribute('display'));
    if (key === 'ArrowUp') return shown.find((other) => other.depth === cell.depth - 1 && holds(other, cell));
    if (key === 'ArrowDown') {
      return shown
        .filter((other) => other.depth === cell.depth + 1 && holds(cell, other))
        .toSorted((a, b) => b.width - a.width)[0];
    }
    const row = shown.filter(({ depth }) => depth === cell.depth).toSorted((a, b) => a.x - b.x);
    return row[row.indexOf(cell) + (key === 'ArrowRight' ? 1 : -1)];
  }

  #focus(cell: DrawnCell | undefined): void {
    if (!cell) return;
    for (const { group } of this.cells) group.setAttribute('tabindex', '-1');
    cell.group.setAttribute('tabindex', '0');
    cell.group.focus();
  }

  #zoom(cell: DrawnCell | null): void {
    this.#zoomed = cell;
    zoomedPlaces(this.cells, cell, this.#width).forEach((place, index) => {
      const { group, rect, label } = this.cells[index];
      if (place === null) {
        group.setAttribute('display', 'none');
        return;
      }
      group.removeAttribute('display');
      const drawn = rectOfCell(place.x, place.width);
      rect.setAttribute('x', String(drawn.x));
      rect.setAttribute('width', String(drawn.width));
      this.#write(group, rect, label, place);
    });
    // What had the focus may be hidden now: the first key reaches something that is shown.
    const reachable = cell ?? this.#first();
    for (const { group } of this.cells)
      group.setAttribute('tabindex', group === reachable?.group ? '0' : '-1');
    this.#say(cell);
  }

  #write(group: SVGGElement, rect: SVGRectElement, label: string, place: { x: number; width: number }): void {
    const shown = labelOfCell(label, place.width);
    let text = group.querySelector('text');
    if (shown === null) {
      text?.remove();
      return;
    }
    if (!text) {
      text = document.createElementNS(SVG, 'text');
      text.setAttribute('y', String(rowOfRect(Number(rect.getAttribute('y'))) + LABEL_PLACE.y));
      text.setAttribute('fill', 'var(--ink)');
      group.append(text);
    }
    text.setAttribute('x', String(place.x + LABEL_PLACE.x));
    text.textContent = shown;
  }

  #say(cell: DrawnCell | null): void {
    const zoom = this.#zoomed
      ? `Zoomed in on ${this.#zoomed.label}: Escape or a second click shows all. `
      : '';
    this.#status.textContent = cell?.title ?? (zoom + this.#summary || 'Click a function to zoom in.');
  }
}

class FlameGraphs extends HTMLElement {
  connectedCallback(): void {
    const pictures = [...this.querySelectorAll<HTMLElement>('.chart-pictures')].flatMap((box) =>
      [...box.querySelectorAll<SVGSVGElement>('svg')].map((svg) => {
        const status = document.createElement('p');
        status.className = 'flame-status';
        svg.after(status);
        return new FlamePicture(svg, status);
      }),
    );
    if (pictures.length === 0) return;
    const zoom = (): void => {
      for (const picture of pictures) picture.zoomAsAddressed();
    };
    zoom();
    whenQueryReturns(zoom);
    this.addEventListener(ZOOMED, zoom);
    this.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !query().has('zoom')) return;
      changeQuery((params) => {
        for (const { graph } of pictures) writeZoom(params, graph, null);
      }, 'push');
      zoom();
      announce(ALL_SHOWN);
    });
    this.#addSearch(pictures);
  }

  #addSearch(pictures: readonly FlamePicture[]): void {
    const label = document.createElement('label');
    label.className = 'flame-search';
    const input = document.createElement('input');
    input.type = 'search';
    input.spellcheck = false;
    label.append('Search functions ', input);
    this.prepend(label);
    const apply = (): void => {
      for (const picture of pictures) picture.search(input.value);
    };
    const applyAddressed = (): void => {
      input.value = query().get('find') ?? '';
      apply();
    };
    applyAddressed();
    whenQueryReturns(applyAddressed);
    input.addEventListener('input', () => {
      apply();
      const found = pictures.map((picture) => picture.found).filter((text) => text !== '');
      announce(found.join('; '), TYPING_PAUSE_MS);
      changeQuery((params) => setOrDelete(params, 'find', input.value.trim()), 'replace');
    });
  }
}

/** `chart-flame-graph-decode` shows Decode; the one of the run has no more in its id. */
function graphOf(figure: string): string {
  return /-flame-graph-(prefill|decode)$/.exec(figure)?.[1] ?? 'run';
}

export function defineFlameGraphs(): void {
  if (!customElements.get('flame-graphs')) customElements.define('flame-graphs', FlameGraphs);
}
