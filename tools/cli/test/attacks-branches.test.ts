import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitByHand, craft, fileAt, plumb } from './by-hand.ts';
import { deliver, deliveredWorld, pin, refused, running, statusOf } from './delivery.ts';
import { sha, World } from './world.ts';

describe('branches that Git cannot keep side by side', () => {
  it.each(['env', 'env/staging/x', 'main/x', 'env/prod/hotfix/1'])(
    '%s is refused for an environment and for a review',
    async (branch) => {
      const world = await deliveredWorld();
      const commands = [
        ['env', 'add', 'uat', '--deploys-from', branch],
        ['env', 'add', 'uat', '--branch', branch],
        ['service', 'add', 'cards', '--branch', branch],
        ['service', 'remove', 'ledger', '--branch', branch],
      ];
      for (const command of commands) expect((await refused(world, ...command)).code).toBe('BRANCH_CLASHES');
    },
  );

  it('is refused when the environment and the branch for its review would be the two', async () => {
    const world = await deliveredWorld();
    expect(
      (await refused(world, 'env', 'add', 'uat', '--deploys-from', 'uat', '--branch', 'uat/review')).exit,
    ).toBeGreaterThan(0);
    expect(
      (await refused(world, 'env', 'add', 'uat', '--deploys-from', 'uat', '--branch', 'uat')).exit,
    ).toBeGreaterThan(0);
  });

  it('written into environment.yaml by hand fails in one sentence, and nothing moves', async () => {
    const world = await deliveredWorld();
    for (const branch of ['env/staging/x', 'env']) {
      const file = fileAt(world, 'main', 'environments/preprod/environment.yaml');
      commitByHand(world, 'main', {
        'environments/uat/environment.yaml': file
          .replace('name: preprod', 'name: uat')
          .replace('"env/preprod"', JSON.stringify(branch)),
      });
      const { exit, hint } = await refused(world, 'update', 'uat');
      expect(exit).toBeGreaterThan(0);
      expect(hint).not.toBeNull();
      await refused(world, 'promote', 'staging', '--to', 'uat');
      // The others go on.
      await pin(world, branch === 'env' ? 2 : 3, 'payments').catch(() => pin(world, 4, 'payments'));
    }
  });

  it('is refused for an environment that would deploy from the default branch', async () => {
    const world = await deliveredWorld();
    const file = fileAt(world, 'main', 'environments/preprod/environment.yaml');
    commitByHand(world, 'main', {
      'environments/uat/environment.yaml': file
        .replace('name: preprod', 'name: uat')
        .replace('"env/preprod"', '"main"'),
    });
    const before = plumb(world, ['rev-parse', 'main']);
    for (const command of [
      ['update', 'uat'],
      ['promote', 'staging', '--to', 'uat'],
      ['rollback', 'uat'],
    ]) {
      const { code } = await world.run(command);
      expect(code).not.toBe(0);
      expect(plumb(world, ['rev-parse', 'main'])).toBe(before);
    }
    expect((await refused(world, 'env', 'add', 'uat2', '--deploys-from', 'main')).exit).toBeGreaterThan(0);
  });

  it.each([
    '-x',
    'refs/heads/x',
    'a b',
    '../x',
    'x..y',
    'x.lock',
    '@',
    'HEAD',
    'x'.repeat(300),
    'a\\b',
    'x/',
    '/x',
    'x//y',
    'a~1',
    'a^',
    'a:b',
  ])('%j names no branch at all', async (branch) => {
    const world = await deliveredWorld();
    for (const option of ['--deploys-from', '--branch']) {
      expect((await refused(world, 'env', 'add', 'uat', `${option}=${branch}`)).exit).toBe(2);
    }
  });
});

