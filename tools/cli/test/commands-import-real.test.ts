import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentObjects, objectsOf } from './import-proof.ts';
import { hasKubectl } from './kubectl.ts';
import { World } from './world.ts';

/** Public repositories of different kinds, and folders that their environments build whole. */
const KNOWN: Readonly<
  Record<
    string,
    { readonly args?: readonly string[]; readonly environments: Readonly<Record<string, readonly string[]>> }
  >
> = {
  'fluxcd/flux2-kustomize-helm-example': {
    environments: { staging: ['apps/staging'], production: ['apps/production'] },
  },
  'kostis-codefresh/gitops-environment-promotion': { environments: { 'prod-eu': ['envs/prod-eu'], qa: ['envs/qa'] } },
  'stefanprodan/gitops-istio': { environments: { 'my-cluster': ['apps/backend', 'apps/frontend'] } },
  'argoproj/argocd-example-apps': {
    args: ['--only', 'kustomize-guestbook'],
    environments: { prod: ['kustomize-guestbook'] },
  },
};

/** A folder of bare repositories, `owner+name` or `owner/name` (a folder `repo` within is one too), in place of the network. */
const LOCAL = process.env.IMPORT_REPOSITORIES;
const isHere = hasKubectl();
if (!isHere) console.log('No kubectl: the import of public repositories is skipped.');

/** Returns a bare repository or the address of one. */
function addressOf(name: string): string | undefined {
  if (LOCAL === undefined) return `https://github.com/${name}.git`;
  return [name, name.replace('/', '+')]
    .flatMap((folder) => [join(LOCAL, folder, 'repo'), join(LOCAL, `${folder}.git`), join(LOCAL, folder)])
    .find((path) => existsSync(join(path, 'HEAD')));
}

describe.skipIf(!isHere)('import of a public repository', () => {
  test.each(Object.entries(KNOWN))('%s', async (name, { args = [], environments }) => {
    const world = new World();
    const source = join(world.root, 'source');
    const address = addressOf(name);
    const fetched =
      address === undefined
        ? false
        : await world
            .git(
              world.root,
              'clone',
              '--quiet',
              '--depth=1',
              '--',
              LOCAL === undefined ? address : `file://${address}`,
              source,
            )
            .then(
              () => true,
              () => false,
            );
    if (!fetched) {
      console.log(`${name} cannot be fetched here, and is skipped: IMPORT_REPOSITORIES names a folder that holds it.`);
      return;
    }
    const folder = join(world.root, 'workspace');
    await world.ok('import', source, '--to', folder, ...args);
    for (const [environment, folders] of Object.entries(environments)) {
      const after = new Set(await environmentObjects(world, folder, environment));
      for (const text of folders.flatMap((path) => objectsOf(join(source, path)))) expect(after).toContain(text);
    }
    expect((await world.run(['verify', '--repo', folder])).stdout).toMatch(/^✓ Nothing is wrong\n/);
  });
});
