import { describe, expect, it } from 'vitest';
import { commitByHand, craft, fileAt, plumb, revertByHand } from './by-hand.ts';
import { deliver, deliveredWorld, pin, pinning, refused, running, SERVICES, statusOf } from './delivery.ts';
import { sha, type World } from './world.ts';

/** Returns what a branch holds outside `apps/`, without the files that are derived from it. */
function outside(world: World, revision: string): string {
  const lines = plumb(world, ['ls-tree', '-r', revision]).split('\n');
  return lines.filter((line) => !/\t(?:apps\/|environments\/[^/]+\/kustomization\.yaml$)/.test(line)).join('\n');
}

/** Returns the services that an environment's own branch renders: the resources of its derived file. */
function rendered(world: World, environment: string): string[] {
  const text = fileAt(world, `env/${environment}`, `environments/${environment}/kustomization.yaml`);
  return [...text.matchAll(/^ {2}- "?([\w/-]+)"?$/gm)].map((match) => match[1] ?? '');
}

const OWNER = {
  'apps/payments/service.yaml':
    'apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata:\n  name: payments\nspec:\n  owner: team-new\n  images: [ghcr.io/bank/payments]\n',
};

describe('a change of the owner alone on main', () => {
  it("never puts main's stale manifests back over those that CI mirrored", async () => {
    const world = await deliveredWorld();
    const deployment = fileAt(world, 'main', 'apps/payments/manifests/deployment.yaml');
    const manifests = world.files('k8s', {
      'workload.yaml': deployment.replace('cpu: 50m', 'cpu: 70m'),
      'config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: payments\n',
    });
    await world.ok(...pinning('payments', 2, '--manifests', manifests));
    const recipe = plumb(world, ['rev-parse', 'env/staging:apps']);
    commitByHand(world, 'main', OWNER);
    expect(await world.json('update', 'staging')).toMatchObject({ changed: false, recipe });
    commitByHand(world, 'main', { ...OWNER, 'environments/staging/payments/quota.yaml': 'a: 1\n' });
    expect(await world.json('update', 'staging')).toMatchObject({ changed: true, recipe });
    const listed = fileAt(world, 'env/staging', 'apps/payments/kustomization.yaml');
    expect(listed).toContain('  - manifests/config.yaml\n  - manifests/workload.yaml\n');
    await world.ok(...pinning('payments', 3));
    expect(fileAt(world, 'env/staging', 'apps/payments/manifests/workload.yaml')).toContain('cpu: 70m');
  });

  it('nor does main deleting, moving or breaking its own copy of the manifests', async () => {
    const world = await deliveredWorld();
    const recipe = plumb(world, ['rev-parse', 'env/staging:apps']);
    commitByHand(world, 'main', {
      'apps/payments/manifests/deployment.yaml': 'broken: [\n',
      'apps/ledger/manifests': null,
    });
    await world.ok('update', 'staging');
    expect(plumb(world, ['rev-parse', 'env/staging:apps'])).toBe(recipe);
  });
});

