import { EleventhError, isEmpty, type Oid, type Plan, type Refs, type View } from '@eleventh/core';
import { type Draft, draftPlan, type Made, type People } from './drafts.ts';
import type { RefUpdate } from './push-arguments.ts';
import type { PushOutcome } from './push-report.ts';
import { Pusher, pushFailed, pushRefused, STUCK_LIMIT, type Writable } from './pusher.ts';
import { waitingOn } from './queue.ts';
import type { Listing } from './ref-list.ts';
import { findBack, look } from './views.ts';

/** What a writer needs of the world. */
export interface Surroundings {
  /** Whether the remote's HEAD tells which branch is reviewed. */
  readonly hasHead: boolean;
  /** Waits so many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
  /** Returns the present in milliseconds since 1970. */
  readonly now: () => number;
  /** Told what a long wait is for. */
  readonly progress?: ((text: string) => void) | undefined;
  /** How many milliseconds a request waits for somebody with the right to commit it. */
  readonly patience: number;
}

/** What a write did. */
export interface Written<P extends Plan> extends Made {
  readonly plan: P;
  readonly changed: boolean;
  /** How many pushes it took, accepted or not. */
  readonly pushes: number;
}

export type Edit<P extends Plan> = (view: View) => Promise<P>;

/** What became of one attempt: the write, or why to start over from the newest refs. */
export type Attempt<P extends Plan> =
  | { readonly kind: 'written'; readonly written: Written<P> }
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'refused'; readonly message: string };

const BROKEN_LIMIT = 3;
const LONGEST_WAIT = 3000;

/** A push that the server did not accept, or not so that we heard of it. */
interface Lost<P extends Plan> {
  readonly updates: readonly RefUpdate[];
  readonly written: Written<P>;
  readonly outcome: PushOutcome;
}

/** Leaves a plan as a request in the queue of its branch. @param refused why the server does not take it directly. */
type Queued<P extends Plan> = (plan: P, pusher: Pusher, refused: string | undefined) => Promise<Attempt<P>>;

/**
 * Commits what a pure edit plans: read the heads, apply the edit with every rule inside it, write the objects, push
 * with the expected old heads. When somebody else was first, the same edit is applied to the new heads, or, for a plan
 * that says `report`, `OVERTAKEN` is thrown; a plan that can be left as a request goes through the queue of its branch.
 */
export async function writeEdit<P extends Plan>(
  remote: Writable,
  around: Surroundings,
  people: People,
  edit: Edit<P>,
  queued: Queued<P>,
): Promise<Written<P>> {
  try {
    return await new Writer(remote, around, people, queued).write(edit);
  } finally {
    remote.neighbours?.leave();
  }
}

/** One write, and what it knows by now of those that it competes with. */
class Writer<P extends Plan> {
  readonly #remote: Writable;
  readonly #around: Surroundings;
  readonly #people: People;
  readonly #queued: Queued<P>;
  readonly #pusher: Pusher;
  /** What every later look is compared with. */
  #first: Listing | undefined;
  #lastPushed: Listing | undefined;
  #lost: Lost<P> | undefined;
  #stuck = 0;
  #broken = 0;
  /** Whether the server takes refs that are neither branches nor tags, as far as we know. */
  #takesRequests = true;

  constructor(remote: Writable, around: Surroundings, people: People, queued: Queued<P>) {
    this.#remote = remote;
    this.#around = around;
    this.#people = people;
    this.#queued = queued;
    this.#pusher = new Pusher(remote);
  }

