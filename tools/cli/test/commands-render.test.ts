import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { hasKubectl, KUBECTL } from './kubectl.ts';
import { build, commit, pinned, screens, withServices } from './screen.ts';
import type { World } from './world.ts';

const isHere = hasKubectl();
if (!isHere) console.log('No kubectl: the tests that render are skipped.');
const withKubectl = { env: { KUBECTL } };

/** Returns what kubectl prints of a folder in a checkout. */
function kustomize(checkout: string, folder: string): string {
  return execFileSync(KUBECTL, ['kustomize', join(checkout, folder)], { encoding: 'utf8' });
}

/** Returns a world in which production runs a release, and staging another build of payments. */
async function released(): Promise<World> {
  const world = await withServices();
  const manifests = world.files('manifests', {
    'payments.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments}\nspec: {template: {spec: {containers: [{name: a, image: payments}]}}}\n',
  });
  await pinned(world, build('payments', 1, { manifests }), build('topics', 2), build('risk/fraud', 3));
  await world.ok('promote', 'staging', '--to', 'preprod');
  await world.ok('promote', 'preprod', '--to', 'prod');
  await pinned(world, build('payments', 4));
  return world;
}

describe.skipIf(!isHere)('render', () => {
  test('prints what kubectl prints of a checkout, for every name of a recipe', async () => {
    const world = await released();
    const names = [
      [['prod'], 'v1.0.0', 'prod'],
      [['v1.0.0'], 'v1.0.0', 'prod'],
      [['env/staging'], 'env/staging', 'staging'],
      [['staging', '--to', 'prod'], 'env/staging', 'prod'],
      [['--to', 'prod'], 'v1.0.0', 'prod'],
      [[(await world.ask('rev-parse', 'env/staging')).slice(0, 8), '--to', 'preprod'], 'env/staging', 'preprod'],
    ] as const;
    for (const [args, branch, environment] of names) {
      const checkout = await world.checkout(branch);
      const whole = await world.run(['render', ...args], withKubectl);
      expect(whole.stdout).toBe(kustomize(checkout, `environments/${environment}`));
      expect(whole.stderr).toMatch(/^Rendered by \S.* \d+\.\d+\.\d+ \(.*\)\n$/);
      for (const service of ['payments', 'risk/fraud']) {
        const one = await world.run(['render', ...args, '--service', service], withKubectl);
        expect(one.stdout).toBe(kustomize(checkout, `environments/${environment}/${service}`));
      }
    }
    // A recipe that several have run says of none that it is meant.
    const recipe = await world.ask('rev-parse', 'v1.0.0:apps');
    expect((await world.run(['render', recipe], withKubectl)).stderr).toContain('[WHICH_ENVIRONMENT]');
    const checkout = await world.checkout('v1.0.0');
    expect((await world.run(['render', recipe, '--to', 'prod'], withKubectl)).stdout).toBe(
      kustomize(checkout, 'environments/prod'),
    );
  });

  test('writes a file for each service, and says what it did as JSON', async () => {
    const world = await released();
    const output = join(world.root, 'out');
    const { stdout, code } = await world.run(['render', 'staging', '--output', output], withKubectl);
    expect([code, stdout.replace(/ [0-9a-f]{7} /, ' id ').replace(world.root, '~')]).toEqual([
      0,
      'Rendered 3 services of staging id to ~/out\n',
    ]);
    const checkout = await world.checkout('env/staging');
    expect(readdirSync(output, { recursive: true }).sort()).toEqual([
      'payments.yaml',
      'risk',
      'risk/fraud.yaml',
      'topics.yaml',
    ]);
    expect(readFileSync(join(output, 'risk/fraud.yaml'), 'utf8')).toBe(
      kustomize(checkout, 'environments/staging/risk/fraud'),
    );
    const json = JSON.parse((await world.run(['render', 'staging', 'payments', '--json'], withKubectl)).stdout);
    expect(json).toMatchObject({
      schemaVersion: 1,
      environment: 'staging',
      services: [{ id: 'payments', cached: true, yaml: kustomize(checkout, 'environments/staging/payments') }],
      failed: [],
      error: null,
    });
    expect(json.services[0].sources.map(({ path }: { path: string }) => path)).toEqual([
      'apps/payments/kustomization.yaml',
      'apps/payments/manifests/payments.yaml',
      'environments/staging/payments/kustomization.yaml',
    ]);
  });

  test('says what it cannot render, and writes what it can', async () => {
    const world = await released();
    const overlay = 'environments/staging/payments/kustomization.yaml';
    commit(world, 'env/staging', overlay, 'resources: ["https://github.com/acme/base"]\n');
    const output = join(world.root, 'out');
    const said = await world.run(['render', 'staging', '--output', output], withKubectl);
    expect(said.code).toBe(3);
    expect(said.stdout).toBe('');
    expect(said.stderr.split('\n').slice(1).join('\n')).toMatchInlineSnapshot(`
      "error [RENDER_REMOTE] environments/staging/payments/kustomization.yaml names "https://github.com/acme/base", which is not in this repository.
      hint: Copy it into the repository, and name it in environments/staging/payments/kustomization.yaml by its path.
      "
    `);
    expect(existsSync(join(output, 'topics.yaml'))).toBe(true);
    expect(existsSync(join(output, 'payments.yaml'))).toBe(false);
    const { stdout, code } = await world.run(['render', 'staging', '--json'], withKubectl);
    expect([code, JSON.parse(stdout).failed]).toMatchObject([
      3,
      [{ id: 'payments', error: { code: 'RENDER_REMOTE' } }],
    ]);
  });
});

