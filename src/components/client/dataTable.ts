/**
 * `<data-table>`: sorts and filters a table that is already on the page. The address holds both: `?sort=functions.self.down`
 * for the table `data-name="functions"` and its column "Self", `?q=` for the filter.
 */
import { changeQuery, query, setOrDelete, whenQueryReturns } from './addressState.ts';
import { columnKey, freeKey, readOrder, writeOrder } from './tableOrder.ts';

const REST_MISSING = 'the rows that the page leaves out could not be loaded';

class DataTable extends HTMLElement {
  /** The rows that the page left out, once somebody has asked for them; null again when that failed. */
  #rest: Promise<void> | null = null;
  #isRestMissing = false;
  /** Rows in the order of the page. */
  #rows: HTMLTableRowElement[] = [];
  #filter: { input: HTMLInputElement; found: HTMLOutputElement } | null = null;
  readonly #columns = new Map<string, HTMLElement>();

  connectedCallback(): void {
    const table = this.querySelector('table');
    if (!table) return;
    this.#rows = [...table.tBodies[0].rows];
    for (const header of table.querySelectorAll<HTMLElement>('th[data-sort]')) this.#makeSortable(header);
    const sort = (): void => void this.#sortAsAddressed(table);
    sort();
    whenQueryReturns(sort);
    if (this.dataset.filter) this.#addFilter(table, this.dataset.filter);
    void this.#showAddressedRow(table);
  }

  /** An address may name a row that the page left out. */
  async #showAddressedRow(table: HTMLTableElement): Promise<void> {
    const id = location.hash.slice(1);
    if (!id.startsWith('fn-') || document.getElementById(id)) return;
    await this.#loadRest(table);
    document.getElementById(id)?.scrollIntoView({ block: 'center' });
  }

  #makeSortable(header: HTMLElement): void {
    this.#columns.set(freeKey(this.#columns, columnKey(header.textContent)), header);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort-button';
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => {
      const isFirstDescending = header.dataset.sort === 'number';
      const current = header.getAttribute('aria-sort');
      const isDescending = current === null ? isFirstDescending : current === 'ascending';
      const [column] = [...this.#columns].find(([, other]) => other === header)!;
      changeQuery((params) => writeOrder(params, this.#name, { column, isDescending }), 'push');
      void this.#sortAsAddressed(header.closest('table')!);
    });
  }

  get #name(): string {
    return this.dataset.name ?? '';
  }

  /** Sorts all rows by the column that the address names, or gives them the order of the page. */
  async #sortAsAddressed(table: HTMLTableElement): Promise<void> {
    const { header, isDescending } = this.#addressedOrder();
    for (const other of this.#columns.values()) other.removeAttribute('aria-sort');
    header?.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
    if (header) await this.#loadRest(table);
    this.#arrange(table);
    this.#showMatching();
  }

  #addressedOrder(): { header: HTMLElement | null; isDescending: boolean } {
    const order = readOrder(query(), this.#name);
    return {
      header: (order && this.#columns.get(order.column)) ?? null,
      isDescending: order?.isDescending ?? false,
    };
  }

  /** Gives the rows that are here the order that the address names by now: another may have been asked for since. */
  #arrange(table: HTMLTableElement): void {
    const { header, isDescending } = this.#addressedOrder();
    const rows = header ? sortedRows(this.#rows, header, isDescending) : this.#rows;
    if (rows.some((row, place) => table.tBodies[0].rows[place] !== row)) table.tBodies[0].append(...rows);
  }

  #addFilter(table: HTMLTableElement, labelText: string): void {
    const box = document.createElement('div');
    box.className = 'table-filter';
    const label = document.createElement('label');
    label.textContent = labelText;
    const input = document.createElement('input');
    input.type = 'search';
    input.spellcheck = false;
    const found = document.createElement('output');
    label.append(' ', input);
    box.append(label, found);
    this.prepend(box);
    this.#filter = { input, found };
    const apply = async (): Promise<void> => {
      const wanted = wantedOf(input);
      if (wanted !== '') await this.#loadRest(table);
      if (wantedOf(input) !== wanted) return;
      this.#showMatching();
      changeQuery((params) => setOrDelete(params, 'q', input.value.trim()), 'replace');
    };
    input.addEventListener('input', () => void apply());
    const applyAddressed = (): void => {
      const asked = query().get('q') ?? '';
      if (asked === input.value.trim()) return;
      input.value = asked;
      void apply();
    };
    applyAddressed();
    whenQueryReturns(applyAddressed);
  }

  /** Shows the rows that the filter finds among those that are here, and says how many. */
  #showMatching(): void {
    if (!this.#filter) return;
    const { input, found } = this.#filter;
    const wanted = wantedOf(input);
    let shown = 0;
    for (const row of this.#rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) shown += 1;
    }
    const all = this.#rows.length;
    const counted = shown === 0 ? `no row of ${all} matches` : `${shown} of ${all} rows`;
    const isAsked = wanted !== '' || this.#addressedOrder().header !== null;
    const parts = [wanted === '' ? '' : counted, this.#isRestMissing && isAsked ? REST_MISSING : ''];
    found.textContent = parts.filter((part) => part !== '').join('; ');
  }

  /**
   * Adds the rows that the page left out; on failure the table stays as it is and says so, and the next filter or order
   * tries again. Filter and order may ask at the same time.
   */
  #loadRest(table: HTMLTableElement): Promise<void> {
    const address = this.dataset.rest;
    if (!address) return Promise.resolve();
    this.#rest ??= this.#addRest(table, address).then(
      () => this.#useRest(table, false),
      () => {
        this.#rest = null;
        this.#useRest(table, true);
      },
    );
    return this.#rest;
  }

  async #addRest(table: HTMLTableElement, address: string): Promise<void> {
    const response = await fetch(address);
    if (!response.ok) throw new Error(String(response.status));
    const { rows } = (await response.json()) as { rows: string };
    const shown = table.tBodies[0].rows.length;
    table.tBodies[0].insertAdjacentHTML('beforeend', rows);
    this.#rows.push(...[...table.tBodies[0].rows].slice(shown));
  }

  /** Filter and order hold for rows that came later, whichever of the two asked for them. */
  #useRest(table: HTMLTableElement, isMissing: boolean): void {
    this.#isRestMissing = isMissing;
    this.#arrange(table);
    this.#showMatching();
  }
}

function wantedOf(input: HTMLInputElement): string {
  return input.value.trim().toLowerCase();
}

function sortedRows(
  rows: readonly HTMLTableRowElement[],
  header: HTMLElement,
  isDescending: boolean,
): HTMLTableRowElement[] {
  const column = [...header.parentElement!.children].indexOf(header);
  const isNumber = header.dataset.sort === 'number';
  const sign = isDescending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, key: sortKey(row.cells[column], isNumber) }));
  keyed.sort(({ key: a }, { key: b }) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    if (typeof a === 'string' || typeof b === 'string') return sign * String(a).localeCompare(String(b));
    return sign * (a - b);
  });
  return keyed.map(({ row }) => row);
}

/** What is not known sorts last in both directions. */
function sortKey(cell: HTMLTableCellElement | undefined, isNumber: boolean): number | string | null {
  if (!cell) return null;
  if (!isNumber) return cell.textContent.trim();
  const text = cell.dataset.v;
  return text === undefined || text === '' ? null : Number(text);
}

export function defineDataTable(): void {
  if (!customElements.get('data-table')) customElements.define('data-table', DataTable);
}
