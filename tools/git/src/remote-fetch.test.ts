import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { branch, Deployment } from '../test/deployment.ts';

let deployment: Deployment;
beforeEach(() => {
  deployment = new Deployment();
});
afterEach(() => deployment.remove());

describe('fetch', () => {
  it('brings whole histories, leaves no ref locks or FETCH_HEAD, and is not repeated', async () => {
    const first = deployment.publish('main', 'one');
    const second = deployment.publish('main', 'two');
    const { env, commands } = deployment.counting();
    const remote = await deployment.open({ env });
    expect(await remote.fetch([branch('main', second)])).toBe('present');
    expect(commands().sort()).toEqual(['cat-file', 'fetch']);
    expect((await remote.objects.commit(second)).parents).toEqual([first]);
    expect(await remote.objects.has(first)).toBe(true);
    expect(readdirSync(remote.gitDirectory).sort()).toEqual(['HEAD', 'config', 'objects', 'packed-refs', 'refs']);
    // Another command, later: nothing to do, and no process that does it.
    const later = await deployment.open({ env });
    await later.refs();
    expect(await later.fetch([branch('main', second)])).toBe('present');
    expect(commands()).toEqual(['ls-remote']);
  });

  it('offers what it has, so that only new objects travel', async () => {
    for (let index = 0; index < 20; index += 1) deployment.publish('main', `text ${index}`);
    const remote = await deployment.open();
    const before = (await remote.refs()).branches.get('main')!;
    await remote.fetch([branch('main', before)]);
    const packs = () => readdirSync(join(remote.gitDirectory, 'objects/pack')).filter((name) => name.endsWith('.pack'));
    const old = new Set(packs());
    const after = deployment.publish('main', 'next');
    await remote.refs();
    await remote.fetch([branch('main', after)]);
    const [pack] = packs().filter((name) => !old.has(name));
    const listed = deployment.scratch.git(
      '',
      '--git-dir',
      remote.gitDirectory,
      'verify-pack',
      '-v',
      join(remote.gitDirectory, 'objects/pack', pack!),
    );
    expect(listed.match(/^[0-9a-f]{40} /gm)).toHaveLength(3);
    // What a ref has left is not noted for ever.
    const notes = deployment.scratch.git(
      '',
      '--git-dir',
      remote.gitDirectory,
      'for-each-ref',
      '--format=%(objectname)',
    );
    expect(notes).toBe(after);
  });

  it('finds what it wants though the ref went on, and says when the ref was rewritten or deleted', async () => {
    const first = deployment.publish('main', 'one');
    deployment.publish('main', 'two');
    expect(await (await deployment.open()).fetch([branch('main', first)])).toBe('present');
    const third = deployment.publish('main', 'three');
    deployment.scratch.git('work', 'reset', '--quiet', '--hard', first);
    const fourth = deployment.publish('main', 'four', '--force');
    const remote = await deployment.open({ cache: 'other' });
    expect(await remote.fetch([branch('main', third)])).toBe('moved');
    expect(await remote.fetch([branch('gone', third), branch('main', fourth)])).toBe('moved');
    expect(await remote.fetch([branch('main', fourth)])).toBe('present');
  });

  it('is safe for thirty at once on a cold cache', async () => {
    for (let index = 0; index < 5; index += 1) deployment.publish('main', `text ${index}`);
    const head = deployment.publish('main', 'last');
    const remotes = await Promise.all(Array.from({ length: 30 }, () => deployment.open()));
    const results = await Promise.all(remotes.map((remote) => remote.fetch([branch('main', head)])));
    expect(new Set(results)).toEqual(new Set(['present']));
    expect(deployment.scratch.git('', '--git-dir', remotes[0]!.gitDirectory, 'rev-list', '--count', head)).toBe('6');
    expect(deployment.scratch.git('', '--git-dir', remotes[0]!.gitDirectory, 'fsck', '--strict', '--no-dangling')).toBe(
      '',
    );
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
      await victim.fetch([branch('main', head)]).catch(() => (died += 1));
      const survivor = await deployment.open({ cache });
      expect(await survivor.fetch([branch('main', head)])).toBe('present');
      expect(
        deployment.scratch.git('', '--git-dir', survivor.gitDirectory, 'rev-list', '--objects', '--count', head),
      ).toBe('18');
    }
    expect(died).toBeGreaterThan(0);
  });

  it.each([
    ['its packs are gone', (cache: string) => rmSync(join(cache, 'objects/pack'), { recursive: true })],
    [
      'a pack is cut off',
      (cache: string) => {
        const name = readdirSync(join(cache, 'objects/pack')).find((each) => each.endsWith('.pack'))!;
        chmodSync(join(cache, 'objects/pack', name), 0o644);
        truncateSync(join(cache, 'objects/pack', name), 40);
      },
    ],
    [
      'an index is cut off',
      (cache: string) => {
        const name = readdirSync(join(cache, 'objects/pack')).find((each) => each.endsWith('.idx'))!;
        chmodSync(join(cache, 'objects/pack', name), 0o644);
        truncateSync(join(cache, 'objects/pack', name), 40);
      },
    ],
    [
      'it notes what it never had',
      (cache: string) => writeFileSync(join(cache, 'packed-refs'), `${'a'.repeat(40)} refs/eleventh/known/x\n`),
    ],
    ['its notes are garbage', (cache: string) => writeFileSync(join(cache, 'packed-refs'), 'garbage\n')],
    ['its configuration is gone', (cache: string) => rmSync(join(cache, 'config'))],
  ])('makes a cache anew when %s', async (_, damage) => {
    const first = deployment.publish('main', 'one');
    const before = await deployment.open();
    await before.fetch([branch('main', first)]);
    damage(before.gitDirectory);
    const second = deployment.publish('main', 'two');
    const remote = await deployment.open();
    await remote.refs();
    expect(await remote.fetch([branch('main', second)])).toBe('present');
    expect(deployment.scratch.git('', '--git-dir', remote.gitDirectory, 'fsck', '--strict', '--no-dangling')).toBe('');
    expect((await remote.objects.commit(second)).parents).toEqual([first]);
    expect((await remote.objects.commit(first)).parents).toEqual([]);
    expect(readdirSync(join(deployment.scratch.path, 'cache'))).toHaveLength(1);
  });

  it('throws CACHE_UNWRITABLE when the disk takes no more', async () => {
    const noise = Array.from({ length: 20_000 }, (_, index) => (index * 7919).toString(36)).join(' ');
    const head = deployment.publish('main', noise);
    // A limit on the size of files fails in the same way, and needs no disk to be filled.
    const env = deployment.withGit('full', `#!/bin/sh\ntrap '' XFSZ\nulimit -f 8\nPATH="$REAL" exec git "$@"\n`);
    await expect((await deployment.open({ env })).fetch([branch('main', head)])).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
      message: expect.stringContaining('File too large'),
      hint: expect.stringContaining('ELEVENTH_CACHE'),
    });
    expect(await (await deployment.open()).fetch([branch('main', head)])).toBe('present');
  });

  it('packs a crowd of small files and drops none of them', async () => {
    const head = deployment.publish('main', 'one');
    const remote = await deployment.open();
    await remote.fetch([branch('main', head)]);
    const loose = execFileSync('git', ['--git-dir', remote.gitDirectory, 'hash-object', '-w', '--stdin'], {
      env: deployment.scratch.env,
      input: 'unreachable',
    });
    const shelf = join(remote.gitDirectory, 'objects/17');
    mkdirSync(shelf, { recursive: true });
    for (let index = 0; index < 30; index += 1) writeFileSync(join(shelf, `tmp_obj_${index}`), '');
    const next = deployment.publish('main', 'two');
    await remote.fetch([branch('main', next)]);
    const counts = deployment.scratch.git('', '--git-dir', remote.gitDirectory, 'count-objects', '-v');
    expect(counts).toContain('count: 0\n');
    expect(
      deployment.scratch.git('', '--git-dir', remote.gitDirectory, 'cat-file', 'blob', loose.toString().trim()),
    ).toBe('unreachable');
  });
});
