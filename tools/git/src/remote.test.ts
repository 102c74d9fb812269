import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_TREE, type Oid } from '@eleventh/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScratch, PERSON, type Scratch } from '../test/scratch.ts';
import { draftObjects } from './commits.ts';
import type { Environment } from './git-process.ts';
import { Remote, type WantedRef } from './remote.ts';
import { editTree } from './tree-edit.ts';

let scratch: Scratch;
let url: string;
let opened: Remote[];

beforeEach(() => {
  scratch = createScratch();
  url = scratch.bare('deploy.git');
  scratch.checkout('work');
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((remote) => remote.close()));
  scratch.remove();
});

async function open(options: { url?: string; cache?: string; env?: Environment } = {}): Promise<Remote> {
  const cacheDirectory = join(scratch.path, options.cache ?? 'cache');
  const remote = await Remote.open({ url, env: scratch.env, ...options, cacheDirectory });
  opened.push(remote);
  return remote;
}

/** Commits a file in the work tree and pushes the branch; returns the commit. */
function publish(branch: string, text: string, ...options: string[]): Oid {
  writeFileSync(join(scratch.path, 'work/file'), text);
  scratch.git('work', 'add', '.');
  scratch.git('work', 'commit', '--quiet', '-m', text);
  scratch.git('work', 'push', '--quiet', ...options, url, `HEAD:refs/heads/${branch}`);
  return scratch.git('work', 'rev-parse', 'HEAD');
}

/** Writes a commit into the cache that adds a file to a parent, and returns it. */
async function draft(remote: Remote, parent: Oid | null, path: string): Promise<Oid> {
  const base = parent === null ? EMPTY_TREE : (await remote.objects.commit(parent)).tree;
  const tree = await editTree(remote.objects, base, [{ path, put: { file: path } }]);
  const { commits, objects } = draftObjects([{ parent, tree, message: path, author: PERSON, committer: PERSON }]);
  await remote.write(objects);
  return commits[0]!;
}

const branch = (name: string, oid: Oid): WantedRef => ({ ref: `refs/heads/${name}`, oid });
const at = (ref: string) => scratch.git('deploy.git', 'for-each-ref', '--format=%(objectname)', ref) || null;

/** Returns an environment whose `git` writes down what it is asked, so that processes can be counted. */
function counting(): { env: Environment; commands: () => string[] } {
  const folder = join(scratch.path, 'counting');
  mkdirSync(folder);
  writeFileSync(join(folder, 'git'), `#!/bin/sh\necho "$1" >> '${folder}/log'\nPATH="$REAL" exec git "$@"\n`);
  chmodSync(join(folder, 'git'), 0o755);
  const commands = () => {
    const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
    rmSync(join(folder, 'log'));
    return lines.filter((line) => line !== 'version');
  };
  return { env: { ...scratch.env, PATH: `${folder}:${scratch.env.PATH}`, REAL: scratch.env.PATH }, commands };
}

