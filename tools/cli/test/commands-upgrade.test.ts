import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { World } from './world.ts';

/** Changes a file of the default branch by hand. */
async function edit(world: World, path: string, change: (text: string) => string): Promise<void> {
  const folder = await world.checkout('main');
  writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8')));
  await world.git(folder, 'commit', '--quiet', '--all', '--message', 'By hand');
  await world.git(folder, 'push', '--quiet');
}

test('check --upgrade shows what this version would write otherwise, and --write commits that, once', async () => {
  const world = await World.begun('--examples');
  expect(await world.run(['check', '--upgrade'])).toMatchObject({
    code: 0,
    stdout: '✓ main is of the format eleventh.dev/v1alpha1; nothing to do.\n',
  });
  await edit(world, 'environments/prod/kustomization.yaml', (text) => text.replaceAll(/^ {2}# .*\n/gm, ''));
  await edit(world, 'apps/cards/kustomization.yaml', (text) => text.replace('  - manifests/service.yaml\n', ''));
  const shown = await world.run(['check', '--upgrade']);
  expect(shown.code).toBe(1);
  expect(shown.stdout).toMatchInlineSnapshot(`
    "main is not as eleventh.dev/v1alpha1 is written now
      listed-manifests  A service lists its manifests as a pin would.
        apps/cards/kustomization.yaml
      derived-lists  The list of an environment is as this version derives it from the overlays.
        environments/prod/kustomization.yaml
    Write it: eleventh check --upgrade --write
    "
  `);
  const before = await world.refs();
  const { stdout, code } = await world.run(['check', '--upgrade', '--write']);
  expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: 'Upgraded main to eleventh.dev/v1alpha1' });
  expect(await world.refs()).not.toBe(before);
  expect(await world.ask('show', '--stat', '--format=%s', 'main')).toMatch(
    /^Upgrade the workspace to eleventh\.dev\/v1alpha1\n\n apps\/cards\/kustomization\.yaml .*\n environments\/prod\/kustomization\.yaml/,
  );
  const after = await world.refs();
  expect((await world.run(['check', '--upgrade', '--write'])).stdout).toContain('nothing to do');
  expect(await world.refs()).toBe(after);
});

test('check --upgrade refuses a workspace of a later format in one sentence', async () => {
  const world = await World.begun();
  await edit(world, 'environments/workspace.yaml', (text) => text.replace('v1alpha1', 'v2'));
  const { code, stderr } = await world.run(['check', '--upgrade']);
  expect({ code, stderr }).toMatchInlineSnapshot(`
    {
      "code": 3,
      "stderr": "error [LATER_FORMAT] environments/workspace.yaml is of the format eleventh.dev/v2, and this version of eleventh knows eleventh.dev/v1alpha1 alone.
    hint: npm install --global @eleventh/cli@latest
    ",
    }
  `);
  expect((await world.run(['check', '--write'])).code).toBe(2);
});
