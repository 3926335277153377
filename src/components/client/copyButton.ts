/**
 * `<copy-button data-text="…">`: copies a command; without `data-text` the code that stands before it. Absent without a
 * script, and where the page may not copy.
 */

import { announce } from './announce.ts';

class CopyButton extends HTMLElement {
  connectedCallback(): void {
    if (!navigator.clipboard) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    const say = (text: string): void => {
      button.textContent = text;
      announce(text);
    };
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(this.#text()).then(
        () => say('Copied'),
        () => say('Copying failed'),
      );
    });
    this.replaceChildren(button);
  }

  #text(): string {
    return this.dataset.text ?? this.previousElementSibling?.textContent ?? '';
  }
}

export function defineCopyButton(): void {
  if (!customElements.get('copy-button')) customElements.define('copy-button', CopyButton);
}
