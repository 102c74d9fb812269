import {
  type Commit,
  EleventhError,
  EMPTY_TREE,
  isFromLaterVersion,
  type Oid,
  pinPaths,
  planRequest,
  refusal,
  requestedOnto,
  requestOf,
  type View,
} from '@eleventh/core';
import { type Draft, draftPlan, type People } from './drafts.ts';
import { type GitObject, gitObject, type StoredCommit } from './object-format.ts';
import type { Objects } from './objects.ts';
import type { RefUpdate } from './push-arguments.ts';
import type { PushOutcome } from './push-report.ts';
import { type Pusher, reached } from './pusher.ts';
import { answerRef, claimRef, encodeAnswer, isOld, oldAnswers, PACE, type Waiting, waitingOn } from './queue.ts';
import type { Listing } from './ref-list.ts';
import { findBack, viewAt, viewOf } from './views.ts';

/** What becomes of a request. */
export interface Result {
  readonly request: Waiting;
  /** The commit of the branch that it became; null when it changes nothing, or was refused. */
  readonly commit: Oid | null;
  readonly refusal: EleventhError | null;
}

/** The next state of a branch with all requests that wait for it, each as a commit of its own, in order. */
export interface Batch {
  readonly results: readonly Result[];
  readonly updates: readonly RefUpdate[];
  readonly objects: readonly GitObject[];
  /** The tree that the branch comes to have. */
  readonly tree: Oid;
}

/** How many requests are carried out at once at most: few enough that nobody takes whoever does it for dead. */
const BATCH_LIMIT = 100;

/**
 * Returns what carries out the requests that wait for a branch. Each is planned anew on top of those before it, with
 * every rule asked again; one that cannot be is answered with the reason. Nothing is written.
 * @param by who commits them. @param now in milliseconds since 1970. @param limit how many of them at most.
 */
export async function planBatch(
  objects: Objects,
  listing: Listing,
  branch: string,
  by: Pick<People, 'committer' | 'signer'>,
  now: number,
  limit = BATCH_LIMIT,
): Promise<Batch> {
  const waiting = waitingOn(listing, branch);
  const head = listing.branches.get(branch) ?? null;
  const made = new Map<Oid, GitObject>();
  const results: Result[] = [];
  const updates: RefUpdate[] = [];
  const answered = new Set<string>();
  let at = head;
  for await (const { request, commit } of readRequests(objects, viewOf(objects, listing), waiting)) {
    // One that is gone or cannot be had, and one for a later version: not ours to answer.
    if (commit === 'absent' || (commit !== 'other' && isFromLaterVersion(commit))) continue;
    const view = viewAt(objects, listing, branch, at);
    const outcome = await carryOut(objects, view, branch, request, commit, by, now);
    updates.push({ ref: request.ref, expected: request.oid, value: null });
    if (outcome instanceof EleventhError) {
      const answer = answerTo(listing, request, outcome, by.committer);
      for (const object of answer.objects) made.set(object.oid, object);
      updates.push(...answer.updates);
      answered.add(answerRef(request.ref));
      results.push({ request, commit: null, refusal: outcome });
    } else if (typeof outcome === 'string') {
      results.push({ request, commit: outcome, refusal: null });
    } else {
      objects.add(outcome.objects);
      for (const object of outcome.objects) made.set(object.oid, object);
      const last = outcome.made.commits.get(branch)?.at(-1) ?? null;
      at = last ?? at;
      results.push({ request, commit: last, refusal: null });
    }
    if (results.length >= Math.min(limit, BATCH_LIMIT)) break;
  }
  if (at !== null && at !== head) updates.unshift({ ref: `refs/heads/${branch}`, expected: head, value: at });
  for (const ref of oldAnswers(listing, branch, now)) {
    if (!answered.has(ref)) updates.push({ ref, expected: listing.queue.get(ref) ?? null, value: null });
  }
  // Whoever left it died: among few nobody says who commits.
  const claim = listing.queue.get(claimRef(branch));
  if (claim !== undefined && waiting.length < PACE.crowd)
    updates.push({ ref: claimRef(branch), expected: claim, value: null });
  const tree = at === null ? EMPTY_TREE : (await objects.commit(at)).tree;
  return { results, updates, objects: [...made.values()], tree };
}

/** Returns what tells the owner of a request why it is not carried out: nothing where no ref can stand that would. */
export function answerTo(
  listing: Listing,
  request: Waiting,
  error: EleventhError,
  committer: People['committer'],
): { objects: readonly GitObject[]; updates: readonly RefUpdate[] } {
  const answer = encodeAnswer(error, { author: committer, committer });
  const ref = answerRef(request.ref);
  // A request that was sent twice may have been answered before.
  const expected = listing.queue.get(ref) ?? null;
  const isThere = expected === answer.oid || isBlocked(listing, ref);
  return {
    objects: [gitObject('tree', new Uint8Array()), answer],
    updates: isThere ? [] : [{ ref, expected, value: answer.oid }],
  };
}

