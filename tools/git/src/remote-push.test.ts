import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deployment, draft } from '../test/deployment.ts';

let deployment: Deployment;
beforeEach(() => {
  deployment = new Deployment();
});
afterEach(() => deployment.remove());

describe('push', () => {
  it('moves and makes refs together, as plain Git would see them', async () => {
    const main = deployment.publish('main', 'one');
    const { env, commands } = deployment.counting();
    const remote = await deployment.open({ env });
    await remote.tips([main]);
    commands();
    const next = await draft(remote, main, 'apps/a/x');
    const root = await draft(remote, null, 'apps/b/y');
    const updates = [
      { ref: 'refs/heads/main', expected: main, value: next },
      { ref: 'refs/heads/env/staging', expected: null, value: root },
      { ref: 'refs/tags/v1.0.0', expected: null, value: next },
    ];
    expect(await remote.push(updates)).toEqual({ kind: 'accepted' });
    expect([
      deployment.at('refs/heads/main'),
      deployment.at('refs/heads/env/staging'),
      deployment.at('refs/tags/v1.0.0'),
    ]).toEqual([next, root, next]);
    expect(deployment.scratch.git('deploy.git', 'fsck', '--strict')).toBe('');
    // What was pushed is known: neither this command nor the next one fetches it.
    await remote.refs();
    expect(await remote.tips([next, root])).toBe('present');
    expect(commands().filter((command) => command !== 'cat-file')).toEqual(['push', 'ls-remote']);
    // The same again is what is there already.
    expect(await remote.push(updates)).toEqual({ kind: 'accepted' });
  });

  it('moves nothing when one ref is not where it was expected', async () => {
    const first = deployment.publish('main', 'one');
    const remote = await deployment.open();
    await remote.tips([first]);
    const mine = await draft(remote, first, 'mine');
    const theirs = deployment.publish('main', 'two');
    const update = { ref: 'refs/heads/main', expected: first, value: mine };
    const tag = { ref: 'refs/tags/v1', expected: null, value: mine };
    expect(await remote.push([update])).toEqual({ kind: 'stale' });
    expect(await remote.push([update, tag])).toEqual({ kind: 'stale' });
    expect(await remote.push([{ ...update, expected: null }])).toEqual({ kind: 'stale' });
    expect(await remote.push([{ ref: 'refs/heads/gone', expected: first, value: mine }, tag])).toEqual({
      kind: 'stale',
    });
    expect([deployment.at('refs/heads/main'), deployment.at('refs/tags/v1'), deployment.at('refs/heads/gone')]).toEqual(
      [theirs, null, null],
    );
  });

  it('lets one of many win, and loses no commit of the others', async () => {
    let expected = deployment.publish('main', 'one');
    const remotes = await Promise.all(Array.from({ length: 12 }, () => deployment.open()));
    await Promise.all(remotes.map((remote) => remote.tips([expected])));
    let waiting = remotes.map((remote, index) => ({ remote, path: `file-${index}` }));
    while (waiting.length > 0) {
      const outcomes = await Promise.all(
        waiting.map(async ({ remote, path }) => {
          await remote.tips([expected]);
          return remote.push([{ ref: 'refs/heads/main', expected, value: await draft(remote, expected, path) }]);
        }),
      );
      expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'stale')).toHaveLength(waiting.length - 1);
      waiting = waiting.filter((_, index) => outcomes[index]?.kind !== 'accepted');
      expected = deployment.at('refs/heads/main')!;
    }
    expect(deployment.scratch.git('deploy.git', 'rev-list', '--count', 'main')).toBe('13');
    expect(deployment.scratch.git('deploy.git', 'ls-tree', '--name-only', 'main').split('\n')).toHaveLength(13);
  });

  it("is stale when a ref moves while the server is at it, and refused in the server's words", async () => {
    const first = deployment.publish('main', 'one');
    const remote = await deployment.open();
    await remote.tips([first]);
    const mine = await draft(remote, first, 'mine');
    const theirs = deployment.publish('other', 'two');
    const hook = (name: string, script: string) => {
      writeFileSync(join(deployment.url, 'hooks', name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(deployment.url, 'hooks', name), 0o755);
    };
    const updates = [
      { ref: 'refs/heads/main', expected: first, value: mine },
      { ref: 'refs/tags/v1', expected: null, value: mine },
    ];
    hook('update', `unset GIT_QUARANTINE_PATH; [ $1 = refs/heads/main ] && git update-ref $1 ${theirs}; exit 0`);
    expect(await remote.push(updates)).toEqual({ kind: 'stale' });
    deployment.scratch.git('deploy.git', 'update-ref', 'refs/heads/main', first);
    expect(await remote.push(updates.slice(0, 1))).toEqual({ kind: 'stale' });
    deployment.scratch.git('deploy.git', 'update-ref', 'refs/heads/main', first);
    hook('update', 'exit 0');
    hook('pre-receive', 'echo "Protected: ask the release engineers."; exit 1');
    const words = 'pre-receive hook declined\nProtected: ask the release engineers.';
    expect(await remote.push(updates)).toEqual({ kind: 'refused', message: words });
    expect([deployment.at('refs/heads/main'), deployment.at('refs/tags/v1')]).toEqual([first, null]);
  });

  it('is refused where a branch cannot be', async () => {
    const first = deployment.publish('env', 'one');
    const remote = await deployment.open();
    await remote.tips([first]);
    const outcome = await remote.push([{ ref: 'refs/heads/env/x', expected: null, value: first }]);
    expect(outcome).toMatchObject({ kind: 'refused', message: expect.stringContaining("'refs/heads/env' exists") });
    const work = await deployment.open({ url: join(deployment.scratch.path, 'work') });
    await work.tips([first]);
    const checkedOut = await work.push([
      { ref: 'refs/heads/main', expected: first, value: await draft(work, first, 'x') },
    ]);
    expect(checkedOut).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('branch is currently checked out'),
    });
  });

  it("is not changed by the user's own push settings or hooks", async () => {
    const first = deployment.publish('main', 'one');
    const hooks = join(deployment.scratch.path, 'hooks');
    mkdirSync(hooks);
    writeFileSync(join(hooks, 'pre-push'), '#!/bin/sh\nexit 1\n');
    chmodSync(join(hooks, 'pre-push'), 0o755);
    const configuration = join(deployment.scratch.path, 'gitconfig');
    const settings =
      '[push]\ngpgSign=true\nfollowTags=true\nrecurseSubmodules=check\nuseForceIfIncludes=true\ndefault=nothing\n';
    writeFileSync(configuration, `[core]\nhooksPath=${hooks}\n${settings}[color]\nui=always\n[commit]\ngpgSign=true\n`);
    const remote = await deployment.open({ env: { ...deployment.scratch.env, GIT_CONFIG_GLOBAL: configuration } });
    await remote.tips([first]);
    const next = await draft(remote, first, 'x');
    expect(await remote.push([{ ref: 'refs/heads/main', expected: first, value: next }])).toEqual({ kind: 'accepted' });
    expect(await remote.push([{ ref: 'refs/heads/main', expected: first, value: first }])).toEqual({ kind: 'stale' });
  });

  it('throws when the repository is gone or an object was never written', async () => {
    const first = deployment.publish('main', 'one');
    const remote = await deployment.open();
    await remote.tips([first]);
    const next = await draft(remote, first, 'x');
    const absent = { ref: 'refs/heads/main', expected: first, value: 'a'.repeat(40) };
    await expect(remote.push([absent])).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    rmSync(deployment.url, { recursive: true });
    await expect(remote.push([{ ref: 'refs/heads/main', expected: first, value: next }])).rejects.toMatchObject({
      code: 'REPOSITORY_NOT_FOUND',
    });
  });
});

describe('write', () => {
  it('throws CACHE_UNWRITABLE when the cache has become a place where nothing can be written', async () => {
    const remote = await deployment.open();
    rmSync(remote.gitDirectory, { recursive: true });
    writeFileSync(remote.gitDirectory, '');
    await expect(draft(remote, null, 'x')).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
      hint: expect.stringContaining('ELEVENTH_CACHE'),
    });
  });
});
