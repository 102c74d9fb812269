import { chmodSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '@eleventh/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deployment } from '../test/deployment.ts';
import type { Remote } from './remote.ts';
import { FOLDER_MODE } from './tree.ts';

let deployment: Deployment;
beforeEach(() => {
  deployment = new Deployment();
});
afterEach(() => deployment.remove());

/** Settings under which Git speaks the first version of its protocol, in which only whole refs can be asked for. */
const OLD_PROTOCOL = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.version', GIT_CONFIG_VALUE_0: '0' };

/** Returns the file of a commit, read object by object, however deep it is. */
async function fileAt(remote: Remote, commit: Oid): Promise<string> {
  let [entry] = await remote.objects.tree((await remote.objects.commit(commit)).tree);
  while (entry?.mode === FOLDER_MODE) [entry] = await remote.objects.tree(entry.oid);
  return Buffer.from(await remote.objects.blob(entry?.oid ?? '')).toString();
}

/** Returns how many objects of each type a cache holds. */
function counts(remote: Remote): Record<string, number> {
  const types = deployment.scratch
    .git('', '--git-dir', remote.gitDirectory, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype)')
    .split('\n');
  return Object.fromEntries(
    [...new Set(types)].sort().map((type) => [type, types.filter((each) => each === type).length]),
  );
}

describe('what is missing', () => {
  it('comes when it is read, alone: a commit with its topmost folders, then a file, then older commits', async () => {
    deployment.file = 'apps/group/service/file';
    const oids = Array.from({ length: 40 }, (_, index) => deployment.publish('main', `text ${index}`));
    const head = oids.at(-1) ?? '';
    const { env, commands } = deployment.counting();
    const remote = await deployment.open({ env, isNarrow: true });
    await remote.refs();
    expect(await remote.tips([head])).toBe('present');
    expect(counts(remote)).toEqual({ commit: 1, tree: 3 });
    expect(commands().sort()).toEqual(['cat-file', 'fetch', 'ls-remote']);
    expect(await fileAt(remote, head)).toBe('text 39');
    expect(counts(remote)).toEqual({ blob: 1, commit: 1, tree: 4 });
    expect((await remote.objects.commit(oids[38] ?? '', 16)).parents).toEqual([oids[37]]);
    expect(counts(remote)).toEqual({ blob: 1, commit: 17, tree: 20 });
    // What is asked for at the same time comes together.
    commands();
    await Promise.all([1, 2, 3, 4].map(async (index) => fileAt(remote, oids[index] ?? '')));
    expect(commands()).toEqual(['fetch', 'fetch', 'fetch']);
    // Nothing is left locked or lying about, and another command finds it all.
    await remote.close();
    expect(readdirSync(remote.gitDirectory).sort()).toEqual(['HEAD', 'config', 'objects', 'refs', 'seen.json']);
    const later = await deployment.open({ env });
    commands();
    expect(await later.tips([head])).toBe('present');
    expect(await fileAt(later, head)).toBe('text 39');
    expect(commands()).toEqual(['cat-file']);
  });

  it('comes with its commit for a command that looks at all of it, but for large files', async () => {
    deployment.file = 'apps/group/service/file';
    const [small, large] = ['small', 'x'.repeat(20_000)].map((text) => deployment.publish('main', text));
    const { env, commands } = deployment.counting();
    const remote = await deployment.open({ env });
    expect(await remote.tips([small ?? '', large ?? ''])).toBe('present');
    expect(counts(remote)).toEqual({ blob: 1, commit: 2, tree: 8 });
    expect(await fileAt(remote, large ?? '')).toHaveLength(20_000);
    expect(commands().sort()).toEqual(['cat-file', 'fetch', 'fetch']);
  });

  it.each([
    ['in one round trip', 'was read', {}, ['cat-file', 'fetch', 'ls-remote']],
    [
      'piece by piece where little is read of it',
      'was read',
      { isNarrow: true },
      ['cat-file', 'fetch', 'fetch', 'fetch', 'ls-remote'],
    ],
    ['even where Git describes it by what is not here', 'was not read', {}, expect.arrayContaining(['fetch'])],
  ])('comes with all that changed since the ref was last seen, %s', async (_, before, access, expected) => {
    const text = Array.from({ length: 500 }, (_, line) => `line ${line}`).join('\n');
    deployment.file = 'apps/group/service/file';
    const first = deployment.publish('main', text);
    const earlier = await deployment.open();
    await earlier.refs();
    await earlier.tips([first]);
    if (before === 'was read') await fileAt(earlier, first);
    await earlier.close();
    const second = deployment.publish('main', `${text} changed`);
    // Only what is packed goes out as a difference to something else.
    deployment.scratch.git('deploy.git', 'repack', '--quiet', '-a', '-d');
    const { env, commands } = deployment.counting();
    const later = await deployment.open({ env, ...access });
    await later.refs();
    expect(await later.tips([second])).toBe('present');
    expect(await fileAt(later, second)).toBe(`${text} changed`);
    expect(commands().sort()).toEqual(expected);
  });

  it('comes with everything below where that is wanted, and is absent where the remote does not have it', async () => {
    const head = deployment.publish('main', 'one');
    const remote = await deployment.open();
    const { tree } = await remote.objects.commit(head);
    await remote.objects.below(tree);
    const other = await deployment.open({ cache: 'other' });
    await other.objects.below(tree);
    expect(counts(other)).toEqual({ blob: 1, tree: 1 });
    const absent = ['a', 'b', 'c'].map((digit) => digit.repeat(40));
    const found = await Promise.all([...absent, head, tree].map((oid) => other.objects.find(oid)));
    expect(found).toEqual([null, null, null, 'commit', 'tree']);
    await expect(other.objects.commit(absent[0] ?? '')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
  });

  it('comes in whole refs from a server that gives out nothing else, and then only what is new', async () => {
    const env = { ...deployment.scratch.env, ...OLD_PROTOCOL };
    const oids = Array.from({ length: 20 }, (_, index) => deployment.publish('main', `text ${index}`));
    const remote = await deployment.open({ env });
    await remote.refs();
    expect(await fileAt(remote, oids[3] ?? '')).toBe('text 3');
    expect(counts(remote)).toEqual({ blob: 20, commit: 20, tree: 20 });
    const next = deployment.publish('main', 'next');
    const { env: counting, commands } = deployment.counting();
    const later = await deployment.open({ env: { ...counting, ...OLD_PROTOCOL } });
    await later.refs();
    expect(await fileAt(later, next)).toBe('next');
    expect(commands().sort()).toEqual(['cat-file', 'fetch', 'ls-remote']);
    const [newest] = readdirSync(join(later.gitDirectory, 'objects/pack'))
      .filter((name) => name.endsWith('.pack'))
      .map((name) => join(later.gitDirectory, 'objects/pack', name))
      .sort((a, b) => statSync(a).size - statSync(b).size);
    const listed = deployment.scratch.git('', '--git-dir', later.gitDirectory, 'verify-pack', '-v', newest ?? '');
    expect(listed.match(/^[0-9a-f]{40} /gm)).toHaveLength(3);
    // What a ref has left is not noted for ever.
    const notes = ['for-each-ref', '--format=%(objectname)'];
    expect(deployment.scratch.git('', '--git-dir', later.gitDirectory, ...notes)).toBe(next);
  });

  it('comes in whole refs though one of those that were listed is gone', async () => {
    const head = deployment.publish('main', 'one');
    const gone = deployment.publish('gone', 'two');
    const remote = await deployment.open({ env: { ...deployment.scratch.env, ...OLD_PROTOCOL } });
    await remote.refs();
    deployment.scratch.git('deploy.git', 'update-ref', '-d', 'refs/heads/gone', gone);
    expect(await fileAt(remote, head)).toBe('one');
  });

  it('is found though the ref went on or was rewritten, until the server has dropped it', async () => {
    const first = deployment.publish('main', 'one');
    deployment.publish('main', 'two');
    expect(await (await deployment.open()).tips([first])).toBe('present');
    const third = deployment.publish('main', 'three');
    deployment.scratch.git('work', 'reset', '--quiet', '--hard', first);
    const fourth = deployment.publish('main', 'four', '--force');
    expect(await (await deployment.open({ cache: 'other' })).tips([third, fourth])).toBe('present');
    deployment.scratch.git('deploy.git', 'gc', '--quiet', '--prune=now');
    const remote = await deployment.open({ cache: 'third' });
    expect(await remote.tips([third, fourth])).toBe('moved');
    expect(await remote.tips([fourth])).toBe('present');
  });

  it.each([
    ['the new protocol', {}],
    ['the old one', OLD_PROTOCOL],
  ])('is safe for thirty at once on a cold cache, in %s', async (_, settings) => {
    for (let index = 0; index < 5; index += 1) deployment.publish('main', `text ${index}`);
    const head = deployment.publish('main', 'last');
    const env = { ...deployment.scratch.env, ...settings };
    const remotes = await Promise.all(Array.from({ length: 30 }, () => deployment.open({ env })));
    const texts = remotes.map(async (remote) => {
      await remote.refs();
      return fileAt(remote, head);
    });
    expect(new Set(await Promise.all(texts))).toEqual(new Set(['last']));
  });

  it('recovers after a kill -9 at any moment', async () => {
    for (let index = 0; index < 5; index += 1) deployment.publish('main', `${index} ${'text '.repeat(20_000)}${index}`);
    const head = deployment.publish('main', 'last');
    // Runs the real Git in a process group of its own, which then dies as a whole.
    const script = `#!${process.execPath}
      const { spawn } = require('node:child_process');
      const options = { detached: true, stdio: 'inherit', env: { ...process.env, PATH: process.env.REAL } };
      const child = spawn('git', process.argv.slice(2), options).on('exit', (code) => process.exit(code ?? 137));
      setTimeout(() => process.kill(-child.pid, 'SIGKILL'), Number(process.env.DELAY));
    `;
    const env = deployment.withGit('killer', script);
    let died = 0;
    for (let delay = 1; delay <= 25; delay += 2) {
      const cache = `cache-${delay}`;
      const victim = await deployment.open({ cache, env: { ...env, DELAY: `${delay}` } });
      await fileAt(victim, head).catch(() => (died += 1));
      const survivor = await deployment.open({ cache });
      expect(await fileAt(survivor, head)).toBe('last');
    }
    expect(died).toBeGreaterThan(0);
  });
});

describe('the cache', () => {
  it.each([
    ['its packs are gone', (cache: string) => rmSync(join(cache, 'objects/pack'), { recursive: true })],
    [
      'it notes what it never had',
      (cache: string) => writeFileSync(join(cache, 'packed-refs'), `${'a'.repeat(40)} refs/eleventh/known/x\n`),
    ],
    ['its notes are garbage', (cache: string) => writeFileSync(join(cache, 'packed-refs'), 'garbage\n')],
    ['its configuration is gone', (cache: string) => rmSync(join(cache, 'config'))],
  ])('serves on when %s', async (_, damage) => {
    for (const settings of [{}, OLD_PROTOCOL]) {
      const env = { ...deployment.scratch.env, ...settings };
      const first = deployment.publish('main', 'one');
      const before = await deployment.open({ env });
      await before.refs();
      await fileAt(before, first);
      await before.close();
      damage(before.gitDirectory);
      const second = deployment.publish('main', 'two');
      const remote = await deployment.open({ env });
      await remote.refs();
      expect(await fileAt(remote, second)).toBe('two');
      expect(await fileAt(remote, first)).toBe('one');
    }
  });

  it.each(['.pack', '.idx'])(
    'is called damaged when a %s file is cut off, and is whole after it was discarded',
    async (ending) => {
      const head = deployment.publish('main', 'one');
      const before = await deployment.open();
      await fileAt(before, head);
      for (const name of readdirSync(join(before.gitDirectory, 'objects/pack')).filter((each) =>
        each.endsWith(ending),
      )) {
        chmodSync(join(before.gitDirectory, 'objects/pack', name), 0o644);
        truncateSync(join(before.gitDirectory, 'objects/pack', name), 40);
      }
      const remote = await deployment.open();
      await fileAt(remote, head).catch(async (error) => {
        expect(error).toMatchObject({ code: 'OBJECT_MISSING' });
        await remote.discard();
      });
      expect(await fileAt(remote, head)).toBe('one');
    },
  );

  it('throws CACHE_UNWRITABLE when the disk takes no more', async () => {
    const noise = Array.from({ length: 20_000 }, (_, index) => (index * 7919).toString(36)).join(' ');
    const head = deployment.publish('main', noise);
    // A limit on the size of files fails in the same way, and needs no disk to be filled.
    const env = deployment.withGit('full', `#!/bin/sh\ntrap '' XFSZ\nulimit -f 8\nPATH="$REAL" exec git "$@"\n`);
    await expect(fileAt(await deployment.open({ env }), head)).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
      message: expect.stringContaining('File too large'),
      hint: expect.stringContaining('ELEVENTH_CACHE'),
    });
    expect(await fileAt(await deployment.open(), head)).toBe(noise);
  });
});
