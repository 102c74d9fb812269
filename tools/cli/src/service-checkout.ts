import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isOid, type Oid } from '@eleventh/core';
import { gitInFolder } from '@eleventh/git';
import { utcTime } from './build-facts.ts';
import { sourceUrl } from './source-url.ts';

/** The Git work tree of a service's own repository, in which a command runs. */
export interface ServiceCheckout {
  readonly root: string;
  readonly commit: Oid;
  /** Null for a detached HEAD on no local branch or on several. */
  readonly branch: string | null;
  /** The committer's time of the commit, RFC 3339 in UTC. */
  readonly built: string | null;
  /** The https address of `origin`. */
  readonly source: string | null;
  readonly shallow: boolean;
  /** Returns what a reading git command prints in the checkout, or null when it fails. */
  readonly git: (...args: string[]) => Promise<string | null>;
}

/**
 * Returns the service's checkout that a folder lies in; null outside of a work tree, before its first commit, and in a
 * deployment repository. Nothing is fetched or written.
 */
export async function serviceCheckout(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ServiceCheckout | null> {
  // Most CI jobs that only deploy have none, and Git takes a process to say so.
  if (env.GIT_DIR === undefined && !isBelowGit(cwd)) return null;
  const found = await reader(cwd, env)(
    'rev-parse',
    '--is-inside-work-tree',
    '--is-shallow-repository',
    '--show-toplevel',
  );
  const [inside, shallow, ...rest] = (found ?? '').split('\n');
  if (inside !== 'true') return null;
  const root = rest.join('\n').replace(/\n$/, '');
  const git = reader(root, env);
  const [head, workspace, branch, origin] = await Promise.all([
    git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
    git('ls-tree', '--full-tree', 'HEAD', '--', 'environments/workspace.yaml'),
    currentBranch(git),
    git('remote', 'get-url', 'origin'),
  ]);
  const commit = head?.trim() ?? '';
  if (!isOid(commit) || workspace !== '') return null;
  const source = sourceUrl(origin?.trim() ?? '');
  const checkout = { root, commit, branch, source, shallow: shallow === 'true', git };
  return { ...checkout, built: await commitTime(checkout, commit) };
}

function isBelowGit(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isBelowGit(dirname(folder)));
}

/** Returns the committer's time of a commit, RFC 3339 in UTC, or null when the checkout does not hold the commit. */
export async function commitTime(checkout: Pick<ServiceCheckout, 'git'>, commit: Oid): Promise<string | null> {
  if (!isOid(commit)) return null;
  const seconds = await checkout.git('rev-list', '--max-count=1', '--no-commit-header', '--format=%ct', commit, '--');
  return seconds === null ? null : (utcTime(Number(seconds) * 1000) ?? null);
}

/**
 * Returns the set of commits at which a shallow checkout's history is cut off, empty for a whole one: what lies behind
 * them is unknown.
 */
export async function cutOffs(checkout: ServiceCheckout): Promise<ReadonlySet<Oid>> {
  const path = checkout.shallow ? await checkout.git('rev-parse', '--git-path', 'shallow') : null;
  return new Set(path === null ? [] : (await readFile(resolve(checkout.root, path.trim()), 'utf8')).trim().split('\n'));
}

function reader(cwd: string, env: Readonly<Record<string, string | undefined>>): ServiceCheckout['git'] {
  // No refreshed index, and in a partial clone no silent fetch of what is missing.
  const readOnly = { ...env, GIT_OPTIONAL_LOCKS: '0', GIT_ALLOW_PROTOCOL: 'none' };
  return async (...args) => {
    const { stdout, exitCode } = await gitInFolder(args, { cwd, env: readOnly });
    return exitCode === 0 ? stdout : null;
  };
}

// Concourse's git resource checks a commit out by its id, detached, in a clone with one local branch: what it tracks.
async function currentBranch(git: ServiceCheckout['git']): Promise<string | null> {
  const ref =
    (await git('symbolic-ref', '--quiet', 'HEAD')) ??
    (await git('for-each-ref', '--contains=HEAD', '--format=%(refname)', 'refs/heads'));
  return /^refs\/heads\/(.+)\n$/.exec(ref ?? '')?.[1] ?? null;
}
