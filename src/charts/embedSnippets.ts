/** What people paste to show a chart elsewhere: one snippet for each place, pinned to the content that it shows. */
import { escaped, printable } from './text.ts';

export interface EmbeddedChart {
  /** Address of the site with its base path and a closing slash: `https://example.org/profiles/`. */
  site: string;
  /** `runs/<run>@<hash>/charts/<chart>`, see `addresses.ts`. */
  chart: string;
  /** `embed/<run>@<hash>/<chart>/`. */
  embed: string;
  /** `embed/gemview-chart.js`. */
  script: string;
  title: string;
  description: string;
  /** Size of the picture, CSS pixels. */
  width: number;
  height: number;
}

export interface Snippet {
  id: string;
  label: string;
  /** What it is good for, one sentence. */
  help: string;
  code: string;
}

/** Title and one line of source around the picture of an iframe, CSS pixels. */
const FRAME_ROOM = 96;

export function embedSnippets(of: EmbeddedChart): Snippet[] {
  const file = (extension: string): string => `${of.site}${of.chart}.${extension}`;
  const page = `${of.site}${of.chart}/`;
  // On one line: a directive of Sphinx, an argument of Hugo's and a link of Markdown end where lines do.
  const title = printable(of.title.replaceAll(/\s+/g, ' ').trim());
  const alt = withoutBraces(escaped(title));
  const { width, height } = of;
  const picture = (closing: string): string =>
    [
      `<a href="${page}">`,
      '  <picture>',
      `    <source media="(prefers-color-scheme: dark)" srcset="${file('dark.svg')}"${closing}>`,
      `    <img src="${file('svg')}" alt="${alt}" width="${width}" height="${height}"${closing}>`,
      '  </picture>',
      '</a>',
    ].join('\n');
  // The old attribute: a strict Content-Security-Policy of the page would refuse a style.
  const frame = `<iframe src="${of.site}${of.embed}" title="${alt}" width="100%" height="${height + FRAME_ROOM}" loading="lazy" frameborder="0"></iframe>`;
  return [
    {
      id: 'picture',
      label: 'GitHub, HTML',
      help: 'Light and dark by the reader’s colour scheme; no script.',
      code: picture(''),
    },
    {
      id: 'markdown',
      label: 'Markdown',
      help: 'One picture, light.',
      code: `[![${markdownText(title)}](${file('svg')})](${page})`,
    },
    {
      id: 'iframe',
      label: 'iframe',
      help: 'Title, picture and source; follows the colour scheme of the page.',
      code: frame,
    },
    {
      id: 'element',
      label: 'Custom element',
      help: 'Loads when it comes into sight and follows the page from light to dark; without JavaScript it is the picture.',
      code: [
        // No module: those load from another site only where that site's server sends CORS headers.
        `<script defer src="${of.site}${of.script}"></script>`,
        `<gemview-chart src="${of.site}${of.chart}" alt="${alt}" width="${width}" height="${height}">`,
        // Closed as in XML, which HTML allows and MDX demands.
        `  <a href="${page}"><img src="${file('svg')}" alt="${alt}" width="${width}" height="${height}" /></a>`,
        '</gemview-chart>',
      ].join('\n'),
    },
    {
      id: 'hugo',
      label: 'Hugo',
      help: 'The first part is the file layouts/shortcodes/gemview.html, once; the second stands in the page.',
      code: [
        '{{- /* layouts/shortcodes/gemview.html */ -}}',
        '<a href="{{ .Get "src" }}/"><picture>',
        '  <source media="(prefers-color-scheme: dark)" srcset="{{ .Get "src" }}.dark.svg">',
        '  <img src="{{ .Get "src" }}.svg" alt="{{ .Get "alt" | htmlUnescape }}" width="{{ .Get "width" }}" height="{{ .Get "height" }}" loading="lazy">',
        '</picture></a>',
        '',
        `{{< gemview src="${of.site}${of.chart}" alt="${shortcodeText(title)}" width="${width}" height="${height}" >}}`,
      ].join('\n'),
    },
    {
      id: 'rst',
      label: 'Sphinx, reStructuredText',
      help: 'Light and dark by the reader’s colour scheme.',
      code: [
        '.. raw:: html',
        '',
        ...picture('')
          .split('\n')
          .map((line) => `   ${line}`),
      ].join('\n'),
    },
    {
      id: 'myst',
      label: 'Sphinx, MyST',
      help: 'Light and dark by the reader’s colour scheme.',
      code: ['```{raw} html', picture(''), '```'].join('\n'),
    },
    {
      id: 'mdx',
      label: 'MDX, Astro',
      help: 'Light and dark by the reader’s colour scheme. A theme with a switch of its own is followed by the custom element.',
      code: jsx(picture(' /')),
    },
  ];
}

/** Words as the text of a Markdown image: entities hold in every flavour, a backslash before `<` does not. */
function markdownText(text: string): string {
  return withoutBraces(
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('|', '&#124;')
      .replaceAll(/[\\[\]`*_~$]/g, '\\$&'),
  );
}

/** Two braces begin a shortcode in every page of Hugo's, in attributes too; one begins an expression in MDX. */
function withoutBraces(text: string): string {
  return text.replaceAll('{', '&#123;').replaceAll('}', '&#125;');
}

/**
 * A shortcode's argument in double quotes, as entities, which the template undoes. Hugo's own escapes lose backslashes: all
 * of an argument that holds a quote, and one before a backtick fails (parser/pageparser/pagelexer_shortcode.go).
 */
function shortcodeText(text: string): string {
  return withoutBraces(escaped(text)).replaceAll('\\', '&#92;').replaceAll('`', '&#96;');
}

/** JSX spells one attribute differently; braces in quoted attributes are text there too. */
function jsx(html: string): string {
  return html.replaceAll('srcset=', 'srcSet=');
}
