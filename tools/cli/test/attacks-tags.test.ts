import { describe, expect, it } from 'vitest';
import { craft, plumb } from './by-hand.ts';
import { deliver, deliveredWorld, pin, pinning, refused, running, statusOf } from './delivery.ts';
import { sha, World } from './world.ts';

const PIN = 'apps/payments/kustomization.yaml';

describe('a tag', () => {
  it('that looks like a release on a foreign commit is not what prod runs, and the next release stands above it', async () => {
    const world = await deliveredWorld();
    const foreign = craft(world, { x: 'y' }, { parents: [plumb(world, ['rev-parse', 'env/prod'])] });
    plumb(world, ['tag', '-a', '-m', 'x', 'v9.9.9', foreign]);
    expect(await statusOf(world, 'prod')).toMatchObject({ release: 'v1.0.0', deployed: { tag: 'v1.0.0' } });
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(await world.json('promote', 'preprod', '--to', 'prod')).toMatchObject({ tag: 'v9.9.10' });
    expect((await refused(world, 'promote', 'v9.9.9', '--to', 'preprod')).code).toBe('NOT_FROM');
    expect(await world.json('rollback', 'prod')).toMatchObject({ tag: 'v9.9.11' });
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
  });

  it('on a foreign commit does not speak for a production that is nothing but tags, as in the classic layout', async () => {
    const world = await World.begun('--layout', 'classic');
    await world.ok('service', 'add', 'payments', '--image', 'ghcr.io/bank/payments');
    await world.ok(...pinning('payments', 1, '--to', 'preprod'));
    await world.ok('promote', 'preprod', '--to', 'prod');
    const foreign = craft(world, { 'apps/payments': null }, { parents: [plumb(world, ['rev-parse', 'main'])] });
    plumb(world, ['tag', '-a', '-m', 'x', 'v9.9.9', foreign]);
    expect(await statusOf(world, 'prod')).toMatchObject({ deployed: { tag: 'v1.0.0' } });
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
    expect((await statusOf(world, 'prod')).findings.join()).toContain('v9.9.9');
    await world.ok(...pinning('payments', 2, '--to', 'preprod'));
    expect(await world.json('promote', 'preprod', '--to', 'prod')).toMatchObject({ tag: 'v9.9.10' });
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
  });

  it('made by hand on the head is its release, lightweight or not', async () => {
    const world = await deliveredWorld();
    for (const [number, options] of [
      [2, []],
      [3, ['-a', '-m', 'By hand']],
    ] as const) {
      await pin(world, number, 'payments');
      await world.ok('promote', 'staging', '--to', 'preprod');
      await world.ok('promote', 'preprod', '--to', 'prod', '--no-tag');
      plumb(world, ['tag', ...options, `v1.${number}.0`, 'env/prod']);
      expect((await statusOf(world, 'prod')).release).toBe(`v1.${number}.0`);
      expect(await world.json('release')).toMatchObject({ changed: false, tag: `v1.${number}.0` });
    }
    expect(await world.json('rollback', 'prod')).toMatchObject({ tag: 'v1.3.1' });
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
  });

  it.each([
    'release/v2.0.0',
    'prod-v2.0.0',
    'v2',
    'v2.0',
    'v02.0.0',
    'v2.0.0.0',
    '2.0.0',
    'V2.0.0',
    'v2.0.0+build',
    'v2.0.0-rc.1',
    'vv2.0.0',
  ])('%s is no release, on whatever commit it stands', async (tag) => {
    const world = await deliveredWorld();
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    await world.ok('promote', 'preprod', '--to', 'prod', '--no-tag');
    plumb(world, ['tag', tag, 'env/prod']);
    expect(await statusOf(world, 'prod')).toMatchObject({ release: null, deployed: { tag: 'v1.0.0' } });
    expect(await world.json('release')).toMatchObject({ changed: true, tag: 'v1.0.1' });
  });

  it.each(['v1.0.1', 'v1.0.1-rc.1', 'x'])('%s of something that is no commit stops nobody', async (tag) => {
    const world = await deliveredWorld();
    plumb(world, ['tag', tag, 'env/prod^{tree}']);
    plumb(world, ['tag', '-a', '-m', 'x', `${tag}0`, `env/prod:${PIN}`]);
    await pin(world, 2, 'payments');
    await world.ok('status');
    await world.ok('compose');
    await deliver(world);
    await world.ok('rollback', 'prod');
    await world.ok('log', 'prod');
    expect(await refused(world, 'show', tag)).toMatchObject({ exit: expect.any(Number) });
    await refused(world, 'promote', tag, '--to', 'preprod');
    await refused(world, 'rollback', 'prod', '--to', tag);
  });

  it('with a prefix belongs to the environment that has it, and to no other', async () => {
    const world = await deliveredWorld();
    await world.ok('env', 'add', 'eu', '--like', 'prod', '--release-tag', 'eu-v{version}');
    await world.ok('update', 'staging');
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(await world.json('promote', 'preprod', '--to', 'eu')).toMatchObject({ tag: 'eu-v1.0.0' });
    await pin(world, 2, 'payments');
    await world.ok('promote', 'staging', '--to', 'preprod');
    expect(await world.json('promote', 'preprod', '--to', 'eu', '--bump', 'minor')).toMatchObject({ tag: 'eu-v1.1.0' });
    expect(await statusOf(world, 'prod')).toMatchObject({ release: 'v1.0.0' });
    expect((await refused(world, 'rollback', 'prod', '--to', 'eu-v1.0.0')).code).toBe('NOT_DEPLOYED_HERE');
    expect((await refused(world, 'promote', 'eu-v1.1.0', '--to', 'prod')).code).toBe('NOT_FROM');
    expect(await world.json('rollback', 'eu')).toMatchObject({ tag: 'eu-v1.1.1' });
    expect(await world.json('promote', 'preprod', '--to', 'prod')).toMatchObject({ tag: 'v1.0.1' });
  });

  it('that already has the next number is never moved: the release takes the one above', async () => {
    const world = await deliveredWorld();
    plumb(world, ['tag', 'v1.0.1', 'main']);
    await pin(world, 2, 'payments');
    await deliver(world);
    expect(plumb(world, ['rev-parse', 'v1.0.1'])).toBe(plumb(world, ['rev-parse', 'main']));
    expect((await statusOf(world, 'prod')).release).toBe('v1.0.2');
    expect((await refused(world, 'promote', 'preprod', '--to', 'prod', '--version', '1.0.1')).exit).toBe(2);
  });

  it('of a deleted release lets nothing happen twice', async () => {
    const world = await deliveredWorld();
    plumb(world, ['tag', '-d', 'v1.0.0']);
    expect(await world.json('release')).toMatchObject({ changed: true, tag: 'v1.0.0' });
    expect(plumb(world, ['rev-list', '--count', 'env/prod'])).toBe('2');
  });
});

describe('a force-pushed production branch', () => {
  it('gets numbers above all tags, and what was cut off is not restored by name alone', async () => {
    const world = await deliveredWorld();
    const before = plumb(world, ['rev-parse', 'env/prod']);
    await pin(world, 2, 'payments');
    await deliver(world);
    plumb(world, ['update-ref', 'refs/heads/env/prod', before]);
    expect(await statusOf(world, 'prod')).toMatchObject({ release: 'v1.0.0' });
    expect((await refused(world, 'rollback', 'prod', '--to', 'v1.0.1')).code).toBe('NOT_DEPLOYED_HERE');
    expect(await world.json('promote', 'preprod', '--to', 'prod')).toMatchObject({ tag: 'v1.0.2' });
  });

  it('with an unrelated history is reported, not believed', async () => {
    const world = await deliveredWorld();
    const orphan = craft(world, { apps: null }, { parents: [], base: plumb(world, ['rev-parse', 'main^{tree}']) });
    plumb(world, ['update-ref', 'refs/heads/env/prod', orphan]);
    await world.ok('status');
    await pin(world, 2, 'payments');
    await deliver(world);
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
  });
});
