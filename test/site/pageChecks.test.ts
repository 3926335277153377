/** The checks of heads and policies find what they are there for. */
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { pageHead, policyFaults } from '../support/publishedPage.ts';

const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'";
/** SHA-256 of `1`, as another program prints it: printf 1 | openssl dgst -sha256 -binary | base64 */
const HASH_OF_1 = "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='";

const page = (policy: string, body = '', head = ''): Document =>
  parseHTML(
    `<!doctype html><html lang="en"><head>${head}<meta http-equiv="Content-Security-Policy" content="${policy}"></head><body>${body}</body></html>`,
  ).document;

describe('the check of policies', () => {
  it.each<[string, Document, string[]]>([
    ['a strict page', page(POLICY, '<svg><title>x</title></svg>'), []],
    ['a script with its hash', page(`${POLICY}; script-src ${HASH_OF_1}`, '<script>1</script>'), []],
    ['data in a script', page(POLICY, '<script type="application/json">{}</script>'), []],
    ['no policy', parseHTML('<html><head></head></html>').document, ['0 policies']],
    [
      'a script of another text',
      page(`${POLICY}; script-src ${HASH_OF_1}`, '<script>2</script>'),
      ['inline script without its hash: 2', `script-src allows ${HASH_OF_1} in vain`],
    ],
    ['a style', page(POLICY, '<style>a{}</style>'), ['inline style without its hash: a{}']],
    ['an attribute', page(POLICY, '<p style="top:0">'), ['attribute style="top:0"']],
    ['a handler', page(POLICY, '<svg><g onload="x()"/></svg>'), ['attribute onload="x()"']],
    ['a link that runs', page(POLICY, '<a href=" javascript:x()">'), ['href=" javascript:x()"']],
    [
      'unsafe words and other hosts',
      page(`${POLICY}; style-src 'self' 'unsafe-inline'; img-src https: data: *`),
      [
        "style-src allows 'unsafe-inline'",
        'img-src allows https:',
        'img-src allows data:',
        'img-src allows *',
      ],
    ],
    [
      'a lax default',
      page("default-src 'self'"),
      ["default-src is not 'none'", "base-uri is not 'none'", "form-action is not 'none'"],
    ],
    [
      'a script before the policy',
      page(POLICY, '', '<script src="x.js"></script>'),
      ['something loads before the policy holds'],
    ],
  ])('sees %s', (_, document, faults) => {
    expect(policyFaults(document)).toEqual(faults);
  });
});

describe('the check of heads', () => {
  it('sees what is missing, doubled, empty and misplaced, and titles of pictures are no titles of pages', () => {
    const { document } = parseHTML(
      `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="x"><title>a</title>
      <meta name="description" content=" "><link rel="canonical" href="/a/"><link rel="canonical" href="/b/"></head>
      <body><svg><title>chart</title></svg><meta name="twitter:card" content="summary"></body></html>`,
    );
    const { title, faults } = pageHead(document, false);
    expect(title).toBe('a');
    expect(faults).toEqual([
      'empty meta[name="description"]',
      '2 of link[rel="canonical"]',
      ...['type', 'title', 'description', 'image', 'image:width', 'image:height', 'image:alt'].map(
        (property) => `0 of meta[property="og:${property}"]`,
      ),
      'meta[name="twitter:card"] outside of the head',
      'no language',
    ]);
  });
});
