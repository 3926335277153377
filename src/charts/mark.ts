/** The site's mark, a cut stone, in a square of 20; `src/assets/icon.svg` draws the same. */
export const MARK = {
  outline: 'M5 3h10l3 5-8 9.5L2 8z',
  outlineWidth: 1.6,
  facets: 'M2 8h16M7.2 8 10 17M12.8 8 10 17',
  facetsWidth: 1,
} as const;
