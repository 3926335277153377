import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseUnfitInstallation, stageSite } from '../../scripts/build/staging.ts';
import { scratchFolder } from '../support/scratch.ts';

describe('the folder of a build', () => {
  it.each(['100%', 'a%20b', 'c#', 'what?'])('is refused where Astro would lose files: %s', async (name) => {
    const parent = scratchFolder({});
    await expect(stageSite(join(parent, name, 'dist'), `${name}/dist`)).rejects.toThrow(
      /dist: a site cannot be built in a folder whose path holds '[%#?]'/,
    );
    expect(readdirSync(parent)).toEqual([]);
  });

  it.each(['/opt/c#/gemview', '/opt/what?/gemview'])('is not made by a gemview in %s', (root) => {
    expect(() => refuseUnfitInstallation(root)).toThrow(
      /gemview is installed in a folder whose path holds '[#?]', .* Install it in another folder/,
    );
  });

  it('is made by a gemview in any other folder', () => {
    for (const root of ['/opt/a b/é’s', '/opt/100%/a%23b', '/opt/gemview']) refuseUnfitInstallation(root);
  });

  it.each(['a b', 'ü', '[x]'])('lies beside the site elsewhere: %s', async (name) => {
    const parent = scratchFolder({});
    const staging = await stageSite(join(parent, name, 'dist'), `${name}/dist`);
    expect(readdirSync(staging.path)).toEqual(['site']);
    await staging.discard();
    expect(readdirSync(join(parent, name))).toEqual([]);
  });
});
