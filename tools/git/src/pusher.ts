import { type Commit, EleventhError, type Oid, type Refs } from '@eleventh/core';
import { readDifference } from './ahead.ts';
import type { Neighbours } from './neighbours.ts';
import { type GitObject, parseCommit } from './object-format.ts';
import type { RefUpdate } from './push-arguments.ts';
import type { PushOutcome } from './push-report.ts';
import type { Readable } from './views.ts';

/** A remote that can be written. */
export interface Writable extends Readable {
  /** Who else writes it on this machine, where that can be known. */
  readonly neighbours?: Neighbours | undefined;
  /** Writes objects into the cache, children before their parents. */
  write(objects: readonly GitObject[]): Promise<void>;
  /** Moves all refs or none, each only if it still points to what was expected. */
  push(updates: readonly RefUpdate[], news?: readonly Commit[], known?: readonly Oid[]): Promise<PushOutcome>;
}

/** How often the server may say that somebody else was first while nothing moves: then it holds a stale lock. */
export const STUCK_LIMIT = 8;

/** Puts objects and refs into a remote, counting how often. */
export class Pusher {
  readonly #remote: Writable;
  pushes = 0;

  constructor(remote: Writable) {
    this.#remote = remote;
  }

  /** @param trees what the branches come to hold. @param more commits that the server has besides its branches and tags. */
  async push(
    { branches, tags }: Refs,
    updates: readonly RefUpdate[],
    made: readonly GitObject[],
    trees: readonly Oid[],
    more: readonly Oid[] = [],
  ): Promise<PushOutcome> {
    const { objects } = this.#remote;
    await this.#remote.write(made);
    const known = [...branches.values(), ...more].filter((oid) => objects.remembered(oid) !== undefined);
    for (const { oid, commit } of tags.values()) {
      // A tag that is not here tells Git nothing of the commit.
      if (objects.remembered(commit) !== undefined && (await objects.has(oid))) known.push(commit);
    }
    // What Git looks at to find out what it need not send has to be there.
    const held = await Promise.all(known.map(async (oid) => (await objects.commit(oid)).tree));
    for (const tree of trees) await readDifference(objects, tree, held);
    this.pushes += 1;
    return this.#remote.push(updates, first(made), known);
  }
}

/** Returns the commits among some objects that come after none of the others. */
function first(objects: readonly GitObject[]): Commit[] {
  const commits = objects.filter(({ type }) => type === 'commit').map(({ oid, content }) => parseCommit(oid, content));
  const made = new Set(commits.map(({ oid }) => oid));
  return commits.filter(({ parents }) => !parents.some((parent) => made.has(parent)));
}

export function isUnreachable(error: unknown): error is EleventhError {
  return error instanceof EleventhError && error.code === 'REPOSITORY_UNREACHABLE';
}

/** Returns what became of a push; `unknown` when the server cannot be reached, since others may go on meanwhile. */
export async function reached(push: () => Promise<PushOutcome>): Promise<PushOutcome> {
  try {
    return await push();
  } catch (error) {
    if (isUnreachable(error)) return { kind: 'unknown', message: error.message };
    throw error;
  }
}

export function pushRefused(message: string, hint = 'Ask for the right to push to these branches and tags.') {
  // The server's own words say most: what a hook prints follows the reason that Git gives.
  const [cause, ...lines] = message.split('\n');
  const said = lines.filter((line) => !line.startsWith('error: hook declined')).slice(0, 3);
  const words = said.length === 0 ? `: ${cause}` : ` (${cause}): ${said.join(' ')}`;
  return new EleventhError('PUSH_REFUSED', `The repository refused the push${words}`, {
    hint,
    details: { server: message },
  });
}

export function pushFailed(message: string): EleventhError {
  return new EleventhError('PUSH_FAILED', `The push did not go through: ${message}`, {
    hint: 'Run the command again: what landed is not done twice.',
  });
}
