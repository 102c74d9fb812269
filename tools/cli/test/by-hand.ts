import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from './world.ts';

/** A remote, and with what environment Git works on it. */
export type Remote = Pick<World, 'remote' | 'root' | 'env'>;

/** What somebody with plain Git puts at a path: a file, an entry of any mode, a whole tree, or (null) nothing. */
export type Put =
  | string
  | { readonly mode: '100644' | '100755' | '120000'; readonly content: string }
  | { readonly commit: string }
  | { readonly tree: string }
  | null;

interface Commit {
  readonly message?: string;
  /** Absent: the branch's head. */
  readonly parents?: readonly string[];
  /** The tree to start from; absent: the first parent's. */
  readonly base?: string;
}

/** Runs plain git on the remote itself, as somebody may who can push anything, and returns what it prints. */
export function plumb(world: Remote, args: readonly string[], input: string | Uint8Array = ''): string {
  const env = { ...world.env, GIT_INDEX_FILE: join(world.root, 'by-hand.index') };
  return execFileSync('git', args, { cwd: world.remote, env, input, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function blob(world: Remote, put: string | { readonly mode: string; readonly content: string }): string {
  const { mode, content } = typeof put === 'string' ? { mode: '100644', content: put } : put;
  return `${mode},${plumb(world, ['hash-object', '-w', '--stdin'], content)}`;
}

/** Returns the commit with some paths changed; it stands on no ref. */
export function craft(
  world: Remote,
  puts: Readonly<Record<string, Put>>,
  commit: Commit & { parents: readonly string[] },
) {
  plumb(world, ['read-tree', commit.base ?? commit.parents[0] ?? '']);
  const entries: string[] = [];
  for (const [path, put] of Object.entries(puts)) {
    const isTree = typeof put === 'object' && put !== null && 'tree' in put;
    if (put === null || isTree)
      plumb(world, ['rm', '--cached', '-r', '--quiet', '--force', '--ignore-unmatch', '--', path]);
    if (put === null) continue;
    if (isTree) {
      const files = plumb(world, ['ls-tree', '-r', put.tree]).split('\n');
      plumb(world, ['update-index', '--index-info'], files.map((line) => line.replace('\t', `\t${path}/`)).join('\n'));
      continue;
    }
    const entry = typeof put === 'object' && 'commit' in put ? `160000,${put.commit}` : blob(world, put);
    entries.push('--cacheinfo', `${entry},${path}`);
  }
  if (entries.length > 0) plumb(world, ['update-index', '--add', '--replace', ...entries]);
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  return plumb(world, ['commit-tree', plumb(world, ['write-tree']), ...parents], commit.message ?? 'By hand\n');
}

/** Commits some changes to a branch of the remote and returns the commit. */
export function commitByHand(world: Remote, branch: string, puts: Readonly<Record<string, Put>>, commit: Commit = {}) {
  const made = craft(world, puts, { ...commit, parents: commit.parents ?? [plumb(world, ['rev-parse', branch])] });
  plumb(world, ['update-ref', `refs/heads/${branch}`, made]);
  return made;
}

/** Reverts commits of a branch, newest first, with a bare `git revert` in a checkout, and pushes; returns the new head. */
export async function revertByHand(world: World, branch: string, ...commits: readonly string[]): Promise<string> {
  const checkout = await world.checkout(branch);
  await world.git(checkout, 'revert', '--no-edit', ...commits);
  await world.git(checkout, 'push', '--quiet');
  return world.git(checkout, 'rev-parse', 'HEAD');
}

/** Returns a file of a branch or commit of the remote. */
export function fileAt(world: World, revision: string, path: string): string {
  return execFileSync('git', ['show', `${revision}:${path}`], { cwd: world.remote, env: world.env, encoding: 'utf8' });
}

/** Runs command lines while the next push is on its way: after it was planned, before its refs are compared. */
export function overtake(world: World, ...commands: readonly (readonly string[])[]): void {
  const bin = join(import.meta.dirname, '../bin/eleventh.cjs');
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = commands.map((args) => [process.execPath, bin, ...args].map(quote).join(' '));
  const git = 'GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES';
  const hook = join(world.remote, 'hooks/pre-receive');
  mkdirSync(join(world.remote, 'hooks'), { recursive: true });
  writeFileSync(hook, `#!/bin/sh\nset -e\nrm "$0"\nunset ${git}\n${lines.map((line) => `${line} >&2`).join('\n')}\n`);
  chmodSync(hook, 0o755);
}
