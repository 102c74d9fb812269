import { describe, expect, it } from 'vitest';
import { commitByHand, craft, fileAt, overtake, plumb, revertByHand } from './by-hand.ts';
import { deliver, deliveredWorld, pin, pinning, refused, running, SERVICES, statusOf } from './delivery.ts';
import { sha, World } from './world.ts';

const PIN = 'apps/payments/kustomization.yaml';
const tags = (world: World) => plumb(world, ['tag', '--list', '--sort=version:refname']).split('\n');

describe('a rollback', () => {
  it('that was killed after its push and is run again does not go to the bad release', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await deliver(world);
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: true, tag: 'v1.0.2' });
    for (let again = 0; again < 2; again += 1) {
      expect(await world.json('rollback', 'prod')).toMatchObject({ changed: false, tag: null });
      expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
    }
    expect(await world.json('rollback', 'prod', '--to', 'v1.0.0')).toMatchObject({ changed: false });
    expect(await world.json('rollback', 'prod', '--to', 'v1.0.1')).toMatchObject({ changed: true, tag: 'v1.0.3' });
    expect(tags(world)).toEqual(['v1.0.0', 'v1.0.1', 'v1.0.2', 'v1.0.3']);
  });

  it('where every commit deploys is just as safe to run again', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    for (const environment of ['staging', 'preprod']) {
      expect(await world.json('rollback', environment)).toMatchObject({ changed: true, tag: null });
      expect(await world.json('rollback', environment)).toMatchObject({ changed: false });
      expect(await running(world, environment, 'payments')).toBe(sha(1).slice(0, 7));
    }
  });

  it('after a plain git revert does nothing, and after a second bad release skips both bad ones', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await deliver(world);
    await revertByHand(world, 'env/prod', 'HEAD');
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: false });
    await world.ok('release');
    await pin(world, 3, 'payments');
    await deliver(world);
    await world.ok('rollback', 'prod');
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
  });

  it('goes back from a revert of a revert, which had gone forward', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await deliver(world);
    for (const expected of [1, 2]) {
      await revertByHand(world, 'env/prod', 'HEAD');
      await world.ok('release');
      expect(await running(world, 'prod', 'payments')).toBe(sha(expected).slice(0, 7));
    }
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: true });
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: false });
  });

  it('that lost a race reports it and brings nothing back', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await deliver(world);
    await pin(world, 3, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    overtake(world, ['promote', 'preprod', '--to', 'prod']);
    const lost = await world.run(['rollback', 'prod']);
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('[OVERTAKEN]')]);
    expect(await running(world, 'prod', 'payments')).toBe(sha(3).slice(0, 7));
    expect(tags(world)).toEqual(['v1.0.0', 'v1.0.1', 'v1.0.2']);
  });

  it("takes a patch number that an unrelated candidate's name has, and the candidate goes on with another", async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await deliver(world);
    await pin(world, 3, 'payments');
    expect(await world.json('compose')).toMatchObject({ tag: 'v1.0.2-rc.1' });
    expect(await world.json('rollback', 'prod')).toMatchObject({ tag: 'v1.0.2' });
    await world.ok('promote', 'v1.0.2-rc.1', '--to', 'preprod');
    expect(await world.json('promote', 'preprod', '--to', 'prod')).toMatchObject({ tag: 'v1.0.3' });
    await pin(world, 4, 'payments');
    expect(await world.json('compose')).toMatchObject({ tag: 'v1.0.4-rc.1' });
  });

  it('does not restore what never was released: a hand-made commit passes the gates first', async () => {
    const world = await deliveredWorld();
    const feature = fileAt(world, 'env/prod', PIN)
      .replace('branch: "main"', 'branch: "feature"')
      .replaceAll(sha(1), sha(2));
    const bad = commitByHand(world, 'env/prod', { [PIN]: feature });
    expect((await refused(world, 'release')).code).toBe('POLICY_REFUSED');
    expect((await refused(world, 'rollback', 'prod', '--to', bad)).exit).toBeGreaterThan(0);
    await revertByHand(world, 'env/prod', 'HEAD');
    await world.ok('release');
    expect((await refused(world, 'rollback', 'prod', '--to', bad)).exit).toBeGreaterThan(0);
  });

  it('does not restore what nobody reviewed outside apps/', async () => {
    const world = await deliveredWorld();
    const bad = commitByHand(world, 'env/prod', { 'environments/prod/payments/patch.yaml': 'a: 1\n' });
    expect((await refused(world, 'release')).code).toBe('WORKSPACE_DIFFERS');
    expect((await refused(world, 'rollback', 'prod', '--to', bad)).exit).toBeGreaterThan(0);
    await pin(world, 2, 'payments', 'ledger');
    await deliver(world);
    expect((await refused(world, 'rollback', 'prod', '--to', bad)).exit).toBeGreaterThan(0);
    await world.ok('rollback', 'prod');
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
  });

  it('of one service alone does not restore one that has no overlay any more, rendering nothing', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'remove', 'ledger');
    await world.ok('update', 'staging');
    await deliver(world);
    expect((await refused(world, 'rollback', 'prod', '--only', 'ledger', '--to', 'v1.0.0')).exit).toBe(3);
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: true, tag: 'v2.0.1' });
    expect(fileAt(world, 'env/prod', 'environments/prod/kustomization.yaml')).toContain('\n  - ledger\n');
  });

  it('of one service alone leaves the others, and done again it does nothing', async () => {
    const world = await deliveredWorld();
    for (const number of [2, 3]) {
      await pin(world, number, ...SERVICES);
      await deliver(world);
    }
    const ledger = plumb(world, ['rev-parse', 'env/prod:apps/ledger']);
    await world.ok('rollback', 'prod', '--only', 'payments');
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
    expect(await world.json('rollback', 'prod', '--only', 'payments')).toMatchObject({ changed: false });
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
    expect(plumb(world, ['rev-parse', 'env/prod:apps/ledger'])).toBe(ledger);
    await refused(world, 'rollback', 'prod', '--only', 'nothing');
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: false });
  });

  it('of one service alone to before it came takes it out, and done again it does nothing', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    await pin(world, 2, 'cards');
    await deliver(world);
    const command = ['rollback', 'prod', '--only', 'cards', '--to', 'v1.0.0'];
    expect(await world.json(...command)).toMatchObject({ changed: true });
    expect(await running(world, 'prod', 'cards')).toBeNull();
    expect(await world.json(...command)).toMatchObject({ changed: false });
  });

  it('to a commit of another environment, or of nobody, is refused', async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    const foreign = craft(world, { x: 'y' }, { parents: [plumb(world, ['rev-parse', 'env/prod'])] });
    plumb(world, ['tag', 'v1.5.0', foreign]);
    for (const to of ['env/staging', 'staging', 'main', 'v1.5.0', foreign]) {
      expect(await refused(world, 'rollback', 'prod', '--to', to)).toMatchObject({
        exit: 3,
        code: 'NOT_DEPLOYED_HERE',
      });
    }
  });
});

