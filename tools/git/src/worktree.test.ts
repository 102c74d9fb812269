import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesBelow, type Snapshot } from '@eleventh/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { openWorktree } from './worktree.ts';

let scratch: Scratch;
beforeAll(() => {
  scratch = createScratch();
});
afterAll(() => scratch.remove());

/** Returns the path of a new checkout with these files, committed. */
function checkout(name: string, files: Readonly<Record<string, string>>): string {
  const folder = scratch.checkout(name);
  write(folder, files);
  scratch.git(name, 'add', '--all', '--force');
  scratch.git(name, 'commit', '--quiet', '--allow-empty', '--message=Begin');
  return folder;
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Returns what somebody makes of the snapshot of a checkout's files. */
async function looked<T>(folder: string, look: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const worktree = await openWorktree(folder, scratch.env);
  try {
    return await look(await worktree.view.snapshot((await worktree.view.commit(worktree.commit)).tree));
  } finally {
    await worktree.close();
  }
}

/** Returns the tree that Git makes of a checkout when everything on disk is added to a copy of its index. */
function gitTree(folder: string): string {
  const env = { ...scratch.env, GIT_INDEX_FILE: join(scratch.path, 'other-index') };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim();
  execFileSync('cp', [join(folder, '.git/index'), env.GIT_INDEX_FILE]);
  git('add', '--all');
  return git('write-tree');
}

describe('openWorktree', () => {
  it('reads what is on disk, committed or not, and neither what is ignored nor what is gone', async () => {
    const folder = checkout('plain', { '.gitignore': 'dist/\n', 'apps/a': 'old', 'apps/b': 'same', 'apps/gone': '' });
    write(folder, { 'apps/a': 'new', 'apps/new/c': 'untracked', 'dist/x': 'ignored' });
    rmSync(join(folder, 'apps/gone'));
    const found = await looked(folder, (snapshot) => filesBelow(snapshot, 'apps'));
    const texts = [...found].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]);
    expect(texts).toEqual([
      ['a', 'new'],
      ['b', 'same'],
      ['new/c', 'untracked'],
    ]);
    expect(await looked(folder, async (snapshot) => snapshot.entry('dist'))).toBeNull();
  });

  it('is asked from a folder below, and leaves the index and the objects as they are', async () => {
    const folder = checkout('below', { 'apps/a': 'old' });
    const inside = () => readdirSync(join(folder, '.git'), { recursive: true, encoding: 'utf8' }).sort();
    write(folder, { 'apps/a': 'new' });
    scratch.git('below', 'add', 'apps/a');
    rmSync(join(folder, 'apps/a'));
    const [staged, before] = [scratch.git('below', 'ls-files', '--stage'), inside()];
    expect(await looked(join(folder, 'apps'), async (snapshot) => snapshot.list(''))).toEqual([]);
    expect([scratch.git('below', 'ls-files', '--stage'), inside()]).toEqual([staged, before]);
  });

  it('stands on the commit that is checked out, under an id that equal files have again', async () => {
    const folder = checkout('again', { a: '1' });
    write(folder, { a: '2' });
    const [first, second] = await Promise.all([openWorktree(folder, scratch.env), openWorktree(folder, scratch.env)]);
    expect(first.commit).toBe(second.commit);
    expect((await first.view.commit(first.commit)).parents).toEqual([first.base]);
    expect(first.base).toBe(scratch.git('again', 'rev-parse', 'HEAD'));
    await Promise.all([first.close(), second.close()]);
  });

  it('knows a checkout without any commit', async () => {
    const folder = scratch.checkout('unborn');
    write(folder, { 'apps/a': '1' });
    scratch.git('unborn', 'add', '--all');
    expect(await looked(folder, async (snapshot) => snapshot.tree)).toBe(scratch.git('unborn', 'write-tree'));
  });

  it('leaves submodules as they were committed, and repositories inside out', async () => {
    const inner = checkout('inner', { x: '1' });
    const folder = checkout('outer', { a: '1' });
    scratch.git('outer', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub');
    scratch.git('outer', 'commit', '--quiet', '--message=Add a submodule');
    const committed = scratch.git('outer', 'rev-parse', 'HEAD^{tree}');
    write(folder, { 'sub/x': '2' });
    scratch.git('outer', 'init', '--quiet', 'stray');
    write(folder, { 'stray/y': '3' });
    expect(await looked(folder, async (snapshot) => snapshot.tree)).toBe(committed);
  });

  it('refuses a file that nobody could name', async () => {
    const folder = checkout('bytes', { a: '1' });
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from([0xff])]), '2');
    const opened = openWorktree(folder, scratch.env);
    await expect(opened).rejects.toMatchObject({ code: 'UNREADABLE_FILE', details: { path: 'b\ufffd' } });
  });

  it('refuses a folder that is no checkout', async () => {
    mkdirSync(join(scratch.path, 'nothing'));
    const bare = scratch.bare('bare.git');
    for (const folder of [join(scratch.path, 'nothing'), bare, join(scratch.path, 'absent')]) {
      await expect(openWorktree(folder, scratch.env)).rejects.toMatchObject({ code: 'NO_CHECKOUT', exitCode: 2 });
    }
  });

  it('has the tree ids that Git gives', async () => {
    const name = fc.constantFrom('a', 'b', 'a.b', 'ä', 'a b', 'Z');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const kind = fc.constantFrom('file', 'executable', 'link', 'gone', 'staged', 'ignored', 'forgotten');
    const acts = fc.array(fc.record({ path, kind, text: fc.constantFrom('', 'one', 'two\r\n') }), { maxLength: 8 });
    const start = fc.dictionary(name, fc.constantFrom('one', 'two'), { maxKeys: 4 });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(start, acts, async (files, changes) => {
        count += 1;
        const repository = `random-${count}`;
        const folder = checkout(repository, { ...files, 'deep/er/file': 'kept', '.gitattributes': '* -text\n' });
        for (const change of changes) act(repository, folder, change);
        const tree = await looked(folder, async (snapshot) => snapshot.tree);
        expect(tree).toBe(gitTree(folder));
        rmSync(folder, { recursive: true, force: true });
      }),
      { numRuns: 60 },
    );
  });
});

/** Does to a checkout what a person may do; what the files that are there do not allow is left out. */
function act(repository: string, folder: string, { path, kind, text }: Record<'path' | 'kind' | 'text', string>): void {
  const file = join(folder, path);
  try {
    if (kind === 'ignored') {
      write(folder, { '.gitignore': `/${path}\n` });
      return;
    }
    rmSync(file, { recursive: true, force: true });
    if (kind === 'gone') return;
    mkdirSync(dirname(file), { recursive: true });
    if (kind === 'link') symlinkSync(text === '' ? 'nowhere' : text.trim(), file);
    else writeFileSync(file, text);
    if (kind === 'executable') chmodSync(file, 0o755);
    if (kind === 'staged') scratch.git(repository, 'add', '--force', '--', path);
    if (kind === 'forgotten') scratch.git(repository, 'rm', '--quiet', '-r', '--cached', '--', path);
  } catch {
    // A file stands where a folder would have to, or Git does not know the path.
  }
}
