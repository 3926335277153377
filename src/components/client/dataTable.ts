/** `<data-table>`: sorts and filters a table that is already on the page. */

class DataTable extends HTMLElement {
  #restIsLoaded = false;

  connectedCallback(): void {
    const table = this.querySelector('table');
    if (!table) return;
    for (const header of table.querySelectorAll<HTMLElement>('th[data-sort]'))
      this.#makeSortable(table, header);
    if (this.dataset.filter) this.#addFilter(table, this.dataset.filter);
    void this.#showAddressedRow(table);
  }

  /** An address may name a row that the page left out. */
  async #showAddressedRow(table: HTMLTableElement): Promise<void> {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!id.startsWith('fn-') || document.getElementById(id)) return;
    await this.#loadRest(table);
    document.getElementById(id)?.scrollIntoView({ block: 'center' });
  }

  #makeSortable(table: HTMLTableElement, header: HTMLElement): void {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort-button';
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => {
      const isFirstDescending = header.dataset.sort === 'number';
      const current = header.getAttribute('aria-sort');
      const descending = current === null ? isFirstDescending : current === 'ascending';
      for (const other of table.querySelectorAll('th[aria-sort]')) other.removeAttribute('aria-sort');
      header.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      void this.#loadRest(table).then(() => sortRows(table, header, descending));
    });
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
    const apply = async (): Promise<void> => {
      const wanted = input.value.trim().toLowerCase();
      if (wanted !== '') await this.#loadRest(table);
      if (input.value.trim().toLowerCase() !== wanted) return;
      const rows = [...table.tBodies[0].rows];
      const shown = rows.filter((row) => {
        const matches = row.textContent.toLowerCase().includes(wanted);
        row.hidden = !matches;
        return matches;
      });
      found.textContent =
        wanted === ''
          ? ''
          : shown.length === 0
            ? `no row of ${rows.length} matches`
            : `${shown.length} of ${rows.length} rows`;
      const address = new URL(location.href);
      if (wanted === '') address.searchParams.delete('q');
      else address.searchParams.set('q', input.value.trim());
      history.replaceState(null, '', address);
    };
    input.addEventListener('input', () => void apply());
    const asked = new URLSearchParams(location.search).get('q');
    if (asked) {
      input.value = asked;
      void apply();
    }
  }

  /** Adds the rows that the page left out; on failure the table stays as it is. */
  async #loadRest(table: HTMLTableElement): Promise<void> {
    const address = this.dataset.rest;
    if (this.#restIsLoaded || !address) return;
    this.#restIsLoaded = true;
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(String(response.status));
      const { rows } = (await response.json()) as { rows: string };
      table.tBodies[0].insertAdjacentHTML('beforeend', rows);
    } catch {
      this.#restIsLoaded = false;
    }
  }
}

function sortRows(table: HTMLTableElement, header: HTMLElement, descending: boolean): void {
  const column = [...header.parentElement!.children].indexOf(header);
  const isNumber = header.dataset.sort === 'number';
  const body = table.tBodies[0];
  const sign = descending ? -1 : 1;
  const keyed = [...body.rows].map((row) => ({ row, key: sortKey(row.cells[column], isNumber) }));
  keyed.sort(({ key: a }, { key: b }) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    if (typeof a === 'string' || typeof b === 'string') return sign * String(a).localeCompare(String(b));
    return sign * (a - b);
  });
  body.append(...keyed.map(({ row }) => row));
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
