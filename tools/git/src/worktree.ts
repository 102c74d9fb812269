import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { EleventhError, EMPTY_TREE, type Oid, quoted, usageError, type View } from '@eleventh/core';
import { readRefs } from './clone.ts';
import { type Environment, runGit } from './git-process.ts';
import { encodeCommit, type GitObject, gitObject } from './object-format.ts';
import { ObjectReader } from './object-reader.ts';
import { Objects } from './objects.ts';
import { FILE_MODE } from './tree.ts';
import { editTree, type TreeChange } from './tree-edit.ts';
import { viewOf } from './views.ts';
import { type Difference, parseStatus, STATUS_ARGUMENTS } from './worktree-status.ts';

/** What stands in a checkout's folder at one moment, committed or not. */
export interface Worktree {
  /** The refs of the checkout, a branch as its `origin` had it; and its objects, with those of the files on disk. */
  readonly view: View;
  /** A commit in the view that nobody made and nothing stores: the files on disk, on top of what is checked out. */
  readonly commit: Oid;
  /** The commit that is checked out, or null before the first one. */
  readonly base: Oid | null;
  close(): Promise<void>;
}

/** Who would have made the commit, were it one: the same for everybody, so that equal files have an equal id. */
const NOBODY = { name: 'worktree', email: 'worktree@localhost', time: 0, zone: '+0000' };

/**
 * Returns the files of the checkout that a folder belongs to, as they are on disk: those that Git tracks, and others
 * that it does not ignore. Nothing is written, the index neither; what did not change is read from Git's objects, so that
 * only the other files are read. Ids are those that Git would give, as long as no filter (`core.autocrlf`, LFS) would
 * change a file that is not committed yet: its bytes count as they are. Throws `NO_CHECKOUT`, and `UNREADABLE_FILE`.
 */
export async function openWorktree(folder: string, env: Environment): Promise<Worktree> {
  const ask = (...args: string[]) => runGit(args, { env, cwd: folder });
  const [where, head, status, { named }] = await Promise.all([
    ask('rev-parse', '--path-format=absolute', '--git-dir', '--show-toplevel'),
    ask('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
    ask(...STATUS_ARGUMENTS),
    readRefs(ask),
  ]);
  const [gitDirectory = '', root = ''] = where.stdout.split('\n');
  if (where.exitCode !== 0 || status.exitCode !== 0) {
    throw usageError('NO_CHECKOUT', `${quoted(folder)} is not in a checkout of a repository.`, 'git clone <url>');
  }
  const objects = new Objects(new ObjectReader(gitDirectory, env));
  const base = head.exitCode === 0 ? head.stdout.trim() : null;
  try {
    const tree = base === null ? EMPTY_TREE : (await objects.commit(base)).tree;
    const commit = encodeCommit({
      tree: await treeOnDisk(objects, tree, root, parseStatus(status.stdout)),
      parents: base === null ? [] : [base],
      author: NOBODY,
      committer: NOBODY,
      message: 'Files on disk',
    });
    objects.add([commit]);
    return { view: viewOf(objects, named), commit: commit.oid, base, close: () => objects.close() };
  } catch (error) {
    await objects.close();
    throw error;
  }
}

/** Returns the tree that a checkout's files make, and adds its new objects to the others. */
async function treeOnDisk(objects: Objects, base: Oid, root: string, differences: readonly Difference[]): Promise<Oid> {
  const gone: TreeChange[] = [];
  const there: TreeChange[] = [];
  for (let first = 0; first < differences.length; first += SIDE_BY_SIDE) {
    const some = differences.slice(first, first + SIDE_BY_SIDE);
    for (const [index, found] of (await Promise.all(some.map((one) => onDisk(root, one)))).entries()) {
      const path = some[index]?.path ?? '';
      if (found === null) gone.push({ path, put: null });
      else there.push({ path, put: { mode: found.mode, oid: found.blob.oid } });
      if (found !== null) objects.add([found.blob]);
    }
  }
  // What is gone goes first: a folder may stand where a file was.
  const edited = await editTree(objects, base, [...gone, ...there]);
  objects.add(edited.objects);
  return edited.tree;
}

/** How many files are open at once: everything may have changed. */
const SIDE_BY_SIDE = 64;

const LINK_MODE = '120000';
const EXECUTABLE_MODE = '100755';

/** Returns what stands at a path, or null when nothing does (any more). */
async function onDisk(root: string, { path, mode }: Difference): Promise<{ mode: string; blob: GitObject } | null> {
  if (mode === null) return null;
  const file = join(root, path);
  try {
    const now = mode === 'untracked' ? await modeOf(file) : mode;
    const content = now === LINK_MODE ? await readlink(file, 'buffer') : await readFile(file);
    return { mode: now, blob: gitObject('blob', content) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !path.includes('\ufffd')) return null;
    throw new EleventhError('UNREADABLE_FILE', `${quoted(path)} in the checkout cannot be read: ${message}.`, {
      hint: 'Make it readable, remove it, or name it in .gitignore.',
      details: { path },
      cause,
    });
  }
}

/** Returns the mode that Git gives a file which it does not know yet. */
async function modeOf(file: string): Promise<string> {
  const found = await lstat(file);
  if (found.isSymbolicLink()) return LINK_MODE;
  return (found.mode & 0o100) === 0 ? FILE_MODE : EXECUTABLE_MODE;
}
