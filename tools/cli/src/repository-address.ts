import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { unknownRef, usageError } from '@eleventh/core';
import { gitInFolder, redact } from '@eleventh/git';
import type { Io } from './io.ts';

export interface RepositoryAddress {
  readonly url: string;
  readonly isCheckout: boolean;
}

/**
 * Returns the deployment repository that a command works on: `--repo`, else ELEVENTH_REPO, else what the checkout in
 * the working folder came from. A path becomes absolute; a checkout stands for its `origin`, or for itself without one.
 * Throws `NO_REPOSITORY`.
 */
export async function repositoryAddress(option: string | undefined, io: Io): Promise<RepositoryAddress> {
  const named = option ?? (io.env.ELEVENTH_REPO || undefined);
  if (named === '')
    throw usageError('BAD_REPOSITORY', 'The repository given with --repo is empty.', '--repo <url or path>');
  if (named !== undefined)
    return isPath(named) ? ofFolder(resolve(io.cwd, named), io) : { url: named, isCheckout: false };
  const { exitCode } = await gitInFolder(['rev-parse', '--git-dir'], { cwd: io.cwd, env: io.env });
  if (exitCode === 0) return ofFolder(io.cwd, io);
  throw usageError(
    'NO_REPOSITORY',
    'No deployment repository is named, and this folder is not a checkout of one.',
    '--repo <url or path>, or ELEVENTH_REPO=<url or path>',
  );
}

/** Returns the folder of the clone that a command reads: `--repo`, else ELEVENTH_REPO, else the working folder. Throws `NEEDS_CLONE`. */
export function cloneFolder(option: string | undefined, { env, cwd }: Pick<Io, 'env' | 'cwd'>): string {
  const named = option || env.ELEVENTH_REPO || '.';
  if (isPath(named)) return resolve(cwd, named);
  throw usageError(
    'NEEDS_CLONE',
    'Everything has to be here for that, and an address is not a clone.',
    `git clone --mirror ${redact(named)} deployments.git, then --repo deployments.git`,
  );
}

/**
 * Returns where a revision is to be read, and what names it there: in a folder it is what Git takes there, whether it
 * was pushed or not. Throws `NO_REPOSITORY` and `UNKNOWN_REF`.
 */
export async function revisionAddress(
  option: string | undefined,
  revision: string,
  io: Io,
): Promise<{ address: RepositoryAddress; revision: string }> {
  const named = option ?? (io.env.ELEVENTH_REPO || undefined);
  if (named !== undefined && !isPath(named)) return { address: await repositoryAddress(named, io), revision };
  const cwd = resolve(io.cwd, named ?? '.');
  const ask = (...args: string[]) => gitInFolder(['rev-parse', ...args], { cwd, env: io.env });
  const common = await ask('--git-common-dir');
  if (common.exitCode !== 0) return { address: await repositoryAddress(option, io), revision };
  const commit = await ask('--verify', '--quiet', '--end-of-options', `${revision}^{commit}`);
  if (commit.exitCode !== 0) throw unknownRef(revision);
  const address = { url: resolve(cwd, common.stdout.trim()), isCheckout: true };
  return { address, revision: commit.stdout.trim() };
}

/** Returns whether an address is a path rather than a URL or an SSH address (`host:path`), by Git's own rule. */
export function isPath(address: string): boolean {
  return isAbsolute(address) || !/^[^/]*:/.test(address);
}

/** Returns what a folder's checkout came from, or the folder's own repository. */
async function ofFolder(folder: string, io: Io): Promise<RepositoryAddress> {
  if (isBareRepository(folder)) return { url: folder, isCheckout: false };
  const ask = async (...args: string[]): Promise<string> => {
    const { stdout, exitCode } = await gitInFolder(args, { cwd: folder, env: io.env });
    return exitCode === 0 ? stdout.trim() : '';
  };
  const [bare = '', top = '', common = ''] = (
    await ask('rev-parse', '--is-bare-repository', '--git-dir', '--git-common-dir')
  ).split('\n');
  if (bare === '') return { url: folder, isCheckout: false };
  if (bare === 'true') return { url: resolve(folder, top), isCheckout: false };
  const origin = await ask('remote', 'get-url', 'origin');
  const root = await ask('rev-parse', '--show-toplevel');
  if (origin === '') return { url: resolve(folder, common), isCheckout: true };
  return { url: isPath(origin) ? resolve(root, origin) : origin, isCheckout: false };
}

/** Returns whether a folder looks as every bare repository does; Git itself would take longer to say so. */
function isBareRepository(folder: string): boolean {
  const has = (name: string) => existsSync(join(folder, name));
  return (
    ['HEAD', 'config', 'objects', 'refs'].every(has) && !has('.git') && basename(folder) !== '.git' && !has('commondir')
  );
}

/** Returns the folder that holds the caches of all repositories: ELEVENTH_CACHE, else `eleventh` in the user's cache folder. */
export function cacheDirectory({ env, cwd }: Pick<Io, 'env' | 'cwd'>): string {
  if (env.ELEVENTH_CACHE) return resolve(cwd, env.ELEVENTH_CACHE);
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'eleventh');
  if (env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'eleventh', 'cache');
  const home = env.HOME || homedir();
  return home === '' ? join(tmpdir(), 'eleventh') : join(home, '.cache', 'eleventh');
}
