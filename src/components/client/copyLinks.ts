/**
 * Addresses and sentences to take along. `a[data-copy]` is a link that also copies itself; `<copy-sentence>` copies the
 * sentence of the nearest `[data-sentence]` with the run and the address, for a mail or a bug report.
 */

import { announce } from './announce.ts';

const SHOWN_MS = 1500;

/** Says shortly that something was copied, beside the element. */
function show(element: HTMLElement, text: string): void {
  element.dataset.copied = text;
  announce(text);
  setTimeout(() => delete element.dataset.copied, SHOWN_MS);
}

async function copy(element: HTMLElement, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    show(element, 'copied');
  } catch {
    show(element, 'copying failed');
  }
}

class CopySentence extends HTMLElement {
  connectedCallback(): void {
    if (!navigator.clipboard) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'copy as sentence';
    button.addEventListener('click', () => void copy(button, this.#text()));
    this.replaceChildren(button);
  }

  #text(): string {
    const said = this.closest<HTMLElement>('[data-sentence]');
    const sentence = said?.dataset.sentence || said?.querySelector('p')?.textContent || '';
    const address = new URL(`#${said?.id ?? ''}`, location.href.split(/[?#]/)[0]).href;
    const run = document.querySelector<HTMLElement>('[data-run]')?.dataset.run ?? '';
    return `${sentence.replaceAll(/\s+/g, ' ').trim()} (${run}) ${address}`;
  }
}

export function defineCopyLinks(): void {
  if (!customElements.get('copy-sentence')) customElements.define('copy-sentence', CopySentence);
  if (!navigator.clipboard) return;
  document.addEventListener('click', (event) => {
    const anchor = event.target instanceof Element ? event.target.closest('a[data-copy]') : null;
    // A click with a key means a new tab or window.
    if (!(anchor instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // A page that leads to itself would be loaded again, and what is not copied by then would be lost.
    if (anchor.hash === '') event.preventDefault();
    void copy(anchor, anchor.href);
  });
}
