import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EleventhError } from '@eleventh/core';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GitOptions {
  readonly env: Environment;
  /** The repository that the command works on, whatever the folder. */
  readonly gitDirectory?: string;
  /** Where its objects are, if not in itself. */
  readonly objectDirectory?: string | undefined;
  /** Other folders of objects, as Git separates them (GIT_ALTERNATE_OBJECT_DIRECTORIES). */
  readonly alternates?: string | undefined;
  /** A file of commits and the parents that they are taken to have (GIT_GRAFT_FILE). */
  readonly graftFile?: string;
  /** The folder to run in: the repository if there is one, else the caller's. */
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

export interface GitResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Git's own status; -1 when a signal ended it. */
  readonly exitCode: number;
}

// What a hook, an alias or a wrapper leaves behind would turn a command to another repository or format.
const FOREIGN =
  /^GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|COMMON_DIR|INDEX_FILE|INDEX_VERSION|PREFIX|CONFIG|NAMESPACE)$|^GIT_(OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|QUARANTINE_PATH|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS)$|^GIT_(DEFAULT_HASH|DEFAULT_REF_FORMAT|PROTOCOL|PROTOCOL_FROM_USER|EXTERNAL_DIFF|DIFF_OPTS|INTERNAL_SUPER_PREFIX|ATTR_SOURCE|FLUSH)$|^GIT_\w+_PATHSPECS$/;

// A trace on the standard error would be taken for a complaint; one that goes to a file stays.
const TRACE = /^GIT_(TRACE\w*|CURL_VERBOSE)$/;

/** Returns the user's environment, made safe for a child: nothing points elsewhere, asks, locks or translates. */
export function gitEnvironment({
  env,
  gitDirectory,
  objectDirectory,
  alternates,
  graftFile,
}: GitOptions): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    // Only what Git itself speaks: a `helper::address` or `helper://` URL would start a program of that name.
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    ...Object.fromEntries(
      kept.filter(([name, value]) => !FOREIGN.test(name) && !(TRACE.test(name) && !value.startsWith('/'))),
    ),
    ...(gitDirectory === undefined ? {} : { GIT_DIR: gitDirectory }),
    ...(objectDirectory === undefined ? {} : { GIT_OBJECT_DIRECTORY: objectDirectory }),
    ...(alternates === undefined ? {} : { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates }),
    ...(graftFile === undefined ? {} : { GIT_GRAFT_FILE: graftFile }),
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/**
 * Runs one Git command to its end and returns what it said; throws only when Git cannot start (`GIT_NOT_FOUND`). With
 * `isApart` it is in a process group of its own: what kills ours leaves it to finish. Such a command has no terminal, so
 * that is not for one that may ask for a passphrase.
 */
export async function runGit(args: readonly string[], options: GitOptions, isApart = false): Promise<GitResult> {
  const { gitDirectory, cwd = gitDirectory, input, signal } = options;
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const env = gitEnvironment(options);
  const stdio = [stdin, 'pipe', 'pipe'] as const;
  const child = spawn('git', args, { cwd, env, windowsHide: true, detached: isApart, signal, stdio: [...stdio] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin?.on('error', () => {}); // It ended without reading all of it.
  child.stdin?.end(input);
  try {
    // Both are there, as asked for; Node's types cannot say so of a choice of standard inputs.
    const said = [child.stdout, child.stderr].map((stream) => text(stream as Readable));
    const [exitCode, stdout = '', stderr = ''] = await Promise.all([ended, ...said]);
    return { stdout, stderr, exitCode: exitCode ?? -1 };
  } catch (error) {
    if (cwd === undefined || existsSync(cwd)) throw gitNotFound(error);
    return noFolder(cwd);
  }
}

/** Returns Git's own answer when it is told with -C to start in a folder that is not there. */
export function noFolder(folder: string | undefined): GitResult {
  return { stdout: '', stderr: `fatal: cannot change to '${folder}': No such file or directory`, exitCode: 128 };
}

/** Starts a Git command that lives on, talked to through its pipes, which simple-git cannot do. */
export function startGit(args: readonly string[], options: Omit<GitOptions, 'input'>): ChildProcessWithoutNullStreams {
  const { gitDirectory, cwd = gitDirectory } = options;
  return spawn('git', args, { cwd, env: gitEnvironment(options), windowsHide: true });
}

/** Returns the error for a machine on which no `git` can be started. */
export function gitNotFound(cause: unknown): EleventhError {
  const code = /\b(ENOENT|EACCES|E[A-Z]+)\b/.exec(String(cause))?.[1] ?? String(cause);
  const reason = REASONS[code] ?? code;
  const hint = code in REASONS ? INSTALL : 'git --version';
  return new EleventhError('GIT_NOT_FOUND', `Git could not be started: ${reason}.`, { hint, cause });
}

const REASONS: Record<string, string> = { ENOENT: 'it is not on the PATH', EACCES: 'it may not be executed' };
const INSTALL = 'Install git 2.39 or later: https://git-scm.com/downloads';
const checks = new Map<string, Promise<void>>();

/**
 * Throws `GIT_TOO_OLD` below version 2.39. Meant to run beside the first command of a session that has to wait for a
 * network anyway, where it costs no time; asks each `PATH` once.
 */
export function requireGitVersion(options: GitOptions): Promise<void> {
  const path = options.env.PATH ?? '';
  const check = checks.get(path) ?? askVersion(options);
  checks.set(path, check);
  return check;
}

async function askVersion(options: GitOptions): Promise<void> {
  const { stdout } = await runGit(['version'], options);
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 39)) return;
  const version = stdout.replace('git version', '').trim() || 'of an unknown version';
  const message = `Git ${version} is installed, but Eleventh needs version 2.39 or later.`;
  throw new EleventhError('GIT_TOO_OLD', message, { hint: INSTALL });
}