describe('a bare remote whose HEAD names master', () => {
  it('is given the right HEAD by init, so that a clone is not empty', async () => {
    const world = new World();
    await world.git(world.root, 'init', '--quiet', '--bare', '--initial-branch=master', world.remote);
    await world.ok('init', join(world.root, 'checkout'), '--remote', world.remote);
    const clone = join(world.root, 'clone');
    await world.git(world.root, 'clone', '--quiet', world.remote, clone);
    expect(await world.git(clone, 'ls-files', 'environments/workspace.yaml')).toBe('environments/workspace.yaml');
  });

  it('later on, or none at all, hides no workspace', async () => {
    const world = await deliveredWorld();
    plumb(world, ['symbolic-ref', 'HEAD', 'refs/heads/master']);
    await pin(world, 2, 'payments');
    await deliver(world);
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
  });

  it('or an environment branch does not make that the workspace', async () => {
    const world = await deliveredWorld();
    plumb(world, ['symbolic-ref', 'HEAD', 'refs/heads/env/staging']);
    commitByHand(world, 'env/staging', {
      'environments/prod/environment.yaml': fileAt(world, 'main', 'environments/prod/environment.yaml').replace(
        '["main"]',
        '["**"]',
      ),
    });
    const { code, stdout } = await world.run(['status', '--json']);
    if (code === 0) expect(JSON.parse(stdout)).toMatchObject({ workspace: { branch: 'main' } });
    else expect(JSON.parse(stdout)).toHaveProperty('error.code');
  });
});

describe('a merge commit on an environment branch', () => {
  it('is read along its first parent, and everything goes on from there', async () => {
    const world = await deliveredWorld();
    for (const branch of ['env/staging', 'env/preprod', 'env/prod']) {
      const head = plumb(world, ['rev-parse', branch]);
      commitByHand(
        world,
        branch,
        {},
        { parents: [head, plumb(world, ['rev-parse', 'main'])], message: `Merge main into ${branch}\n` },
      );
    }
    expect((await statusOf(world, 'prod')).services).toHaveLength(3);
    await pin(world, 2, 'payments');
    await deliver(world);
    expect(await world.json('rollback', 'prod')).toMatchObject({ changed: true });
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
    expect(plumb(world, ['rev-list', '--count', '--min-parents=2', 'env/prod'])).toBe('1');
  });

  it('of another environment does not pass as a deployment of what it merged', async () => {
    const world = await deliveredWorld();
    await world.ok('pin', 'payments', '--commit', sha(2), '--branch', 'feature', '--built', '2024-05-02T00:00:00Z');
    const [staging, preprod] = ['env/staging', 'env/preprod'].map((branch) => plumb(world, ['rev-parse', branch]));
    commitByHand(world, 'env/preprod', {}, { parents: [preprod ?? '', staging ?? ''] });
    expect((await refused(world, 'promote', staging ?? '', '--to', 'prod')).code).toBe('NOT_FROM');
    commitByHand(world, 'env/preprod', {}, { parents: [preprod ?? '', staging ?? ''], base: staging });
    expect((await refused(world, 'promote', 'preprod', '--to', 'prod')).code).toBe('POLICY_REFUSED');
  });
});

describe('an environment branch', () => {
  it('that somebody deleted begins anew, and nothing is lost from its tags', async () => {
    const world = await deliveredWorld();
    plumb(world, ['update-ref', '-d', 'refs/heads/env/prod']);
    expect((await statusOf(world, 'prod')).findings.join()).toContain('env/prod does not exist yet');
    expect(await world.json('promote', 'preprod', '--to', 'prod')).toMatchObject({
      changed: true,
      tag: expect.stringMatching(/^v1\.[01]\.[01]$/),
    });
    expect(await running(world, 'prod', 'payments')).toBe(sha(1).slice(0, 7));
  });

  it('that starts on main instead of a root of its own still is just a line of deployments', async () => {
    const world = await deliveredWorld();
    const start = craft(
      world,
      { apps: { tree: plumb(world, ['rev-parse', 'env/staging:apps']) } },
      { parents: [plumb(world, ['rev-parse', 'main'])] },
    );
    plumb(world, ['update-ref', 'refs/heads/env/staging', start]);
    await world.ok('update', 'staging');
    await pin(world, 2, 'payments');
    await deliver(world);
    expect(await running(world, 'prod', 'payments')).toBe(sha(2).slice(0, 7));
  });
});
