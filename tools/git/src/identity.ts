import type { Signature } from '@eleventh/core';
import { type Environment, runGit } from './git-process.ts';
import { parseSignature } from './object-format.ts';

/**
 * Returns the author or committer that Git's configuration and variables name for a folder, or null when they name
 * none: one that Git would guess from the machine's name says nothing about a person. The time is `now`, seconds since
 * 1970 in the zone of `TZ`, unless GIT_AUTHOR_DATE or GIT_COMMITTER_DATE tells another.
 */
export async function gitIdentity(
  role: 'author' | 'committer',
  options: { readonly env: Environment; readonly cwd: string; readonly now: number },
): Promise<Signature | null> {
  const variable = `GIT_${role.toUpperCase()}`;
  const env = { ...options.env, [`${variable}_DATE`]: options.env[`${variable}_DATE`] || `${options.now}` };
  const args = ['-c', 'user.useConfigOnly=true', 'var', `${variable}_IDENT`];
  const { stdout, exitCode } = await runGit(args, { env, cwd: options.cwd });
  return exitCode === 0 ? parseSignature(stdout.trim()) : null;
}