describe('an update that is reverted by hand', () => {
  it('is made again by the next one, though a trailer says that it is there, and its service is listed once', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    await world.ok('update', 'staging');
    await revertByHand(world, 'env/staging', 'HEAD');
    expect(outside(world, 'env/staging')).not.toBe(outside(world, 'main'));
    expect(await world.json('update', 'staging')).toMatchObject({ changed: true });
    expect(outside(world, 'env/staging')).toBe(outside(world, 'main'));
    await pin(world, 2, 'cards');
    expect(rendered(world, 'staging')).toEqual(['cards', ...SERVICES]);
  });

  it('leaves no list naming a folder that is gone, whether the service runs or not', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    await world.ok('update', 'staging');
    const update = plumb(world, ['rev-parse', 'env/staging']);
    await pin(world, 2, 'cards');
    const reverted = await revertByHand(world, 'env/staging', update).catch(() => null);
    if (reverted === null) return; // Git saw the conflict: its line stands beside the one that the pin added.
    await world.ok('update', 'staging');
    expect(rendered(world, 'staging')).toEqual(['cards', ...SERVICES]);
  });

  it('after a newer one leaves a state that main never had: seen, not promoted, and healed', async () => {
    const world = await deliveredWorld();
    commitByHand(world, 'main', { 'environments/staging/ledger/a.yaml': 'a: 1\n' });
    await world.ok('update', 'staging');
    const older = plumb(world, ['rev-parse', 'env/staging']);
    commitByHand(world, 'main', { 'environments/staging/payments/b.yaml': 'b: 1\n' });
    await world.ok('update', 'staging');
    await revertByHand(world, 'env/staging', older);
    const { code, details } = await refused(world, 'promote', 'staging', '--to', 'preprod');
    expect({ code, files: details.files }).toEqual({
      code: 'WORKSPACE_DIFFERS',
      files: ['environments/staging/ledger/a.yaml'],
    });
    expect((await statusOf(world, 'staging')).findings.join()).toContain('environments/staging/ledger/a.yaml');
    expect(await world.json('update', 'staging')).toMatchObject({ changed: true });
    expect(outside(world, 'env/staging')).toBe(outside(world, 'main'));
    expect(await world.json('update', 'staging')).toMatchObject({ changed: false });
    await deliver(world);
  });

  it('back to a state that main had once is an old workspace, not an unknown one', async () => {
    const world = await deliveredWorld();
    commitByHand(world, 'main', { 'environments/staging/ledger/a.yaml': 'a: 1\n' });
    await world.ok('update', 'staging');
    await world.ok('update', 'preprod');
    await revertByHand(world, 'env/staging', 'HEAD');
    expect(await statusOf(world, 'staging')).toMatchObject({ workspace: { behind: 1 } });
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod')).code).toBe('WORKSPACE_OLDER');
  });
});

describe('a service added on main and updated into staging before its first build', () => {
  it('has an overlay in prod long before it runs there, and no environment stops building', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    await world.ok('update', 'staging');
    await pin(world, 2, 'payments');
    await deliver(world);
    expect(plumb(world, ['ls-tree', '-r', '--name-only', 'env/prod', 'environments/prod/cards/'])).not.toBe('');
    for (const environment of ['staging', 'preprod', 'prod']) expect(rendered(world, environment)).toEqual(SERVICES);
    await pin(world, 2, 'cards');
    expect(rendered(world, 'staging')).toEqual(['cards', ...SERVICES]);
    expect(rendered(world, 'prod')).toEqual(SERVICES);
    await deliver(world);
    expect(rendered(world, 'prod')).toEqual(['cards', ...SERVICES]);
    expect((await statusOf(world, 'prod')).release).toBe('v1.1.0');
  });

  it('and removed again before it ever ran leaves nothing behind', async () => {
    const world = await deliveredWorld();
    const before = outside(world, 'env/staging');
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    await world.ok('update', 'staging');
    await world.ok('service', 'remove', 'cards');
    await world.ok('update', 'staging');
    expect(outside(world, 'env/staging')).toBe(before);
    expect(await world.json('update', 'staging')).toMatchObject({ changed: false });
  });
});

describe('a service that is removed', () => {
  it('leaves every environment in order, and status never says that it runs where nothing renders it', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'remove', 'ledger');
    expect((await statusOf(world, 'prod')).findings.join()).toContain('ledger');
    await world.ok('update', 'staging');
    expect(await running(world, 'staging', 'ledger')).toBeNull();
    for (const environment of ['preprod', 'prod']) expect(rendered(world, environment)).toEqual(SERVICES);
    await deliver(world);
    expect(await running(world, 'prod', 'ledger')).toBeNull();
    expect((await statusOf(world, 'prod')).release).toBe('v2.0.0');
    expect(rendered(world, 'prod')).toEqual(['payments', 'risk/fraud']);
  });

  it('does not stop running in a later environment for that being updated before the promotion', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'remove', 'ledger');
    const { code } = await world.run(['update', 'preprod']);
    const { services, findings } = await statusOf(world, 'preprod');
    if (code === 0 && !rendered(world, 'preprod').includes('ledger')) {
      // It is not rendered: then status must not list it as running there.
      expect(services.map(({ id }) => id)).not.toContain('ledger');
      expect(findings.join()).not.toContain('ledger was removed from main but still runs here');
    }
  });

  it('and added again starts anew: an older build of it may come, and goes to prod', async () => {
    const world = await deliveredWorld();
    await pin(world, 5, 'ledger');
    await deliver(world);
    await world.ok('service', 'remove', 'ledger');
    await world.ok('update', 'staging');
    await world.ok('service', 'add', 'ledger', '--image', 'ghcr.io/bank/ledger');
    await pin(world, 6, 'ledger');
    await deliver(world);
    expect(await running(world, 'prod', 'ledger')).toBe(sha(6).slice(0, 7));
    expect(rendered(world, 'prod')).toEqual(SERVICES);
  });
});

