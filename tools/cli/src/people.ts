import { EleventhError, type Signature, usageError } from '@eleventh/core';
import { gitIdentity, gitSigner, type People } from '@eleventh/git';
import { personOf } from './build-facts.ts';
import { ciBuild } from './ci-variables.ts';
import type { Io } from './io.ts';

/**
 * Returns who makes a commit: `--author`, else GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL, else who the CI system says
 * started the run, else git's configuration, which says whether that is signed as well. Throws `BAD_AUTHOR`, `NO_AUTHOR`
 * when nobody is named, and `SIGNING_FAILED` when the configuration asks for what cannot be.
 */
export async function people(io: Io, option: string | undefined): Promise<People> {
  const now = Math.floor(io.now() / 1000);
  const asked = option === undefined ? undefined : personOf(option);
  if (option !== undefined && asked === undefined) {
    throw usageError('BAD_AUTHOR', '--author does not name a person.', '--author "Name <name@example.com>"');
  }
  const started = io.env.GIT_AUTHOR_NAME ? undefined : ciBuild(io.env)?.author;
  const stamp = { time: now, zone: io.zone };
  const ask = async (role: 'author' | 'committer') =>
    plainly(io.env, `GIT_${role.toUpperCase()}`, stamp) ?? gitIdentity(role, { env: io.env, cwd: io.cwd, now });
  const isTold = asked !== undefined || started !== undefined;
  const [configured, committing, signer] = await Promise.all([
    isTold ? null : ask('author'),
    ask('committer'),
    gitSigner({ env: io.env, cwd: io.cwd }),
  ]);
  const found = asked ?? started;
  const author: Signature | null = found === undefined ? configured : { ...found, ...stamp };
  if (author === null) {
    throw new EleventhError('NO_AUTHOR', 'Nobody is named as the author of the change.', {
      hint: '--author "Name <name@example.com>", or: git config --global user.name "Name" && git config --global user.email name@example.com',
    });
  }
  return { author, committer: committing ?? { ...author, ...stamp }, signer };
}

/** Returns whom two variables name, when Git would neither change a letter of that nor take the time from a third. */
function plainly(env: Io['env'], variable: string, stamp: Omit<Signature, 'name' | 'email'>): Signature | null {
  const [name = '', email = '', date = ''] = ['NAME', 'EMAIL', 'DATE'].map((part) => env[`${variable}_${part}`]);
  const isPlain =
    date === '' && /^[\p{L}\p{N}]([^<>\p{Cc}]*[\p{L}\p{N}])?$/u.test(name) && /^\w[\w.+@-]*\w$/.test(email);
  return isPlain ? { name, email, ...stamp } : null;
}
