/** Boxes of tables, and tables that are a box themselves: they stand in what people write. */
const BOXES = '.table-box, .written table:not(.table-box > table)';

/** Boxes are stops of the keyboard only while there is something to scroll in them. */
export function watchScrollBoxes(): void {
  const boxes = document.querySelectorAll<HTMLElement>(BOXES);
  const sizes = new ResizeObserver((entries) => {
    for (const box of new Set(entries.map(({ target }) => target.closest<HTMLElement>(BOXES)))) {
      if (box && isScrolled(box)) box.tabIndex = 0;
      else box?.removeAttribute('tabindex');
    }
  });
  for (const box of boxes) {
    sizes.observe(box);
    const content = box.querySelector('table, tbody');
    if (content) sizes.observe(content);
  }
}

/** Sizes are rounded: a pixel more than there is room for is nothing to scroll to. */
function isScrolled(box: HTMLElement): boolean {
  return box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
}
