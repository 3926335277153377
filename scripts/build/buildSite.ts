/** From a captures folder to a site: reports of all runs, then the pages about them, which are compiled meanwhile. */
import { join } from 'node:path';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';
import { InputErrors } from '../inputErrors.ts';
import { findRuns, type RunFolder } from './captures.ts';
import { writeCards } from './cards.ts';
import { CheckedPins } from './checkedPins.ts';
import { hashSiteCode } from './contentHash.ts';
import { CAPTURE_FOLDER, readFacts, readSecrets } from './keptReports.ts';
import { checkAliases, keepPinnedCharts, writeAliases } from './lastingAddresses.ts';
import { makeReports } from './makeReports.ts';
import { PrivacyCheck } from './privacyCheck.ts';
import { renderSite } from './renderSite.ts';
import {
  publishRawCaptures,
  rawCapturePaths,
  rawCaptureSentence,
  type RunWithCapture,
} from './rawCapture.ts';
import { ReportsOnDisk } from './reportsOnDisk.ts';
import { siteProgram, type SiteProgram } from './siteProgram.ts';
import { forgetUnusedSpareSites, keepSpareSite, takeSpareSite } from './spareSite.ts';
import { prepareOutput, refuseUnfitInstallation, stageSite, type Staging } from './staging.ts';
import { countWithheld } from './withheld.ts';
import type { Withheld } from './withheld.ts';
import {
  checkPictures,
  checkWritten,
  copyPictures,
  findWritten,
  namingAuthors,
  type WrittenFile,
} from './written.ts';

export interface SiteOptions {
  /** Captures folder, absolute, and as the user named it. */
  captures: string;
  capturesShown: string;
  out: string;
  outShown: string;
  /** Base path of the site, `/` or `/some/base/`. */
  base: string;
  /** Address of the host for canonical links; null when not given. */
  site: string | null;
  /** Folder for what may be thrown away. */
  cache: string;
  /** Leave pinned charts of earlier builds behind. */
  dropPinned: boolean;
  /** Publish only when nothing private is found in the site. */
  check: boolean;
  progress: (text: string) => void;
}

export interface BuiltSite {
  runs: number;
  /** Runs whose report had to be made. */
  newReports: number;
  /** What stops no build: claims that the data contradicts and whose authors only want to be told, pins that are gone. */
  warnings: string[];
  /** Kinds of private facts that are not in the site, with the number of their runs. */
  withheld: Withheld;
  /** A sentence about raw captures in the site; null when there are none. */
  published: string | null;
}

/**
 * Builds the site. All runs are read before a page is written, and the site takes its place when it is whole.
 *
 * @throws InputErrors with a sentence for every run that cannot be read, or for everything private that is in the site;
 *   the last site stays
 */
export async function buildSite(options: SiteOptions): Promise<BuiltSite> {
  refuseUnfitInstallation(packageRoot);
  const out = await prepareOutput(options.out, options.outShown);
  const runs = await findRuns(options.captures, options.capturesShown, options.out);
  const written = await findWritten(options.captures, options.capturesShown, runs);
  const code = await hashSiteCode();
  const staging = await stageSite(out, options.outShown);
  const giveUp = new AbortController();
  const program = siteProgram(
    { ...options, host: options.site, staging: staging.path, written },
    code,
    giveUp.signal,
  );
  // Whoever waits for it is told; that may be nobody.
  program.catch(() => {});
  try {
    return await readAndRender({ options, out, runs, written, staging, code, program });
  } finally {
    giveUp.abort();
    await program.catch(() => {});
    await staging.discard();
  }
}

interface StartedBuild {
  options: SiteOptions;
  out: string;
  runs: readonly RunFolder[];
  written: readonly WrittenFile[];
  staging: Staging;
  code: string;
  program: Promise<SiteProgram>;
}

async function readAndRender(build: StartedBuild): Promise<BuiltSite> {
  const { options, out, runs, written, staging, code, program } = build;
  const { folders, newReports } = await makeReports(runs, options.cache, options.progress);
  const facts = await Promise.all(Array.from(folders.values(), readFacts));
  const addressed = facts.map(({ run, origin }) => ({ ...run, origin }));
  const captured = facts.map(({ run, capture }): RunWithCapture => ({ ...run, capture }));
  checkAliases(addressed);
  const warnings = checkWritten(written, new ReportsOnDisk(folders));
  await checkPictures(written);
  const { base, site: host, cache, progress } = options;
  const { path, site } = staging;
  // Not before: a build that fails leaves it to the next one.
  const spare = join(path, 'spare');
  takeSpareSite(cache, out, spare);
  await namingAuthors(
    renderSite({
      staging: path,
      site,
      spare,
      cache,
      base,
      folders,
      runs: addressed,
      written,
      code,
      program,
      host,
      progress,
    }),
    written,
  );
  await copyPictures(written, staging.site);
  await writeCards(staging.site, new Map(facts.map(({ run, row }) => [run.id, row])), written);
  await publishRawCaptures(staging.site, captured, (id) => join(folders.get(id)!, CAPTURE_FOLDER));
  const privacy = new PrivacyCheck(await Promise.all(Array.from(folders.values(), readSecrets)), written);
  if (!options.dropPinned) {
    warnings.push(
      ...(await keepPinnedCharts(out, staging.site, addressed, privacy, new CheckedPins(cache, code))),
    );
  }
  await writeAliases(staging.site, base, addressed);
  if (options.check) {
    progress('Looking for what must not be published');
    const faults = await privacy.faultsOf(staging.site, rawCapturePaths(captured));
    if (faults.length > 0) throw new InputErrors(faults);
  }
  await staging.publish((replaced) => keepSpareSite(cache, out, replaced));
  forgetUnusedSpareSites(cache, Date.now());
  return {
    runs: runs.length,
    newReports,
    warnings,
    withheld: countWithheld(facts),
    published: rawCaptureSentence(captured),
  };
}
