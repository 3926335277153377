/** Lists that open over the page, made of details: Escape closes them and gives the focus back, and so does a click beside. */
export function closeOnEscape(selector: string): void {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const open = document.querySelector<HTMLDetailsElement>(`${selector}[open]`);
    if (!open) return;
    open.open = false;
    open.querySelector('summary')?.focus();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    const open = document.querySelector<HTMLDetailsElement>(`${selector}[open]`);
    if (open && target instanceof Node && !open.contains(target)) open.open = false;
  });
}
