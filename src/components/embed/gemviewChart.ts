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
  readonly #sheet = new CSSStyleSheet();
  readonly #link = document.createElement('a');
  readonly #image = document.createElement('img');
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #host = new MutationObserver(() => this.#show());

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [this.#sheet];
    this.#image.loading = 'lazy';
    this.#image.decoding = 'async';
    this.#link.target = '_top';
    this.#link.append(this.#image);
    root.append(this.#link);
  }

  connectedCallback(): void {
    this.#scheme.addEventListener('change', this.#show);
    for (const element of ancestorsOf(this)) this.#host.observe(element, { attributes: true });
    document.addEventListener('transitionend', this.#afterTransition);
    this.#show();
  }

  disconnectedCallback(): void {
    this.#scheme.removeEventListener('change', this.#show);
    this.#host.disconnect();
    document.removeEventListener('transitionend', this.#afterTransition);
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#show();
  }

  /** Where a page fades from light to dark, its colours are known when it is done. */
  #afterTransition = ({ propertyName }: TransitionEvent): void => {
    if (propertyName === 'color') this.#show();
  };

  #show = (): void => {
    const chart = this.#address();
    if (chart === null) return;
    this.#link.href = `${chart}/`;
    this.#image.alt = this.getAttribute('alt') ?? '';
    for (const side of ['width', 'height']) {
      const value = this.getAttribute(side);
      if (value === null) this.#image.removeAttribute(side);
      else this.#image.setAttribute(side, value);
    }
    const width = Number(this.getAttribute('width') ?? NaN);
    // A page may say otherwise in a style for the element.
    this.#sheet.replaceSync(STYLE + (width > 0 ? `\n:host { max-width: min(100%, ${width}px); }` : ''));
    const source = `${chart}${this.#isDark() ? '.dark' : ''}.svg`;
    // Setting it again would load it again.
    if (this.#image.src !== source) this.#image.src = source;
  };

  /** The chart's address without ending or closing slash; only what a page may link to. */
  #address(): string | null {
    const src = this.getAttribute('src');
    if (src === null || !URL.canParse(src, document.baseURI)) return null;
    const { protocol, href } = new URL(src, document.baseURI);
    return /^https?:$/.test(protocol) ? href.replace(/(?:\/|(?:\.dark)?\.svg|\.png)$/, '') : null;
  }

  /** As the page is: its text tells, whatever makes it light or dark. */
  #isDark(): boolean {
    const theme = this.getAttribute('theme');
    if (theme === 'light' || theme === 'dark') return theme === 'dark';
    return isBright(getComputedStyle(this).color);
  }
}

/** Elements around one, also around the shadow trees that it lies in. */
function ancestorsOf(element: Element): Element[] {
  const ancestors: Element[] = [];
  let next: Node | null = element.parentNode;
  while (next !== null) {
    if (next instanceof Element) ancestors.push(next);
    next = next instanceof ShadowRoot ? next.host : next.parentNode;
  }
  return ancestors;
}

/** A computed colour, in the space that it was written in: `rgb(…)`, `oklch(…)`, `lab(…)`, `color(srgb …)`. */
function isBright(color: string): boolean {
  const [, space = '', values = ''] = /^(\w+)\((?:[a-z][\w-]*\s)?(.*)/.exec(color) ?? [];
  const [first = 0, green = 0, blue = 0] = (values.match(/[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  if (space.startsWith('ok')) return first > 0.5;
  if (space.startsWith('l')) return first > 50;
  return 0.2126 * first + 0.7152 * green + 0.0722 * blue > (space === 'color' ? 0.5 : 127);
}

if (!customElements.get('gemview-chart')) customElements.define('gemview-chart', GemviewChart);
