import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileAt, plumb } from './by-hand.ts';
import { deliveredWorld, pinning, SERVICES } from './delivery.ts';
import { sha, World } from './world.ts';

/** Returns numbers below a count in an order that is the same in every run. */
function shuffled(count: number, seed: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  let state = seed;
  for (let index = count - 1; index > 0; index -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const other = state % (index + 1);
    [numbers[index], numbers[other]] = [numbers[other] ?? 0, numbers[index] ?? 0];
  }
  return numbers;
}

/** Returns a `PATH` on which every push that Git is asked for leaves a line in a file, and how many there were. */
function countingPushes(world: World): { PATH: string; pushes: () => number } {
  const { PATH = '' } = world.env;
  const log = join(world.root, 'pushes');
  const script = `#!/bin/sh\n[ "$1" != push ] || echo push >>'${log}'\nPATH='${PATH}' exec git "$@"\n`;
  const folder = world.files('counting', { git: script });
  chmodSync(join(folder, 'git'), 0o755);
  return { PATH: `${folder}:${PATH}`, pushes: () => readFileSync(log, 'utf8').trim().split('\n').length };
}

describe('pins at the same moment', () => {
  it('of twenty services all land in a few pushes: twenty commits by twenty people, and none lost', async () => {
    const world = await World.begun();
    const ids = Array.from({ length: 20 }, (_, index) => `service-${index}`);
    for (const id of ids) await world.ok('service', 'add', id, '--image', `ghcr.io/bank/${id}`);
    await world.ok('update', 'staging');
    const before = plumb(world, ['rev-parse', 'env/staging']);
    plumb(world, ['config', 'core.logAllRefUpdates', 'always']);
    const { PATH, pushes } = countingPushes(world);
    const started = ids.map((id, index) => {
      // Some start from an empty cache, as CI jobs do, and some share one.
      const cache = join(world.root, index % 2 === 0 ? 'cache' : `cache-${index}`);
      const env = { PATH, ELEVENTH_CACHE: cache, GIT_AUTHOR_NAME: `Author of ${id}` };
      return world.run(pinning(id, index + 1), { env });
    });
    const results = await Promise.all(started);
    expect(
      results.map(
        ({ code, stderr }) => `${code} ${stderr.replace(/^(?:Waiting with|\d+ pins wait for one push) .*\n/gm, '')}`,
      ),
    ).toEqual(ids.map(() => '0 '));

    const log = plumb(world, [
      'log',
      '--format=%P|%(trailers:key=Service,valueonly,separator=%x2C)|%an',
      `${before}..env/staging`,
    ]);
    const commits = log.split('\n').map((line) => line.split('|'));
    expect(commits.map(([parents]) => parents?.split(' ').length)).toEqual(ids.map(() => 1));
    expect(commits.map(([, id, author]) => `${id}: ${author}`).sort()).toEqual(
      ids.map((id) => `${id}: Author of ${id}`).sort(),
    );
    for (const [index, id] of ids.entries()) {
      expect(fileAt(world, 'env/staging', `apps/${id}/kustomization.yaml`)).toContain(sha(index + 1));
    }
    expect(plumb(world, ['reflog', 'show', '--format=%H', 'env/staging']).split('\n').length).toBeLessThanOrEqual(5);
    expect(pushes()).toBeLessThanOrEqual(2.2 * ids.length);
    expect(plumb(world, ['for-each-ref', 'refs/eleventh/'])).toBe('');
    expect(await world.json('update', 'staging')).toMatchObject({ changed: false });
    expect(plumb(world, ['fsck', '--strict', '--no-dangling'])).toBe('');
  });

  it('of one service, ten builds in random order, end on the newest, whichever started last', async () => {
    const world = await deliveredWorld();
    for (const seed of [1, 2, 3]) {
      const builds = shuffled(10, seed).map((number) => seed * 100 + number);
      const results = await Promise.all(builds.map((number) => world.run(pinning('payments', number))));
      for (const { code, stderr } of results) {
        if (code !== 0) expect([code, stderr]).toEqual([3, expect.stringContaining('[OLDER_BUILD]')]);
      }
      expect(fileAt(world, 'env/staging', 'apps/payments/kustomization.yaml')).toContain(sha(Math.max(...builds)));
      const landed = results.filter(({ code }) => code === 0).length;
      const log = plumb(world, [
        'log',
        `-${landed}`,
        '--format=%(trailers:key=Commit,valueonly,separator=%x2C)',
        'env/staging',
      ]);
      const order = log.split('\n').map((commit) => Number.parseInt(commit.slice(0, 7), 16));
      expect(order).toEqual([...order].sort((a, b) => b - a));
    }
  });

  it('of the same build are one commit', async () => {
    const world = await deliveredWorld();
    const results = await Promise.all(Array.from({ length: 8 }, () => world.run(pinning('payments', 2))));
    expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
    expect(plumb(world, ['rev-list', '--count', 'env/staging'])).toBe(String(2 + SERVICES.length + 1));
  });
});

describe('other writes at the same moment', () => {
  it('each land once or say why not, and every tag stands on its own commit', async () => {
    const world = await deliveredWorld();
    await world.ok(...pinning('payments', 2));
    await world.ok('promote', 'staging', '--to', 'preprod');
    const commands = [
      ['promote', 'preprod', '--to', 'prod'],
      ['promote', 'preprod', '--to', 'prod'],
      ['rollback', 'prod'],
      ['release'],
      ['compose'],
      ['compose'],
      ['update', 'prod'],
      ['service', 'add', 'cards'],
      ['service', 'add', 'statements'],
      pinning('ledger', 2),
      pinning('risk/fraud', 2),
      ['rollback', 'staging', '--only', 'payments'],
    ];
    const results = await Promise.all(commands.map((command) => world.run(command)));
    for (const { code, stderr } of results) {
      if (code !== 0) expect(stderr).toMatch(/^error \[(?:OVERTAKEN|NOTHING_EARLIER)\]/);
    }
    expect(plumb(world, ['ls-tree', '--name-only', 'main', 'apps/']).split('\n')).toEqual(
      expect.arrayContaining(['apps/cards', 'apps/statements']),
    );
    const releases = plumb(world, ['tag', '--list', 'v?.?.?']).split('\n');
    const commits = releases.map((tag) => plumb(world, ['rev-parse', `${tag}^{commit}`]));
    expect(new Set(commits).size).toBe(commits.length);
    for (const commit of commits) plumb(world, ['merge-base', '--is-ancestor', commit, 'env/prod']);
    expect(plumb(world, ['fsck', '--strict', '--no-dangling'])).toBe('');
  });
});