describe('a release that a bare git revert took back', () => {
  it('and that had added a service is released as a patch, which 1.x ranges deploy', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'cards', '--image', 'ghcr.io/bank/cards');
    await pin(world, 2, 'cards');
    await deliver(world);
    expect((await statusOf(world, 'prod')).release).toBe('v1.1.0');
    await revertByHand(world, 'env/prod', 'HEAD');
    expect(await statusOf(world, 'prod')).toMatchObject({ release: null, deployed: { tag: 'v1.1.0' } });
    expect(await world.json('release')).toMatchObject({ changed: true, tag: 'v1.1.1' });
    expect(await world.json('release')).toMatchObject({ changed: false, tag: 'v1.1.1' });
    await revertByHand(world, 'env/prod', 'HEAD');
    expect(await world.json('release')).toMatchObject({ tag: 'v1.1.2' });
    expect(await running(world, 'prod', 'cards')).toBe(sha(2).slice(0, 7));
  });

  it('and left a derived file that does not build is not released', async () => {
    const world = await deliveredWorld();
    const path = 'environments/prod/kustomization.yaml';
    commitByHand(world, 'env/prod', {
      [path]: fileAt(world, 'env/prod', path).replace('  - payments\n', '  - https://evil.example/all.yaml\n'),
    });
    const { exit, details } = await refused(world, 'release');
    expect({ exit, files: details.files }).toEqual({ exit: 3, files: [path] });
    expect((await statusOf(world, 'prod')).findings.join()).toContain(path);
  });
});

describe("Git's rename detection", () => {
  it("lets a revert of a removed service's pin edit a similar service: status and log name it", async () => {
    const world = await deliveredWorld();
    await pin(world, 2, 'ledger');
    const old = plumb(world, ['rev-parse', 'env/staging']);
    await world.ok('service', 'remove', 'ledger');
    await world.ok('update', 'staging');
    await world.ok('service', 'add', 'ledger-eu', '--image', 'ghcr.io/bank/ledger');
    const manifests = world.files('k8s', {
      'deployment.yaml': fileAt(world, old, 'apps/ledger/manifests/deployment.yaml'),
      'service.yaml': fileAt(world, old, 'apps/ledger/manifests/service.yaml'),
    });
    await world.ok(...pinning('ledger-eu', 2, '--manifests', manifests));
    const before = plumb(world, ['rev-parse', 'env/staging:apps/ledger-eu']);
    const head = await revertByHand(world, 'env/staging', old);
    // This is what Git does, with exit code 0; should it stop doing so, the test has nothing to say.
    expect(plumb(world, ['rev-parse', 'env/staging:apps/ledger-eu'])).not.toBe(before);
    expect((await statusOf(world, 'staging')).findings.join()).toMatch(/also changed ledger-eu/);
    const { deployments } = await world.json<{ deployments: { commit: string; strays: string[] }[] }>('log', 'staging');
    expect(deployments[0]).toMatchObject({ commit: head, kind: 'revert', strays: ['ledger-eu'] });
  });
});

describe('main merged into production by hand', () => {
  it('brings files into apps/ that no pin writes; the command that the refusal names gets over them', async () => {
    const world = await deliveredWorld();
    const service = fileAt(world, 'main', 'apps/payments/service.yaml');
    commitByHand(world, 'env/prod', { 'apps/README.md': '# Services\n', 'apps/payments/service.yaml': service });
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    const { code, hint } = await refused(world, 'promote', 'preprod', '--to', 'prod');
    expect(code).toBe('BACKWARDS');
    const allowed = hint?.match(/--allow-downgrade \S+/g) ?? [];
    await world.ok('promote', 'preprod', '--to', 'prod', ...allowed.flatMap((option) => option.split(' ')));
    expect(plumb(world, ['rev-parse', 'env/prod:apps'])).toBe(plumb(world, ['rev-parse', 'env/preprod:apps']));
  });
});

describe('a production rollback in the classic layout', () => {
  it('moves preprod too, and says so', async () => {
    const world = await World.begun('--layout', 'classic');
    await world.ok('service', 'add', 'payments', '--image', 'ghcr.io/bank/payments');
    for (const number of [1, 2]) {
      await world.ok(...pinning('payments', number, '--to', 'preprod'));
      await world.ok('promote', 'preprod', '--to', 'prod');
    }
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: true, alsoMoves: ['preprod'] });
    for (const environment of ['preprod', 'prod'])
      expect(await running(world, environment, 'payments')).toBe(sha(1).slice(0, 7));
  });
});
