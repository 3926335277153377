/** Sections of a chapter: they head the page's parts and stand in its contents. */
export interface Section {
  /** Fragment of the section's address. */
  id: string;
  title: string;
}
