import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { EleventhError } from '@eleventh/core';
import { GitConstructError, type SimpleGitOptions, simpleGit } from 'simple-git';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GitOptions {
  readonly env: Environment;
  /** The repository that the command works on, whatever the folder. */
  readonly gitDirectory?: string;
  /** Where its objects are, if not in itself. */
  readonly objectDirectory?: string;
  /** A file of commits and the parents that they are taken to have (GIT_GRAFT_FILE). */
  readonly graftFile?: string;
  /** The folder to run in: the repository if there is one, else the caller's. */
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
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
function gitEnvironment({ env, gitDirectory, objectDirectory, graftFile }: GitOptions): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    // Only what Git itself speaks: a `helper::address` or `helper://` URL would start a program of that name.
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    ...Object.fromEntries(
      kept.filter(([name, value]) => !FOREIGN.test(name) && !(TRACE.test(name) && !value.startsWith('/'))),
    ),
    ...(gitDirectory === undefined ? {} : { GIT_DIR: gitDirectory }),
    ...(objectDirectory === undefined ? {} : { GIT_OBJECT_DIRECTORY: objectDirectory }),
    ...(graftFile === undefined ? {} : { GIT_GRAFT_FILE: graftFile }),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

// simple-git guards against a hostile environment. Ours is the user's own (credential helpers, ssh command, proxies),
// and plain Git would use it as well, so it is let through whole. What reaches an argument is checked by the callers.
const TRUSTED =
  'Alias AskPass CommandBinaries ConfigPaths ConfigEnvCount CredentialHelper Editor MergeDriver Pager ProtocolOverride Pack SshCommand GitProxy Exec HooksPath DiffExternal DiffTextConv Filter FsMonitor GpgProgram TemplateDir Include Submodule UrlRewrite';
const unsafe: SimpleGitOptions['unsafe'] = {
  ...Object.fromEntries(TRUSTED.split(' ').map((name) => [`allowUnsafe${name}`, true])),
  allowAbbreviatedOptions: true,
};

/** Runs one Git command to its end and returns what it said; throws only when Git cannot start (`GIT_NOT_FOUND`). */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const env = gitEnvironment(options);
  const baseDir = options.cwd ?? options.gitDirectory;
  let ended: { stdOut: Buffer[]; stdErr: Buffer[]; exitCode: number | null } | undefined;
  try {
    await simpleGit({
      ...(baseDir === undefined ? {} : { baseDir }),
      allowEnvironment: Object.keys(env),
      unsafe,
      // By default a busy machine could cut off output that is still in the pipe 50 ms after the exit.
      completion: { onClose: true, onExit: false },
      // Always a buffer, an empty one too: it is what makes simple-git close the standard input.
      input: () => Buffer.from(options.input ?? ''),
      errors: (_error, result) => {
        ended = result;
        return undefined;
      },
    })
      .env(env)
      // simple-git waits another 50 ms for a command that printed nothing, unless it has seen some data.
      .outputHandler((_command, stdout) => stdout.once('end', () => stdout.emit('data', Buffer.alloc(0))))
      .raw([...args]);
  } catch (error) {
    // A folder that is not there, or a path that no file system could hold.
    const isNoFolder =
      error instanceof GitConstructError || typeof (error as NodeJS.ErrnoException).syscall === 'string';
    if (!isNoFolder) throw error;
    // Git's own answer if it were told with -C to start in a folder that is not there.
    return { stdout: '', stderr: `fatal: cannot change to '${baseDir}': No such file or directory`, exitCode: 128 };
  }
  const { stdOut = [], stdErr = [], exitCode = null } = ended ?? {};
  const stderr = Buffer.concat(stdErr).toString();
  if (exitCode !== null && exitCode < 0) throw gitNotFound(stderr);
  return { stdout: Buffer.concat(stdOut).toString(), stderr, exitCode: exitCode ?? -1 };
}

/**
 * Runs one Git command like `runGit`, but in a process group of its own: what kills ours leaves it to finish. Such a
 * command has no terminal, so this is not for one that may ask for a passphrase.
 */
export async function runGitApart(args: readonly string[], options: Omit<GitOptions, 'input'>): Promise<GitResult> {
  const { gitDirectory, cwd = gitDirectory } = options;
  const env = gitEnvironment(options);
  const child = spawn('git', args, { cwd, env, windowsHide: true, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(gitNotFound(error)));
    child.once('close', resolve);
  });
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, exitCode: exitCode ?? -1 };
}

/** Starts a Git command that lives on, talked to through its pipes, which simple-git cannot do. */
export function startGit(args: readonly string[], options: Omit<GitOptions, 'input'>): ChildProcessWithoutNullStreams {
  const { gitDirectory, cwd = gitDirectory } = options;
  return spawn('git', args, { cwd, env: gitEnvironment(options), windowsHide: true });
}

/** Returns the error for a machine on which no `git` can be started. */
export function gitNotFound(cause: unknown): EleventhError {
  const reason = /\bEACCES\b/.test(String(cause)) ? 'it may not be executed' : 'it is not on the PATH';
  return new EleventhError('GIT_NOT_FOUND', `Git could not be started: ${reason}.`, { hint: INSTALL, cause });
}

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