describe('refs', () => {
  it('are the branches, the tags and HEAD', async () => {
    const first = publish('main', 'one');
    const second = publish('env/staging', 'two');
    scratch.git('work', 'tag', '-a', 'v1.0.0', '-m', 'notes');
    scratch.git('work', 'push', '--quiet', url, 'v1.0.0', `${first}:refs/tags/light`);
    const refs = await (await open()).refs();
    expect(refs.head).toBe('main');
    expect(Object.fromEntries(refs.branches)).toEqual({ main: first, 'env/staging': second });
    expect(refs.tags.get('v1.0.0')).toEqual({ oid: scratch.git('work', 'rev-parse', 'v1.0.0'), commit: second });
    expect(refs.tags.get('light')).toEqual({ oid: first, commit: first });
  });

  it('are empty for an empty repository, and have no head when HEAD names what is not there', async () => {
    const remote = await open();
    expect(await remote.refs()).toEqual({ head: null, branches: new Map(), tags: new Map() });
    publish('other', 'one');
    expect((await remote.refs()).head).toBeNull();
  });

  it.each([
    ['a folder that is not there', '/nowhere/x.git', 'REPOSITORY_NOT_FOUND'],
    ['a folder that is no repository', '/', 'REPOSITORY_NOT_FOUND'],
    ['a host that is not there', 'https://ada:s3cr3t@nowhere.invalid/x.git', 'REPOSITORY_UNREACHABLE'],
    ['a closed port', 'http://ada:s3cr3t@127.0.0.1:9/x.git', 'REPOSITORY_UNREACHABLE'],
  ])('throw for %s', async (_, address, code) => {
    const error = await (await open({ url: address })).refs().catch((thrown) => thrown);
    expect(error).toMatchObject({ code, exitCode: 1, hint: expect.stringMatching(/^git ls-remote \S+$/) });
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toContain('s3cr3t');
    expect(error.message).not.toContain('Please make sure');
  });

  it('throw for an SSH server that says no', async () => {
    const script = 'sh -c \'echo "git@example.com: Permission denied (publickey)." >&2; exit 255\'';
    const remote = await open({ url: 'git@example.com:acme/x.git', env: { ...scratch.env, GIT_SSH_COMMAND: script } });
    await expect(remote.refs()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message:
        'The repository git@example.com:acme/x.git may not be read: git@example.com: Permission denied (publickey).',
      hint: 'git ls-remote git@example.com:acme/x.git',
    });
  });

  it('throw for a protocol that the configuration smuggles in', async () => {
    const marker = join(scratch.path, 'owned');
    const env = {
      ...scratch.env,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'protocol.ext.allow',
      GIT_CONFIG_VALUE_0: 'always',
      GIT_CONFIG_KEY_1: `url.ext::touch ${marker} .insteadOf`,
      GIT_CONFIG_VALUE_1: 'https://example.com/',
    };
    const remote = await open({ url: 'https://example.com/x', env });
    await expect(remote.refs()).rejects.toMatchObject({ code: 'BAD_REPOSITORY' });
    expect(readdirSync(scratch.path)).not.toContain('owned');
  });

  it('throw for an old Git, whatever it prints', async () => {
    const folder = join(scratch.path, 'old');
    mkdirSync(folder);
    writeFileSync(join(folder, 'git'), '#!/bin/sh\necho git version 2.30.0\n');
    chmodSync(join(folder, 'git'), 0o755);
    const remote = await open({ env: { ...scratch.env, PATH: `${folder}:${scratch.env.PATH}` } });
    await expect(remote.refs()).rejects.toMatchObject({ code: 'GIT_TOO_OLD' });
  });

  it('throw without Git', async () => {
    await expect((await open({ env: { PATH: '/nowhere' } })).refs()).rejects.toMatchObject({ code: 'GIT_NOT_FOUND' });
  });
});

describe('open', () => {
  it.each(['--upload-pack=touch owned', 'ext::sh -c true', ''])('refuses %j before any Git runs', async (address) => {
    await expect(open({ url: address, env: { PATH: '/nowhere' } })).rejects.toMatchObject({ code: 'BAD_REPOSITORY' });
  });
});

