/**
 * Texts that try to be more than text, wherever a capture can hold one. Whatever runs sets a property of `window` (or of
 * `globalThis`, while the site is built) called `pwned`.
 */

const SCRIPT = '<script>window.pwned=1</script>';

export const HOSTILE_TEXTS = {
  script: SCRIPT,
  closing: `</script></style></title></textarea></svg>-->]]>${SCRIPT}`,
  image: '<img src=x onerror="window.pwned=2">',
  attribute: `" onmouseover="window.pwned=3" autofocus onfocus='window.pwned=3' x="`,
  svg: '<svg onload=window.pwned=4><foreignObject><iframe src=javascript:window.pwned=4>',
  mdx: '{globalThis.pwned=5} ${globalThis.pwned=5} <Evil {...globalThis} />',
  markdown: '`a`` | b [x](javascript:window.pwned=6) ![y](https://evil.example/y.png) **b** _i_ ~~s~~ # h',
  hugo: '{{< evil >}} {{% evil %}} {{{< evil >}}} {{{% evil %}}} {{constructor.constructor("pwned=7")()}}',
  entity: '&lt;script&gt;window.pwned=8&lt;/script&gt; &#60;b&#62; &nbsp;',
  bidi: 'safe\u202Egnp.exe\u202C \u2066iso\u2069 \u200Ertl\u200F \u061C.',
  control: 'bell\u0007 escape\u001b[31mred csi\u009b next\u0085 line\u2028 paragraph\u2029 delete\u007f.',
  invisible: 'zero\u200Bwidth\u200Djoin\uFEFFmark\u00ADsoft\u2060word\u{E0041}tag',
  frames: 'one;two;three 42',
  formula: `=cmd|' /c calc'!A0`,
  plus: '+1+cmd|x!A0',
  minus: '-2+3+cmd|x!A0',
  at: '@SUM(1+1)*cmd|x!A0',
  wide: '＝cmd',
  proto: '__proto__',
  constructor: 'constructor',
  own: 'hasOwnProperty',
  marks: `z${'\u0301\u0489'.repeat(60)}algo`,
} as const;

export type HostileText = keyof typeof HOSTILE_TEXTS;

/** Names that stand on one line with words before and behind: what no blank can divide, too. */
export const LONG_WORD = `long_${'W'.repeat(100_000)}_end`;
export const LONG_TEMPLATE = `ns::${'vector<'.repeat(12_000)}int${'>'.repeat(12_000)}::push_back(${'unsigned long, '.repeat(2000)}int)`;
/** Names with line ends and tabs: symbol tables may hold them. */
export const LINES = ['two\nlines', 'car\rriage', 'tab\there', '\t=1+1', '\r=1+1', '\n# heading\n- list'];

export const ALL_HOSTILE: readonly string[] = Object.values(HOSTILE_TEXTS);