describe('a pull request', () => {
  it.each(['merge', 'squash', 'rebase'] as const)(
    'landed by %s is what update brings, and a promotion takes it on',
    async (how) => {
      const world = await deliveredWorld();
      const base = plumb(world, ['rev-parse', 'main']);
      await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards', '--branch', 'add-cards');
      expect(plumb(world, ['rev-parse', 'main'])).toBe(base);
      commitByHand(world, 'main', { 'docs.md': 'meanwhile\n' });
      const request = plumb(world, ['rev-parse', 'add-cards']);
      const cards = Object.fromEntries(
        plumb(world, ['diff', '--name-only', base, request])
          .split('\n')
          .map((path) => [path, fileAt(world, request, path)]),
      );
      const head = plumb(world, ['rev-parse', 'main']);
      commitByHand(world, 'main', cards, how === 'merge' ? { parents: [head, request] } : { message: `${how}\n` });
      await world.ok('update', 'staging');
      expect(await statusOf(world, 'staging')).toMatchObject({ workspace: { behind: 0 }, findings: [] });
      await pin(world, 2, 'cards');
      await deliver(world);
      expect(rendered(world, 'prod')).toEqual(['cards', ...SERVICES]);
    },
  );

  it('whose branch is updated from carries nothing: update takes main alone', async () => {
    const world = await deliveredWorld();
    const request = craft(
      world,
      { 'environments/prod/ledger/x.yaml': 'x: 1\n' },
      { parents: [plumb(world, ['rev-parse', 'main'])] },
    );
    plumb(world, ['update-ref', 'refs/heads/review', request]);
    expect(await world.json('update', 'staging')).toMatchObject({ changed: false });
  });
});

describe('damage outside apps/ on any environment branch', () => {
  it.each(['staging', 'preprod', 'prod'])('of %s is healed by an update and by nothing less', async (environment) => {
    const world = await deliveredWorld();
    const branch = `env/${environment}`;
    commitByHand(world, branch, { environments: null, 'README.md': null, 'x/y': 'z', '.github/workflows/a.yaml': 'a' });
    await world.ok('update', environment);
    expect(outside(world, branch)).toBe(outside(world, 'main'));
    expect(rendered(world, environment)).toEqual(SERVICES);
    commitByHand(world, branch, {
      [`environments/${environment}/kustomization.yaml`]: 'resources: [../../apps/ledger]\n',
    });
    await world.ok('update', environment);
    expect(rendered(world, environment)).toEqual(SERVICES);
    expect((await statusOf(world, environment)).workspace).toMatchObject({ behind: 0 });
  });
});

describe('a folder below environments/ that is no environment', () => {
  it('keeps its own kustomization, on main and on every branch', async () => {
    const world = await deliveredWorld();
    const path = 'environments/shared/kustomization.yaml';
    const component = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonLabels:\n  bank: yes\n';
    commitByHand(world, 'main', { [path]: component });
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    expect(fileAt(world, 'main', path)).toBe(component);
    await pin(world, 2, 'cards');
    expect(fileAt(world, 'env/staging', path)).toBe(component);
    await deliver(world);
    commitByHand(world, 'env/staging', { [path]: component.replace('yes', 'evil') });
    expect((await refused(world, 'promote', 'staging', '--to', 'preprod')).code).toBe('WORKSPACE_DIFFERS');
  });
});