describe('fetch', () => {
  it('brings whole histories, leaves no ref locks or FETCH_HEAD, and is not repeated', async () => {
    const first = publish('main', 'one');
    const second = publish('main', 'two');
    const { env, commands } = counting();
    const remote = await open({ env });
    expect(await remote.fetch([branch('main', second)])).toBe('present');
    expect(commands().sort()).toEqual(['cat-file', 'fetch']);
    expect((await remote.objects.commit(second)).parents).toEqual([first]);
    expect(await remote.objects.has(first)).toBe(true);
    expect(readdirSync(remote.gitDirectory).sort()).toEqual(['HEAD', 'config', 'objects', 'packed-refs', 'refs']);
    // Another command, later: nothing to do, and no process that does it.
    const later = await open({ env });
    await later.refs();
    expect(await later.fetch([branch('main', second)])).toBe('present');
    expect(commands()).toEqual(['ls-remote']);
  });

  it('offers what it has, so that only new objects travel', async () => {
    for (let index = 0; index < 20; index += 1) publish('main', `text ${index}`);
    const remote = await open();
    const before = (await remote.refs()).branches.get('main')!;
    await remote.fetch([branch('main', before)]);
    const packs = () => readdirSync(join(remote.gitDirectory, 'objects/pack')).filter((name) => name.endsWith('.pack'));
    const old = new Set(packs());
    const after = publish('main', 'next');
    await remote.refs();
    await remote.fetch([branch('main', after)]);
    const [pack] = packs().filter((name) => !old.has(name));
    const listed = scratch.git(
      '',
      '--git-dir',
      remote.gitDirectory,
      'verify-pack',
      '-v',
      join(remote.gitDirectory, 'objects/pack', pack!),
    );
    expect(listed.match(/^[0-9a-f]{40} /gm)).toHaveLength(3);
    // What a ref has left is not noted for ever.
    const notes = scratch.git('', '--git-dir', remote.gitDirectory, 'for-each-ref', '--format=%(objectname)');
    expect(notes).toBe(after);
  });

  it('finds what it wants though the ref went on, and says when the ref was rewritten or deleted', async () => {
    const first = publish('main', 'one');
    publish('main', 'two');
    expect(await (await open()).fetch([branch('main', first)])).toBe('present');
    const third = publish('main', 'three');
    scratch.git('work', 'reset', '--quiet', '--hard', first);
    const fourth = publish('main', 'four', '--force');
    const remote = await open({ cache: 'other' });
    expect(await remote.fetch([branch('main', third)])).toBe('moved');
    expect(await remote.fetch([branch('gone', third), branch('main', fourth)])).toBe('moved');
    expect(await remote.fetch([branch('main', fourth)])).toBe('present');
  });

  it('is safe for thirty at once on a cold cache', async () => {
    for (let index = 0; index < 5; index += 1) publish('main', `text ${index}`);
    const head = publish('main', 'last');
    const remotes = await Promise.all(Array.from({ length: 30 }, () => open()));
    const results = await Promise.all(remotes.map((remote) => remote.fetch([branch('main', head)])));
    expect(new Set(results)).toEqual(new Set(['present']));
    expect(scratch.git('', '--git-dir', remotes[0]!.gitDirectory, 'rev-list', '--count', head)).toBe('6');
    expect(scratch.git('', '--git-dir', remotes[0]!.gitDirectory, 'fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('recovers after a kill -9 at any moment', async () => {
    for (let index = 0; index < 5; index += 1) publish('main', `${index} ${'text '.repeat(20_000)}${index}`);
    const head = publish('main', 'last');
    const folder = join(scratch.path, 'killer');
    mkdirSync(folder);
    // Runs the real Git in a process group of its own, which then dies as a whole.
    const script = `#!${process.execPath}
      const { spawn } = require('node:child_process');
      const options = { detached: true, stdio: 'inherit', env: { ...process.env, PATH: process.env.REAL } };
      const child = spawn('git', process.argv.slice(2), options).on('exit', (code) => process.exit(code ?? 137));
      setTimeout(() => process.kill(-child.pid, 'SIGKILL'), Number(process.env.DELAY));
    `;
    writeFileSync(join(folder, 'git'), script);
    chmodSync(join(folder, 'git'), 0o755);
    const env = { ...scratch.env, PATH: `${folder}:${scratch.env.PATH}`, REAL: scratch.env.PATH };
    let died = 0;
    for (let delay = 1; delay <= 25; delay += 2) {
      const cache = `cache-${delay}`;
      const victim = await open({ cache, env: { ...env, DELAY: `${delay}` } });
      await victim.fetch([branch('main', head)]).catch(() => (died += 1));
      const survivor = await open({ cache });
      expect(await survivor.fetch([branch('main', head)])).toBe('present');
      expect(scratch.git('', '--git-dir', survivor.gitDirectory, 'rev-list', '--objects', '--count', head)).toBe('18');
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
    const first = publish('main', 'one');
    const before = await open();
    await before.fetch([branch('main', first)]);
    damage(before.gitDirectory);
    const second = publish('main', 'two');
    const remote = await open();
    await remote.refs();
    expect(await remote.fetch([branch('main', second)])).toBe('present');
    expect(scratch.git('', '--git-dir', remote.gitDirectory, 'fsck', '--strict', '--no-dangling')).toBe('');
    expect((await remote.objects.commit(second)).parents).toEqual([first]);
    expect((await remote.objects.commit(first)).parents).toEqual([]);
    expect(readdirSync(join(scratch.path, 'cache'))).toHaveLength(1);
  });

  it('packs a crowd of small files and drops none of them', async () => {
    const head = publish('main', 'one');
    const remote = await open();
    await remote.fetch([branch('main', head)]);
    const loose = execFileSync('git', ['--git-dir', remote.gitDirectory, 'hash-object', '-w', '--stdin'], {
      env: scratch.env,
      input: 'unreachable',
    });
    const shelf = join(remote.gitDirectory, 'objects/17');
    mkdirSync(shelf, { recursive: true });
    for (let index = 0; index < 30; index += 1) writeFileSync(join(shelf, `tmp_obj_${index}`), '');
    const next = publish('main', 'two');
    await remote.fetch([branch('main', next)]);
    const counts = scratch.git('', '--git-dir', remote.gitDirectory, 'count-objects', '-v');
    expect(counts).toContain('count: 0\n');
    expect(scratch.git('', '--git-dir', remote.gitDirectory, 'cat-file', 'blob', loose.toString().trim())).toBe(
      'unreachable',
    );
  });
});

describe('push', () => {
  it('moves and makes refs together, as plain Git would see them', async () => {
    const main = publish('main', 'one');
    const { env, commands } = counting();
    const remote = await open({ env });
    await remote.fetch([branch('main', main)]);
    commands();
    const next = await draft(remote, main, 'apps/a/x');
    const root = await draft(remote, null, 'apps/b/y');
    const updates = [
      { ref: 'refs/heads/main', expected: main, value: next },
      { ref: 'refs/heads/env/staging', expected: null, value: root },
      { ref: 'refs/tags/v1.0.0', expected: null, value: next },
    ];
    expect(await remote.push(updates)).toEqual({ kind: 'accepted' });
    expect([at('refs/heads/main'), at('refs/heads/env/staging'), at('refs/tags/v1.0.0')]).toEqual([next, root, next]);
    expect(scratch.git('deploy.git', 'fsck', '--strict')).toBe('');
    // What was pushed is known: neither this command nor the next one fetches it.
    await remote.refs();
    expect(await remote.fetch([branch('main', next), branch('env/staging', root)])).toBe('present');
    expect(commands().filter((command) => command !== 'cat-file')).toEqual(['push', 'ls-remote']);
    // The same again is what is there already.
    expect(await remote.push(updates)).toEqual({ kind: 'accepted' });
  });

  it('moves nothing when one ref is not where it was expected', async () => {
    const first = publish('main', 'one');
    const remote = await open();
    await remote.fetch([branch('main', first)]);
    const mine = await draft(remote, first, 'mine');
    const theirs = publish('main', 'two');
    const update = { ref: 'refs/heads/main', expected: first, value: mine };
    const tag = { ref: 'refs/tags/v1', expected: null, value: mine };
    expect(await remote.push([update])).toEqual({ kind: 'stale' });
    expect(await remote.push([update, tag])).toEqual({ kind: 'stale' });
    expect(await remote.push([{ ...update, expected: null }])).toEqual({ kind: 'stale' });
    expect(await remote.push([{ ref: 'refs/heads/gone', expected: first, value: mine }, tag])).toEqual({
      kind: 'stale',
    });
    expect([at('refs/heads/main'), at('refs/tags/v1'), at('refs/heads/gone')]).toEqual([theirs, null, null]);
  });

  it('lets one of many win, and loses no commit of the others', async () => {
    let expected = publish('main', 'one');
    const remotes = await Promise.all(Array.from({ length: 12 }, () => open()));
    await Promise.all(remotes.map((remote) => remote.fetch([branch('main', expected)])));
    let waiting = remotes.map((remote, index) => ({ remote, path: `file-${index}` }));
    while (waiting.length > 0) {
      const outcomes = await Promise.all(
        waiting.map(async ({ remote, path }) => {
          await remote.fetch([branch('main', expected)]);
          return remote.push([{ ref: 'refs/heads/main', expected, value: await draft(remote, expected, path) }]);
        }),
      );
      expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'stale')).toHaveLength(waiting.length - 1);
      waiting = waiting.filter((_, index) => outcomes[index]?.kind !== 'accepted');
      expected = at('refs/heads/main')!;
    }
    expect(scratch.git('deploy.git', 'rev-list', '--count', 'main')).toBe('13');
    expect(scratch.git('deploy.git', 'ls-tree', '--name-only', 'main').split('\n')).toHaveLength(13);
  });

  it("is stale when a ref moves while the server is at it, and refused in the server's words", async () => {
    const first = publish('main', 'one');
    const remote = await open();
    await remote.fetch([branch('main', first)]);
    const mine = await draft(remote, first, 'mine');
    const theirs = publish('other', 'two');
    const hook = (name: string, script: string) => {
      writeFileSync(join(url, 'hooks', name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(url, 'hooks', name), 0o755);
    };
    const updates = [
      { ref: 'refs/heads/main', expected: first, value: mine },
      { ref: 'refs/tags/v1', expected: null, value: mine },
    ];
    hook('update', `unset GIT_QUARANTINE_PATH; [ $1 = refs/heads/main ] && git update-ref $1 ${theirs}; exit 0`);
    expect(await remote.push(updates)).toEqual({ kind: 'stale' });
    scratch.git('deploy.git', 'update-ref', 'refs/heads/main', first);
    expect(await remote.push(updates.slice(0, 1))).toEqual({ kind: 'stale' });
    scratch.git('deploy.git', 'update-ref', 'refs/heads/main', first);
    hook('update', 'exit 0');
    hook('pre-receive', 'echo "Protected: ask the release engineers."; exit 1');
    const words = 'pre-receive hook declined\nProtected: ask the release engineers.';
    expect(await remote.push(updates)).toEqual({ kind: 'refused', message: words });
    expect([at('refs/heads/main'), at('refs/tags/v1')]).toEqual([first, null]);
  });

  it('is refused where a branch cannot be', async () => {
    const first = publish('env', 'one');
    const remote = await open();
    await remote.fetch([branch('env', first)]);
    const outcome = await remote.push([{ ref: 'refs/heads/env/x', expected: null, value: first }]);
    expect(outcome).toMatchObject({ kind: 'refused', message: expect.stringContaining("'refs/heads/env' exists") });
    const work = await open({ url: join(scratch.path, 'work') });
    await work.fetch([branch('main', first)]);
    const checkedOut = await work.push([
      { ref: 'refs/heads/main', expected: first, value: await draft(work, first, 'x') },
    ]);
    expect(checkedOut).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('branch is currently checked out'),
    });
  });

  it("is not changed by the user's own push settings or hooks", async () => {
    const first = publish('main', 'one');
    const hooks = join(scratch.path, 'hooks');
    mkdirSync(hooks);
    writeFileSync(join(hooks, 'pre-push'), '#!/bin/sh\nexit 1\n');
    chmodSync(join(hooks, 'pre-push'), 0o755);
    const configuration = join(scratch.path, 'gitconfig');
    const settings =
      '[push]\ngpgSign=true\nfollowTags=true\nrecurseSubmodules=check\nuseForceIfIncludes=true\ndefault=nothing\n';
    writeFileSync(configuration, `[core]\nhooksPath=${hooks}\n${settings}[color]\nui=always\n[commit]\ngpgSign=true\n`);
    const remote = await open({ env: { ...scratch.env, GIT_CONFIG_GLOBAL: configuration } });
    await remote.fetch([branch('main', first)]);
    const next = await draft(remote, first, 'x');
    expect(await remote.push([{ ref: 'refs/heads/main', expected: first, value: next }])).toEqual({ kind: 'accepted' });
    expect(await remote.push([{ ref: 'refs/heads/main', expected: first, value: first }])).toEqual({ kind: 'stale' });
  });

  it('throws when the repository is gone or an object was never written', async () => {
    const first = publish('main', 'one');
    const remote = await open();
    await remote.fetch([branch('main', first)]);
    const next = await draft(remote, first, 'x');
    const absent = { ref: 'refs/heads/main', expected: first, value: 'a'.repeat(40) };
    await expect(remote.push([absent])).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    rmSync(url, { recursive: true });
    await expect(remote.push([{ ref: 'refs/heads/main', expected: first, value: next }])).rejects.toMatchObject({
      code: 'REPOSITORY_NOT_FOUND',
    });
  });
});

describe('write', () => {
  it('throws CACHE_UNWRITABLE when the cache has become a place where nothing can be written', async () => {
    const remote = await open();
    rmSync(remote.gitDirectory, { recursive: true });
    writeFileSync(remote.gitDirectory, '');
    await expect(draft(remote, null, 'x')).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
      hint: expect.stringContaining('ELEVENTH_CACHE'),
    });
  });
});