describe('render', () => {
  test('tells what is missing on a machine, or in a command line', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1));
    const bin = join(world.root, 'bin');
    mkdirSync(bin);
    const old = join(bin, 'old');
    writeFileSync(old, '#!/bin/sh\necho "{Version:kustomize/v4.5.7 GitCommit:x}"\n');
    chmodSync(old, 0o755);
    const lines = await screens(
      world,
      ['render'],
      ['render', 'main'],
      ['render', 'staging', 'nope'],
      ['render', 'staging', '../x'],
      ['render', 'nope'],
    );
    expect(lines).toMatchInlineSnapshot(`
      "$ eleventh render
      error [NO_RECIPE] Nothing is named that could be rendered.
      hint: eleventh render prod
      [exit 2]
      $ eleventh render main
      error [WHICH_ENVIRONMENT] main id-0001 belongs to no environment, so no overlays are its own.
      hint: --to staging, or --to preprod, or --to prod
      [exit 2]
      $ eleventh render staging nope
      error [UNKNOWN_SERVICE] There is no service "nope" in staging id-0002.
      hint: There are: payments
      [exit 2]
      $ eleventh render staging ../x
      error [BAD_SERVICE_ID] "../x" is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).
      hint: eleventh service list
      [exit 2]
      $ eleventh render nope
      error [UNKNOWN_RECIPE] No environment, tag, branch, commit or recipe is called "nope".
      hint: There are: staging, preprod, prod, env/preprod, env/prod, env/staging, main
      [exit 2]
      "
    `);
    const said = async (env: Record<string, string>) =>
      (await world.run(['render', 'staging'], { env })).stderr.replaceAll(world.root, '~');
    expect(await said({ KUSTOMIZE: old })).toMatchInlineSnapshot(`
      "error [RENDERER_TOO_OLD] ~/bin/old brings kustomize 4.5.7, and rendering takes 5.0 or later.
      hint: Install a newer kubectl or kustomize: https://kubernetes.io/docs/tasks/tools/
      "
    `);
    expect(await said({ KUBECTL: join(bin, 'none'), KUSTOMIZE: '' })).toMatchInlineSnapshot(`
      "error [RENDERER_UNUSABLE] KUBECTL names ~/bin/none, which is no program here.
      hint: Set KUBECTL to the path of kubectl, or unset it.
      "
    `);
    // A PATH on which there is Git alone.
    const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
    writeFileSync(join(bin, 'git'), `#!/bin/sh\nexec '${git}' "$@"\n`);
    chmodSync(join(bin, 'git'), 0o755);
    expect(await said({ PATH: bin, KUBECTL: '', KUSTOMIZE: '' })).toMatchInlineSnapshot(`
      "error [NO_RENDERER] Neither kustomize nor kubectl is on the PATH, and one of them renders.
      hint: Install kubectl: https://kubernetes.io/docs/tasks/tools/, or set KUSTOMIZE or KUBECTL to its path.
      "
    `);
  });

  test('leaves nothing of what was temporary when it is interrupted', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 1));
    const [bin, temporary, mark] = ['bin', 'tmp', 'begun'].map((name) => join(world.root, name)) as [
      string,
      string,
      string,
    ];
    for (const folder of [bin, temporary]) mkdirSync(folder);
    // A kustomize that builds for as long as it is left to.
    const slow = join(bin, 'slow');
    writeFileSync(slow, `#!/bin/sh\n[ "$1" = version ] && exec echo v5.5.0\ntouch '${mark}'\nexec sleep 60\n`);
    chmodSync(slow, 0o755);
    const env = { ...world.env, KUSTOMIZE: slow, TMPDIR: temporary };
    const child = world.start(['render', 'staging'], { env });
    const ended = once(child, 'exit');
    await vi.waitUntil(() => existsSync(mark), { timeout: 30_000 });
    expect(readdirSync(temporary)).toHaveLength(1);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