  async write(edit: Edit<P>): Promise<Written<P>> {
    for (;;) {
      const { listing, view } = await look(this.#remote, this.#around.hasHead);
      if (this.#lost !== undefined && (await hasLanded(view, this.#lost.updates))) return this.#lost.written;
      if (this.#lost?.outcome.kind === 'unknown' && this.#broken >= BROKEN_LIMIT)
        throw pushFailed(this.#lost.outcome.message);
      const plan = await edit(view);
      const attempt = await this.#attempt(plan, listing);
      if (attempt.kind === 'written') return attempt.written;
    }
  }

  async #attempt(plan: P, listing: Listing): Promise<Attempt<P>> {
    const draft = () => draftPlan(plan, this.#people, this.#remote.objects);
    if (isEmpty(plan)) return { kind: 'written', written: this.#written(plan, (await draft()).made, false) };
    const canRequest = plan.request !== undefined && this.#takesRequests;
    if (canRequest && this.#isContended(plan, listing)) return this.#request(plan, undefined);
    if (plan.onRace === 'report' && this.#first !== undefined) refuseOvertaken(plan, this.#first, listing);
    this.#first ??= listing;
    const drafted = await draft();
    const outcome = await this.#push(plan, drafted, listing);
    if (outcome.kind === 'accepted') return { kind: 'written', written: this.#written(plan, drafted.made, true) };
    if (outcome.kind === 'refused' && !canRequest) throw pushRefused(outcome.message);
    if (outcome.kind === 'refused') return this.#request(plan, outcome.message);
    // Whoever commits the request looks at what is there by then.
    if (outcome.kind === 'stale' && canRequest) return this.#request(plan, undefined);
    const { random, sleep } = this.#around;
    if (!canRequest) await sleep(random() * Math.min(LONGEST_WAIT, 50 * 2 ** Math.min(this.#pusher.pushes, 8)));
    return { kind: 'overtaken' };
  }

  /** Returns whether others are at the same branch: then a push of our own would be lost, or be in their way. */
  #isContended(plan: P, listing: Listing): boolean {
    const branch = plan.request?.branch ?? '';
    const isAlone = this.#first === undefined && waitingOn(listing, branch).length === 0;
    const hasNeighbours = this.#remote.neighbours?.join(branch) ?? false;
    return !isAlone || hasNeighbours;
  }

  async #push(plan: P, draft: Draft, listing: Listing): Promise<PushOutcome> {
    const before = this.#lastPushed;
    this.#stuck = before !== undefined && isUnmoved(plan, before, listing) ? this.#stuck + 1 : 0;
    if (this.#stuck >= STUCK_LIMIT) throw pushFailed('the server says that somebody else was first, yet nothing moves');
    this.#lastPushed = listing;
    const { updates, objects, made } = draft;
    const outcome = await this.#pusher.push(listing, updates, objects, treesOf(plan));
    this.#lost = { updates, written: this.#written(plan, made, true), outcome };
    this.#broken += outcome.kind === 'unknown' ? 1 : 0;
    return outcome;
  }

  async #request(plan: P, refused: string | undefined): Promise<Attempt<P>> {
    const attempt = await this.#queued(plan, this.#pusher, refused);
    if (attempt.kind !== 'refused') return attempt;
    // A server that takes no refs but branches and tags: everybody tries until it works.
    if (refused !== undefined) throw pushRefused(refused);
    this.#takesRequests = false;
    return { kind: 'overtaken' };
  }

  #written(plan: P, made: Made, changed: boolean): Written<P> {
    return { ...made, plan, changed, pushes: this.#pusher.pushes };
  }
}

function treesOf(plan: Plan): Oid[] {
  const made = [...plan.branches.map(({ snapshot }) => snapshot), plan.tag?.candidate?.step.snapshot];
  return made.flatMap((snapshot) => (snapshot === undefined ? [] : [snapshot.tree]));
}

/**
 * Returns whether every ref contains what was pushed: the server may have accepted before the connection broke, or
 * been asked twice by a library that did not hear its answer.
 */
async function hasLanded(view: View, updates: readonly RefUpdate[]): Promise<boolean> {
  for (const { ref, value, expected } of updates) {
    if (ref.startsWith('refs/tags/')) {
      if (view.refs.tags.get(ref.slice('refs/tags/'.length))?.oid !== value) return false;
      continue;
    }
    const head = view.refs.branches.get(ref.slice('refs/heads/'.length));
    if (head === expected) return false;
    if (value === null) {
      if (head === undefined) continue;
      return false;
    }
    if ((await findBack(view, head, expected, ({ oid }) => oid === value)) === undefined) return false;
  }
  return true;
}

/** Returns whether every ref of a plan stands where it stood. */
function isUnmoved(plan: Plan, before: Refs, now: Refs): boolean {
  const tag = plan.tag?.tag ?? '';
  return (
    plan.branches.every(({ branch }) => before.branches.get(branch) === now.branches.get(branch)) &&
    before.tags.get(tag)?.oid === now.tags.get(tag)?.oid
  );
}

function refuseOvertaken(plan: Plan, expected: Refs, now: Refs): void {
  for (const { branch, onRace } of plan.branches) {
    if (onRace === 'again') continue;
    const [before, after] = [expected.branches.get(branch), now.branches.get(branch)];
    if (before === after) continue;
    throw new EleventhError(
      'OVERTAKEN',
      `${branch} moved from ${before?.slice(0, 7) ?? 'nothing'} to ${after?.slice(0, 7) ?? 'nothing'} meanwhile; nothing was changed.`,
      {
        hint: 'Look at it with eleventh status, then run the command again.',
        details: { branch, before: before ?? null, after: after ?? null },
      },
    );
  }
}
