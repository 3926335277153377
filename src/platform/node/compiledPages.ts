/**
 * The pages of a site as Astro compiles them: kept in a folder, and rendered from there as often as reports change, without
 * compiling anything. Astro renders pages only within a build; what this needs of its inside (`astro/dist/core/build`, in
 * the exact version of package.json) stands here and nowhere else, and tests compare the result with Astro's own.
 */
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AstroConfig, RouteData } from 'astro';
import type { BaseApp } from 'astro/app';
import { StaticPaths } from 'astro/runtime/prerender/static-paths.js';

/** Where Astro puts compiled pages within its output folder while it builds. */
const ASTRO_FOLDER = '.prerender';
const ENTRY = /^prerender-entry.*\.mjs$/;

/** Beside the compiled pages: which stylesheets each of them names, by Astro's key of the page. */
const STYLES = 'styles.json';

/** Origin of requests that no page sees: links are relative to the base, canonical ones name the site. */
const ORIGIN = 'http://localhost';

/** What Astro's build keeps of a page. */
interface PageData {
  styles: unknown[];
}

interface BuildSettings {
  /** Code that integrations inject into pages. */
  scripts: { stage: string }[];
}

/** The application that a compiled entry exports. */
interface BuildApp extends BaseApp {
  getOptions(): { allPages: Record<string, PageData>; settings: BuildSettings };
  setOptions(options: {
    settings: BuildSettings;
    logger: { options: { destination: { write(message: unknown): boolean } } };
  }): void;
  setInternals(internals: { pagesByKeys: Map<string, PageData> }): void;
}

/** A file of the site that is rendered. */
export interface RenderedPath {
  /** Below the site's base: `runs/<run>/`, `llms.txt`. */
  address: string;
  /** What Astro's routes match: that of some files ends in a slash. */
  pathname: string;
  route: RouteData;
}

/**
 * Keeps what Astro compiled. To be called within a build, when its own prerenderer is set up.
 *
 * @param prerenderer Astro's own, which holds its application once it is set up
 * @param outDir Astro's output folder
 */
export function keepCompiledPages(prerenderer: object, outDir: string, folder: string): void {
  const { app } = prerenderer as { app: BuildApp };
  const { allPages, settings } = app.getOptions();
  if (settings.scripts.length > 0) throw new Error('an integration injects scripts: pages would lack them');
  cpSync(join(outDir, ASTRO_FOLDER), folder, { recursive: true });
  const styles = Object.entries(allPages).map(([key, page]) => [key, page.styles]);
  writeFileSync(join(folder, STYLES), JSON.stringify(styles));
}

/** Compiled pages, ready to be rendered. */
export class CompiledPages {
  readonly #app: BuildApp;
  readonly #base: string;

  private constructor(app: BuildApp, base: AstroConfig['base']) {
    this.#app = app;
    this.#base = base.endsWith('/') ? base : `${base}/`;
  }

  /** @param base the base path that they were compiled with */
  static async open(folder: string, base: string): Promise<CompiledPages> {
    const entry = readdirSync(folder).find((name) => ENTRY.test(name));
    if (entry === undefined) throw new Error(`${folder} holds no compiled pages`);
    const { app } = (await import(pathToFileURL(join(folder, entry)).href)) as { app: BuildApp };
    const styles = JSON.parse(readFileSync(join(folder, STYLES), 'utf8')) as [string, unknown[]][];
    app.setInternals({ pagesByKeys: new Map(styles.map(([key, all]) => [key, { styles: all }])) });
    app.setOptions({
      settings: { scripts: [] },
      // Errors are thrown as well.
      logger: { options: { destination: { write: () => true } } },
    });
    return new CompiledPages(app, base);
  }

  /** All paths of the site, as the pages' `getStaticPaths` name them. */
  async paths(): Promise<RenderedPath[]> {
    const paths = await new StaticPaths(this.#app as never).getAll();
    return paths.map(({ pathname, route }) => {
      const address = addressOf(pathname, route);
      return { address, pathname: route.type === 'page' ? address : pathname.replace(/^\/+/, ''), route };
    });
  }

  /**
   * Renders one of them.
   *
   * @returns the file's bytes and its path within the site: a page is the `index.html` of its folder
   * @throws what the page throws
   */
  async render({ address, pathname, route }: RenderedPath): Promise<{ file: string; body: Uint8Array }> {
    const url = new URL(this.#base + pathname, ORIGIN);
    const response = await this.#app.render(new Request(url), { routeData: route });
    // Astro answers the page of unknown addresses with the status that a server gives it.
    const isNotFound = route.route === '/404' && response.status === 404;
    if (!response.ok && !isNotFound) throw new Error(`${address} answers with status ${response.status}`);
    const body = new Uint8Array(await response.arrayBuffer());
    const page = isNotFound ? '404.html' : `${address}index.html`;
    return { file: route.type === 'page' ? page : address, body };
  }
}

/** Below the base; that of a page ends in a slash. */
function addressOf(pathname: string, { type }: RouteData): string {
  const address = pathname.replace(/^\/+|\/+$/g, '');
  return type === 'page' && address !== '' ? `${address}/` : address;
}
