/** Pages that people wrote, as the build put them into the project. */
import type { AstroComponentFactory } from 'astro/runtime/server/index.js';

export interface Written {
  slug: string;
  title: string;
  description: string | null;
  weight: number;
  /** Run that components without one belong to. */
  run: string | null;
  Content: AstroComponentFactory;
}

interface WrittenModule {
  page: Pick<Written, 'title' | 'description' | 'weight' | 'run'>;
  default: AstroComponentFactory;
}

const STORIES = import.meta.glob<WrittenModule>('../../written/stories/*.mdx', { eager: true });
const CHAPTERS = import.meta.glob<WrittenModule>('../../written/runs/*/*.mdx', { eager: true });

/** All stories in the order of their weights. */
export function stories(): Written[] {
  return written(Object.entries(STORIES));
}

/** The chapters that somebody wrote for a run. */
export function writtenChapters(run: string): Written[] {
  return written(Object.entries(CHAPTERS).filter(([path]) => path.split('/').at(-2) === run));
}

function written(modules: readonly (readonly [string, WrittenModule])[]): Written[] {
  return modules
    .map(([path, { page, default: Content }]) => ({
      ...page,
      slug: path
        .split('/')
        .at(-1)!
        .replace(/\.mdx$/, ''),
      Content,
    }))
    .sort((a, b) => a.weight - b.weight || (a.slug < b.slug ? -1 : 1));
}
