/**
 * `<gemview-chart src="https://…/runs/<run>/charts/<chart>" alt="…" width="…" height="…">`: a chart of a gemview site on
 * any page. It needs nothing of that page but leave to load pictures, and works under a strict Content-Security-Policy.
 * `theme="light"` or `"dark"` holds against the page's own.
 */

const STYLE = `:host { display: block; max-width: 100%; }
a { display: block; }
img { display: block; width: 100%; height: auto; }`;

class GemviewChart extends HTMLElement {
  static readonly observedAttributes = ['src', 'alt', 'theme', 'width', 'height'];
  readonly #link = document.createElement('a');
  readonly #image = document.createElement('img');
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #host = new MutationObserver(() => this.#show());

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.#image.loading = 'lazy';
    this.#image.decoding = 'async';
    this.#link.target = '_top';
    this.#link.append(this.#image);
    root.append(this.#link);
  }

  connectedCallback(): void {
    this.#scheme.addEventListener('change', this.#show);
    for (const element of [document.documentElement, document.body]) {
      this.#host.observe(element, { attributes: true });
    }
    this.#show();
  }

  disconnectedCallback(): void {
    this.#scheme.removeEventListener('change', this.#show);
    this.#host.disconnect();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#show();
  }

  #show = (): void => {
    const chart = this.#address();
    if (chart === null) return;
    this.#link.href = `${chart}/`;
    this.#image.alt = this.getAttribute('alt') ?? '';
    for (const side of ['width', 'height']) {
      const value = this.getAttribute(side);
      if (value !== null) this.#image.setAttribute(side, value);
    }
    this.style.maxWidth ||= this.hasAttribute('width') ? `${Number(this.getAttribute('width'))}px` : '';
    const source = `${chart}${this.#isDark() ? '.dark' : ''}.svg`;
    // Setting it again would load it again.
    if (this.#image.src !== source) this.#image.src = source;
  };

  /** The chart's address without ending or closing slash; only what a page may link to. */
  #address(): string | null {
    const src = this.getAttribute('src');
    if (src === null || !URL.canParse(src, document.baseURI)) return null;
    const { protocol, href } = new URL(src, document.baseURI);
    return /^https?:$/.test(protocol) ? href.replace(/(?:\/|\.svg)$/, '') : null;
  }

  /** As the page is: its text tells, whatever makes it light or dark. */
  #isDark(): boolean {
    const theme = this.getAttribute('theme');
    if (theme === 'light' || theme === 'dark') return theme === 'dark';
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(this).color.match(/[\d.]+/g) ?? []).map(Number);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 127;
  }
}

if (!customElements.get('gemview-chart')) customElements.define('gemview-chart', GemviewChart);
