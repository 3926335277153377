/** SVG pictures as programs write them, and such that do more than show something. */

export const svg = (content: string, attributes = ''): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`;

export const HARMLESS_SVG: Readonly<Record<string, string>> = {
  'shapes, styles and own references': svg(
    '<defs><linearGradient id="g"/></defs><style>rect { fill: url(#g) }</style><rect fill="url(#g)" style="stroke: url(\'#g\')"/><use xlink:href="#g"/>',
  ),
  'what Matplotlib writes': `<?xml version="1.0" encoding="utf-8" standalone="no"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n${svg(
    '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:type rdf:resource="http://purl.org/dc/dcmitype/StillImage"/></rdf:RDF></metadata><style type="text/css">*{stroke-linejoin: round}</style><image xlink:href="data:image/png;base64,iVBORw0KGgo="/>',
  )}`,
  'what draw.io writes': svg(
    '<switch><foreignObject><div xmlns="http://www.w3.org/1999/xhtml" style="font-size: 12px; color: rgb(0, 0, 0)">Prefill</div></foreignObject><text>Prefill</text></switch><a xlink:href="https://www.diagrams.net/doc/faq/svg-export-text-problems"><text>Text</text></a>',
  ),
  'the drawing that draw.io keeps in an attribute': svg(
    '<rect/>',
    'content="&lt;mxfile&gt;\\n url(https://example.org) (x)"',
  ),
  'an animation of a colour': svg('<rect><animate attributeName="fill" to="red"/></rect>'),
  'words about scripts': svg('<text>&lt;script&gt; javascript:alert(1) onload=x</text><!-- <script> -->'),
};

const MARK = `document.title='ran'`;

export const HOSTILE_SVG: Readonly<Record<string, { text: string; says: string }>> = {
  'a script': { text: svg(`<script>${MARK}</script>`), says: 'holds a script' },
  'a script of another prefix': {
    text: `<x:svg xmlns:x="http://www.w3.org/2000/svg"><x:script>${MARK}</x:script></x:svg>`,
    says: 'holds a script',
  },
  'a script of HTML': {
    text: svg(`<h:script xmlns:h="http://www.w3.org/1999/xhtml">${MARK}</h:script>`),
    says: 'holds a script',
  },
  'a script in CDATA': { text: svg(`<script><![CDATA[${MARK}]]></script>`), says: 'holds a script' },
  'a script from elsewhere': {
    text: svg('<script href="https://example.org/x.js"/>'),
    says: 'holds a script',
  },
  'a handler': { text: svg('', `onload="${MARK}"`), says: 'holds a script (onload)' },
  'a handler of HTML': {
    text: svg(
      `<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="#" onerror="${MARK}"/></foreignObject>`,
    ),
    says: 'holds a script (onerror)',
  },
  'a link that runs code': {
    text: svg(`<a xlink:href=" java&#10;script:${MARK}"><text y="20">x</text></a>`),
    says: 'holds an address that runs code (href)',
  },
  'an animated link': {
    text: svg(`<a><set attributeName="xlink:href" to="javascript:${MARK}"/><text y="20">x</text></a>`),
    says: 'changes an address or a script while it is shown',
  },
  'a page within': {
    text: svg(
      `<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="&lt;script&gt;parent.${MARK}&lt;/script&gt;"/></foreignObject>`,
    ),
    says: 'holds another page',
  },
  entities: {
    text: `<!DOCTYPE svg [<!ENTITY x "&#60;script&#62;${MARK}&#60;/script&#62;">]>${svg('&x;')}`,
    says: 'declares entities',
  },
  'a stylesheet from elsewhere': {
    text: `<?xml-stylesheet href="https://example.org/x.css"?>${svg('')}`,
    says: 'holds the instruction <?xml-stylesheet',
  },
  'a picture from elsewhere': {
    text: svg('<image href="https://example.org/x.png"/>'),
    says: 'loads something from elsewhere (href)',
  },
  'a reference into another file': {
    text: svg('<use href="other.svg#x"/>'),
    says: 'loads something from elsewhere (href)',
  },
  'a picture in a picture': {
    text: svg('<image href="data:image/svg+xml,%3Csvg/%3E"/>'),
    says: 'holds an address that runs code (href)',
  },
  'a style that loads between texts that look like marks of a comment': {
    text: svg('<style>a { quotes: "/*"; fill: url(https://example.org/x.svg#y); content: "*/" }</style>'),
    says: 'has a style that loads something from elsewhere',
  },
  'a link that tells somebody else': {
    text: svg(
      '<foreignObject><a xmlns="http://www.w3.org/1999/xhtml" href="#a" ping="https://example.org">a</a></foreignObject>',
    ),
    says: 'loads something from elsewhere (ping)',
  },
  'a style that loads': {
    text: svg('<style>@import "https://example.org/x.css";</style>'),
    says: 'has a style that loads something from elsewhere',
  },
  'a font from elsewhere': {
    text: svg('<style><![CDATA[@font-face { src: url("https://example.org/x.woff2") }]]></style>'),
    says: 'has a style that loads something from elsewhere',
  },
  'a fill from elsewhere': {
    text: svg('<rect style="fill: u\\72l(https://example.org/x.svg#y)"/>'),
    says: 'loads something from elsewhere (style)',
  },
  'a filter from elsewhere': {
    text: svg('<rect filter="url( https://example.org/x.svg#y )"/>'),
    says: 'loads something from elsewhere (filter)',
  },
  'no XML': { text: '<svg><g></svg>', says: 'cannot be read as XML' },
  'a page of HTML': { text: '<html><body/></html>', says: 'is no SVG' },
};
