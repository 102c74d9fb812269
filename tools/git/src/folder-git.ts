import type { SimpleGitOptions } from 'simple-git';
import { type Environment, type GitResult, gitEnvironment, gitNotFound, noFolder } from './git-process.ts';

interface FolderOptions {
  readonly env: Environment;
  readonly cwd?: string;
}

// simple-git guards against a hostile environment. Ours is the user's own (credential helpers, ssh command, proxies),
// and plain Git would use it as well, so it is let through whole. What reaches an argument is checked by the callers.
const TRUSTED =
  'Alias AskPass CommandBinaries ConfigPaths ConfigEnvCount CredentialHelper Editor MergeDriver Pager ProtocolOverride Pack SshCommand GitProxy Exec HooksPath DiffExternal DiffTextConv Filter FsMonitor GpgProgram TemplateDir Include Submodule UrlRewrite';
const unsafe: SimpleGitOptions['unsafe'] = {
  ...Object.fromEntries(TRUSTED.split(' ').map((name) => [`allowUnsafe${name}`, true])),
  allowAbbreviatedOptions: true,
};

/**
 * Runs one Git command in a folder of the user's, or in none, to its end and returns what it said; throws only when Git
 * cannot start (`GIT_NOT_FOUND`). What works on the cache is started without simple-git, whose loading and waiting take
 * longer than most of those commands.
 */
export async function gitInFolder(args: readonly string[], options: FolderOptions): Promise<GitResult> {
  const env = gitEnvironment(options);
  const { cwd } = options;
  const { GitConstructError, simpleGit } = await import('simple-git');
  let ended: { stdOut: Buffer[]; stdErr: Buffer[]; exitCode: number | null } | undefined;
  try {
    await simpleGit({
      ...(cwd === undefined ? {} : { baseDir: cwd }),
      allowEnvironment: Object.keys(env),
      unsafe,
      // By default a busy machine could cut off output that is still in the pipe 50 ms after the exit.
      completion: { onClose: true, onExit: false },
      // Always a buffer, an empty one too: it is what makes simple-git close the standard input.
      input: () => Buffer.alloc(0),
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
    return noFolder(cwd);
  }
  const { stdOut = [], stdErr = [], exitCode = null } = ended ?? {};
  const stderr = Buffer.concat(stdErr).toString();
  if (exitCode !== null && exitCode < 0) throw gitNotFound(stderr);
  return { stdout: Buffer.concat(stdOut).toString(), stderr, exitCode: exitCode ?? -1 };
}
