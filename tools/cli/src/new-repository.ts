import { mkdir, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { EleventhError, quoted, usageError } from '@eleventh/core';
import { gitInFolder, redact } from '@eleventh/git';
import type { Io } from './io.ts';
import { isPath } from './repository-address.ts';

type Env = Io['env'];

/** Returns what a repository in a folder is called. */
export function nameOf(folder: string): string {
  return basename(folder).replace(/[^A-Za-z0-9._ -]/g, '-') || 'deployments';
}

/** Throws `FOLDER_NOT_EMPTY` or `BAD_FOLDER` unless the folder is empty or not there yet. */
export async function refuseUsedFolder(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw usageError(
      'BAD_FOLDER',
      `${quoted(folder)} is not a folder that can be read.`,
      'eleventh init <a new folder>',
    );
  });
  if (entries.length > 0) {
    throw usageError('FOLDER_NOT_EMPTY', `${quoted(folder)} is not empty.`, 'eleventh init <a new folder>');
  }
}

/** Makes a folder a repository that is its own remote: a clean checkout of a branch that moves follows it (git-config(1)). */
export async function beginFolder(folder: string, branch: string, env: Env): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    const hint = 'eleventh init <a folder you may write>';
    throw new EleventhError('BAD_FOLDER', `${quoted(folder)} cannot be made: ${cause.message}.`, { hint, cause });
  });
  await git(['init', '--quiet', `--initial-branch=${branch}`], env, folder);
  await git(['config', 'receive.denyCurrentBranch', 'updateInstead'], env, folder);
}

/** Makes a folder a checkout of a remote's branch. */
export async function cloneInto(folder: string, remote: string, branch: string, env: Env): Promise<void> {
  await git(['clone', '--quiet', '--branch', branch, '--', remote, folder], env);
}

/**
 * Makes a branch the one that the remote's HEAD names, where that can be done: in a repository on this machine.
 * Returns what to tell the user where it cannot.
 */
export async function settleHead(remote: string, branch: string, env: Env): Promise<string | null> {
  const local = remote.startsWith('file://') ? decodeURIComponent(new URL(remote).pathname) : remote;
  if (isPath(local)) await gitInFolder(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], { env, cwd: local });
  const { stdout } = await gitInFolder(['ls-remote', '--symref', '--', remote, 'HEAD'], { env });
  const head = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(stdout)?.[1];
  if (head === branch) return null;
  const now = head === undefined ? 'no branch that exists' : head;
  return `HEAD of the remote names ${now}. Make ${branch} its default branch in the host's settings, or on the server: git symbolic-ref HEAD refs/heads/${branch}`;
}

async function git(args: readonly string[], env: Env, cwd?: string): Promise<void> {
  const { stderr, exitCode } = await gitInFolder(args, cwd === undefined ? { env } : { env, cwd });
  if (exitCode === 0) return;
  const reason = redact(stderr.trim().split('\n').at(-1) ?? '');
  throw new EleventhError('GIT_FAILED', `git ${args[0]} failed: ${reason}`, { hint: 'git --version' });
}
