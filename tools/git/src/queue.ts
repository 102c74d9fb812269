import { EleventhError, EMPTY_TREE, type ExitCode, type Oid } from '@eleventh/core';
import type { People } from './drafts.ts';
import { encodeCommit, type GitObject } from './object-format.ts';
import type { Listing } from './ref-list.ts';

// Writers of one branch that get in each other's way leave what they want as requests, and one of them commits all of
// it. A request is a ref below `refs/eleventh/requests/<branch>/<service>/`; a request that could not be carried out
// goes, and what became of it stands at the same name below `refs/eleventh/answers/`. In a crowd, whoever is about to
// commit says so first, with its own request at `refs/eleventh/claims/<branch>`.
const REQUESTS = 'refs/eleventh/requests/';
const ANSWERS = 'refs/eleventh/answers/';
const CLAIMS = 'refs/eleventh/claims/';

/** A request as it stands in the queue of a branch. */
export interface Waiting {
  readonly ref: string;
  readonly oid: Oid;
  readonly service: string;
  /** Its place: the lowest goes first. */
  readonly key: string;
}

/** Returns the requests for a branch, lowest first. Which machine's clock is right does not matter: it is an order. */
export function waitingOn(listing: Listing, branch: string): Waiting[] {
  const prefix = `${REQUESTS}${branch}/`;
  return [...listing.queue]
    .filter(([ref]) => ref.startsWith(prefix))
    .map(([ref, oid]) => {
      const names = ref.slice(prefix.length).split('/');
      const key = names.pop() ?? '';
      return { ref, oid, service: names.join('/'), key };
    })
    .sort((a, b) => (a.key === b.key ? compare(a.ref, b.ref) : compare(a.key, b.key)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns the name of a new request. @param now in milliseconds since 1970. @param random from 0 up to 1. */
export function requestRef(branch: string, service: string, now: number, random: number): string {
  const digits = (value: number, length: number) => Math.floor(value).toString(36).padStart(length, '0');
  return `${REQUESTS}${branch}/${service}/${digits(now, 9)}-${digits(random * 36 ** 8, 8)}`;
}

/** Returns where the answer to a request stands. */
export function answerRef(request: string): string {
  return `${ANSWERS}${request.slice(REQUESTS.length)}`;
}

/** Returns where it is said who commits what waits for a branch. */
export function claimRef(branch: string): string {
  return `${CLAIMS}${branch}`;
}

/** Returns the answers that stand below a branch and are so old that whoever they are for is gone. */
export function oldAnswers(listing: Listing, branch: string, now: number): string[] {
  const prefix = `${ANSWERS}${branch}/`;
  return [...listing.queue.keys()]
    .filter((ref) => ref.startsWith(prefix) && isOld(ref.split('/').at(-1) ?? '', now))
    .slice(0, SWEEP_LIMIT);
}

/** Returns whether a key is more than a day old. One that tells no time is of no time. */
export function isOld(key: string, now: number): boolean {
  const time = /^([0-9a-z]{9})-[0-9a-z]{8}$/.exec(key)?.[1];
  return time !== undefined && Number.parseInt(time, 36) < now - LIFE;
}

const LIFE = 24 * 60 * 60 * 1000;
const SWEEP_LIMIT = 100;

/** Returns the commit that tells why a request was not carried out. */
export function encodeAnswer(error: EleventhError, people: People): GitObject {
  const { code, message, hint, exitCode, details } = error;
  const body = JSON.stringify({ code, message, hint, exitCode, details });
  return encodeCommit({ tree: EMPTY_TREE, parents: [], message: `Not committed: ${message}\n\n${body}\n`, ...people });
}

/** Returns the error that an answer tells of. */
export function parseAnswer(message: string): EleventhError {
  try {
    const [line = ''] = message.trimEnd().split('\n').slice(-1);
    const { code, message: text, hint, exitCode, details } = JSON.parse(line) as Record<string, unknown>;
    return new EleventhError(String(code), String(text), {
      hint: hint === undefined ? undefined : String(hint),
      exitCode: ([1, 2, 3].includes(Number(exitCode)) ? Number(exitCode) : 1) as ExitCode,
      details: (details ?? {}) as Record<string, unknown>,
    });
  } catch (cause) {
    return new EleventhError('BAD_ANSWER', `The answer to the request cannot be read: ${message.split('\n')[0]}`, {
      cause,
    });
  }
}

/** All in milliseconds. Reading the refs costs every writer a process, so the more there are, the less often they look. */
export const PACE = {
  /** From how many on only one of them commits at a time: to plan what many want takes each of them seconds. */
  crowd: 16,
  /** How long whoever goes first waits for others to come, again and again as long as they do, … */
  settle: 300,
  /** … but not longer than this. */
  settleLimit: (waiting: number): number => 2000 + 30 * waiting,
  /** Between two looks at a queue of that length, of which the last one took so long: a busy server gets time. */
  look: (waiting: number, took: number): number =>
    Math.max(Math.min(250 + 40 * waiting, 5000), 4 * Math.max(0, Math.min(took, 5000))),
  /** Between two looks of a writer that only waits, for a job that may come any minute. */
  protected: (waited: number): number => Math.min(500 + waited / 10, 5000),
  /**
   * How long the writer at a place lets the queue stand still before it takes over from those before it. With every
   * round twice as many have: soon enough for a whole row of dead ones.
   */
  takeover: (place: number, waiting: number, took: number): number =>
    1500 + 2 * PACE.look(waiting, took) + (1000 + 20 * waiting) * Math.log2(place),
};
