/** `<theme-toggle>`: a button that goes from the system's theme to light to dark. A local preference, never in a link. */

import { announce } from './announce.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

class ThemeToggle extends HTMLElement {
  connectedCallback(): void {
    const button = document.createElement('button');
    button.type = 'button';
    const show = (theme: Theme): void => {
      button.textContent = `Theme: ${theme}`;
    };
    show(currentTheme());
    button.addEventListener('click', () => {
      const next = THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length];
      if (next === 'system') {
        delete document.documentElement.dataset.theme;
        localStorage.removeItem('theme');
      } else {
        document.documentElement.dataset.theme = next;
        localStorage.setItem('theme', next);
      }
      show(next);
      announce(button.textContent);
    });
    this.replaceChildren(button);
  }
}

function currentTheme(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

export function defineThemeToggle(): void {
  if (!customElements.get('theme-toggle')) customElements.define('theme-toggle', ThemeToggle);
}
