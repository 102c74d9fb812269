import { type Commit, EleventhError, type Oid, type Signature } from '@eleventh/core';
import { type Environment, type GitOptions, runGit } from './git-process.ts';
import { lastWords } from './transport-error.ts';

/** Returns whether the user's configuration asks for signed commits. */
export async function isSigningAsked(options: GitOptions): Promise<boolean> {
  const { stdout } = await runGit(['config', '--type=bool', '--get', 'commit.gpgSign'], options);
  return stdout.trim() === 'true';
}

/**
 * Makes Git write a commit with a signature, in the format and by the key of the user's configuration, and returns its
 * id. The commit's tree has to be there. Throws `SIGNING_FAILED`.
 */
export async function signedCommit(commit: Commit, options: GitOptions): Promise<Oid> {
  const { tree, parents, author, committer, message } = commit;
  const env = { ...options.env, ...person('AUTHOR', author), ...person('COMMITTER', committer) };
  const args = ['commit-tree', '-S', ...parents.flatMap((parent) => ['-p', parent]), tree];
  const { stdout, stderr, exitCode } = await runGit(args, { ...options, env, input: message });
  if (exitCode === 0) return stdout.trim();
  throw new EleventhError('SIGNING_FAILED', `The request could not be signed: ${lastWords(stderr)}`, {
    hint: 'git config --global --get-regexp "^(user.signingkey|gpg)"',
  });
}

/** Returns the variables in which Git takes a person. */
function person(role: 'AUTHOR' | 'COMMITTER', { name, email, time, zone }: Signature): Environment {
  return { [`GIT_${role}_NAME`]: name, [`GIT_${role}_EMAIL`]: email, [`GIT_${role}_DATE`]: `@${time} ${zone}` };
}
