import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commitByHand, fileAt } from './by-hand.ts';
import { hasKubectl, KUBECTL } from './kubectl.ts';
import { hour, withServices } from './screen.ts';
import { sha, type World } from './world.ts';

const isHere = hasKubectl();
if (!isHere) console.log('No kubectl: branches that carry plain YAML are not looked at.');

const PROD = 'environments/prod/environment.yaml';

async function withRendered(): Promise<World> {
  const world = await withServices();
  const text = fileAt(world, 'main', PROD).replace('spec:\n', 'spec:\n  delivery: rendered\n');
  commitByHand(world, 'main', { [PROD]: text });
  return world;
}

const pin = (id: string, build: number) => ['pin', id, '--commit', sha(build), '--built', hour(build)];
const files = async (world: World, branch: string) =>
  (await world.ask('ls-tree', '-r', '--name-only', branch, 'rendered')).split('\n');
const findings = async (world: World) => {
  const { stdout } = await world.run(['verify', '--repo', world.remote, '--json']);
  const { findings } = JSON.parse(stdout) as { findings: { rule: string; ref: string }[] };
  return findings.map(({ rule, ref }) => `${ref} ${rule}`);
};

describe.skipIf(!isHere)('an environment whose agent gets plain YAML', () => {
  test('has in every recipe what it comes to there, from the pin to production and back', async () => {
    const world = await withRendered();
    await world.ok(...pin('payments', 1));
    await world.ok(...pin('risk/fraud', 1));
    expect(await files(world, 'env/staging')).toEqual(['rendered/prod/payments.yaml', 'rendered/prod/risk/fraud.yaml']);
    const first = fileAt(world, 'env/staging', 'rendered/prod/payments.yaml');
    expect(first).toContain(`image: ghcr.io/acme/payments:${sha(1)}`);
    const checkout = await world.checkout('env/staging');
    const { stdout } = spawnSync(KUBECTL, ['kustomize', `${checkout}/environments/prod/payments`], {
      encoding: 'utf8',
    });
    expect(first).toBe(stdout);
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod');
    await world.ok(...pin('payments', 2));
    await world.ok('promote', 'staging', '--to', 'preprod', '--only', 'payments');
    expect(fileAt(world, 'env/preprod', 'rendered/prod/payments.yaml')).toContain(sha(2));
    await world.ok('promote', 'preprod', '--to', 'prod');
    await world.ok('rollback', 'prod');
    expect(fileAt(world, 'env/prod', 'rendered/prod/payments.yaml')).toBe(first);
    expect(await findings(world)).toEqual([]);
  });

  test('is brought in step by an update, when overlays or services change', async () => {
    const world = await withRendered();
    await world.ok(...pin('payments', 1));
    const overlay = 'environments/prod/payments/kustomization.yaml';
    commitByHand(world, 'main', { [overlay]: `${fileAt(world, 'main', overlay)}nameSuffix: -b\n` });
    await world.ok('update', 'staging');
    expect(fileAt(world, 'env/staging', 'rendered/prod/payments.yaml')).toContain('name: payments-b\n');
    commitByHand(world, 'main', { [PROD]: fileAt(world, 'main', PROD).replace('  delivery: rendered\n', '') });
    await world.ok('update', 'staging');
    expect(await files(world, 'env/staging')).toEqual(['']);
    expect(await findings(world)).toEqual([]);
  });

  test('is found when somebody wrote something else there, and healed by an update', async () => {
    const world = await withRendered();
    await world.ok(...pin('payments', 1));
    const path = 'rendered/prod/payments.yaml';
    const good = fileAt(world, 'env/staging', path);
    commitByHand(world, 'env/staging', { [path]: good.replace('kind: Deployment', 'kind: DaemonSet') });
    expect(await findings(world)).toContain('env/staging rendered-differs');
    await world.ok('update', 'staging');
    expect(fileAt(world, 'env/staging', path)).toBe(good);
    const { stdout } = await world.run(['verify', '--repo', world.remote, '--json'], {
      env: { KUBECTL: '/nowhere', KUSTOMIZE: '/nowhere' },
    });
    expect(stdout).toContain('rendered-unknown');
  });

  test('is not pinned for where nothing renders', async () => {
    const world = await withRendered();
    const before = await world.refs();
    const { code, stderr } = await world.run(pin('payments', 1), {
      env: { KUBECTL: '/nowhere', KUSTOMIZE: '/nowhere' },
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('[RENDERER_UNUSABLE]')]);
    expect(await world.refs()).toBe(before);
  });
});
