import { type Commit, EleventhError, isEmpty, type Oid, type Plan, type Refs, type View } from '@eleventh/core';
import { draftPlan, type Made, type People } from './drafts.ts';
import type { RefUpdate } from './push-arguments.ts';
import { Pusher, pushFailed, pushRefused, STUCK_LIMIT, type Writable } from './pusher.ts';
import type { Listing } from './ref-list.ts';
import { look } from './views.ts';

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
  queued: (plan: P, pusher: Pusher, refused: string | undefined) => Promise<Attempt<P>>,
): Promise<Written<P>> {
  const pusher = new Pusher(remote);
  let expected: Refs | undefined;
  let before: Refs | undefined;
  let broken = 0;
  let stuck = 0;
  let canRequest = true;
  let lost: { updates: readonly RefUpdate[]; written: Written<P>; failure: string | undefined } | undefined;
  for (;;) {
    const { listing, view } = await look(remote, around.hasHead);
    if (lost !== undefined && (await hasLanded(view, lost.updates))) return lost.written;
    if (lost?.failure !== undefined && broken >= BROKEN_LIMIT) throw pushFailed(lost.failure);
    const plan = await edit(view);
    const { made, objects, updates } = await draftPlan(plan, people, remote.objects);
    const written = (changed: boolean): Written<P> => ({ ...made, plan, changed, pushes: pusher.pushes });
    if (isEmpty(plan)) return written(false);
    if (plan.onRace === 'report' && expected !== undefined) refuseOvertaken(plan, expected, listing);
    const isContended = expected !== undefined || isQueued(listing, plan);
    expected ??= listing;
    let refused: string | undefined;
    if (!(canRequest && plan.request !== undefined && isContended)) {
      stuck = before !== undefined && isUnmoved(plan, before, listing) ? stuck + 1 : 0;
      if (stuck >= STUCK_LIMIT) throw pushFailed('the server says that somebody else was first, yet nothing moves');
      before = listing;
      const outcome = await pusher.push(listing, updates, objects, treesOf(plan));
      if (outcome.kind === 'accepted') return written(true);
      lost = { updates, written: written(true), failure: outcome.kind === 'unknown' ? outcome.message : undefined };
      broken += outcome.kind === 'unknown' ? 1 : 0;
      if (outcome.kind === 'refused' && (plan.request === undefined || !canRequest)) throw pushRefused(outcome.message);
      if (outcome.kind === 'refused') refused = outcome.message;
      else if (canRequest && plan.request !== undefined) continue;
    }
    if (canRequest && plan.request !== undefined) {
      const attempt = await queued(plan, pusher, refused);
      if (attempt.kind === 'written') return attempt.written;
      if (attempt.kind === 'refused') {
        // A server that takes no refs but branches and tags: everybody tries until it works.
        if (refused !== undefined) throw pushRefused(refused);
        canRequest = false;
      }
      continue;
    }
    await around.sleep(around.random() * Math.min(LONGEST_WAIT, 50 * 2 ** Math.min(pusher.pushes, 8)));
  }
}

function isQueued(listing: Listing, { request }: Plan): boolean {
  const prefix = `refs/eleventh/requests/${request?.branch}/`;
  return [...listing.queue.keys()].some((ref) => ref.startsWith(prefix));
}

function treesOf(plan: Plan): Oid[] {
  const made = [...plan.branches.map(({ snapshot }) => snapshot), plan.tag?.candidate?.step.snapshot];
  return made.flatMap((snapshot) => (snapshot === undefined ? [] : [snapshot.tree]));
}

/** How far back a push is looked for in a branch that does not hold the head which the push expected. */
const LOOK_BACK = 10_000;

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
    if (head === undefined || head === expected || !(await isAmong(view.line(head), value, expected))) return false;
  }
  return true;
}

async function isAmong(line: AsyncIterable<Commit>, wanted: Oid | null, until: Oid | null): Promise<boolean> {
  let left = LOOK_BACK;
  for await (const { oid } of line) {
    if (oid === wanted) return true;
    left -= 1;
    if (oid === until || left === 0) return false;
  }
  return false;
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
  for (const { branch } of plan.branches) {
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