interface Request {
  readonly request: Waiting;
  /** It may be gone, or be something else than a commit. */
  readonly commit: StoredCommit | 'other' | 'absent';
}

/** Returns the requests with their commits, as many at once as are carried out together. */
async function* readRequests(objects: Objects, view: View, waiting: readonly Waiting[]): AsyncGenerator<Request> {
  for (let start = 0; start < waiting.length; start += BATCH_LIMIT) {
    yield* await readPortion(objects, view, waiting.slice(start, start + BATCH_LIMIT));
  }
}

/** Returns some requests with their commits, brought together with all that they hold. */
async function readPortion(objects: Objects, view: View, waiting: readonly Waiting[]): Promise<Request[]> {
  const types = await Promise.all(waiting.map(({ oid }) => objects.find(oid, 'commit')));
  const commits = waiting.filter((_, index) => types[index] === 'commit').map(({ oid }) => oid);
  // All that planning them will look at, in as few round trips as one of them takes.
  await Promise.all([
    ...commits.map((oid) => view.readAhead([oid], ['apps/**']).catch(unlessOurs)),
    view.readAhead(null, pinPaths(waiting.map(({ service }) => service))),
  ]);
  return Promise.all(
    waiting.map(async (request, index) => {
      if (types[index] === 'commit') return { request, commit: await objects.commit(request.oid) };
      return { request, commit: types[index] === null ? 'absent' : 'other' };
    }),
  );
}

/** Passes over what is wrong with a request, which its own turn will tell; our own trouble is thrown on. */
function unlessOurs(error: unknown): EleventhError {
  if (error instanceof EleventhError && !OURS.has(error.code)) return error;
  throw error;
}

/** What goes wrong on this machine or on the way: no answer to anybody's request. */
const OURS = new Set([
  'OBJECT_MISSING',
  'REPOSITORY_UNREACHABLE',
  'REPOSITORY_NOT_FOUND',
  'PERMISSION_DENIED',
  'CACHE_UNWRITABLE',
  'GIT_NOT_FOUND',
  'GIT_TOO_OLD',
  'SIGNING_FAILED',
]);

/** Returns whether no ref of that name can stand beside those that are there. */
function isBlocked({ queue }: Listing, ref: string): boolean {
  return [...queue.keys()].some((other) => ref.startsWith(`${other}/`) || other.startsWith(`${ref}/`));
}

/** Returns the draft that carries out a request, the commit that it became already, or why it cannot be carried out. */
async function carryOut(
  objects: Objects,
  view: View,
  branch: string,
  { service, ref, key }: Waiting,
  request: StoredCommit | 'other',
  by: Pick<People, 'committer' | 'signer'>,
  now: number,
): Promise<Draft | Oid | EleventhError> {
  if (request === 'other') return notRequest(ref);
  if (isOld(key, now))
    return refusal('REQUEST_EXPIRED', `${ref} has waited for more than a day.`, { hint: 'Run the command again.' });
  try {
    const landed = await landedAs(view, branch, request);
    if (landed !== null) return landed;
    const plan = await planRequest(view, request, service, now);
    if (plan.branches.some((line) => line.branch !== branch)) return notRequest(ref);
    // A signature holds for a request as it was; so the commit keeps all of it.
    const signed = request.signed ? await objects.content(request.oid, 'commit') : undefined;
    // Inside the try: nobody has looked at the author yet.
    return await draftPlan(plan, { ...by, author: request.author }, objects, signed);
  } catch (error) {
    return unlessOurs(error);
  }
}

function notRequest(ref: string): EleventhError {
  return refusal('BAD_REQUEST', `${ref} is not a request for this branch.`, { hint: `git ls-remote <url> '${ref}'` });
}

/** Returns the commit of a branch that was made for a request, or null. Looks back to where it was asked for. */
export async function landedAs(view: View, branch: string, request: Commit): Promise<Oid | null> {
  const head = view.refs.branches.get(branch);
  const landed = await findBack(
    view,
    head,
    requestedOnto(request) ?? null,
    (commit) => requestOf(commit) === request.oid,
  );
  return landed?.oid ?? null;
}

/** Pushes a batch: the branch and every request that it carries out move together. */
export async function pushBatch(pusher: Pusher, listing: Listing, batch: Batch): Promise<PushOutcome> {
  if (batch.updates.length === 0) return { kind: 'stale' };
  const requests = batch.results.map(({ request }) => request.oid);
  return reached(() => pusher.push(listing, batch.updates, batch.objects, [batch.tree], requests));
}
