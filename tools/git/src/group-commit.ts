import { EleventhError, type Oid, type Plan } from '@eleventh/core';
import { draftObjects } from './commits.ts';
import type { People } from './drafts.ts';
import { type Batch, landedAs, planBatch } from './drain.ts';
import type { GitObject } from './object-format.ts';
import type { PushOutcome } from './push-report.ts';
import { answerRef, PACE, parseAnswer, requestRef, waitingOn } from './queue.ts';
import type { Listing } from './ref-list.ts';
import { viewAt, viewOf } from './views.ts';
import {
  type Attempt,
  type Edit,
  type Pusher,
  pushFailed,
  pushRefused,
  STUCK_LIMIT,
  type Surroundings,
  type Writable,
} from './writer.ts';

/** A request of ours in the queue. */
interface Request {
  readonly ref: string;
  readonly oid: Oid;
  readonly branch: string;
}

/** How often a request may vanish, or be answered with what the edit itself does not say. */
const VANISHED_LIMIT = 3;

/**
 * Writes by way of the queue of a branch: leaves the plan as a request, waits until somebody has committed it, and if
 * it stands first, or those before it do not move, commits all that waits, in one push.
 */
export class GroupCommit<P extends Plan> {
  readonly #remote: Writable;
  readonly #around: Surroundings;
  readonly #people: People;
  readonly #edit: Edit<P>;
  #vanished = 0;
  #said = '';

  constructor(remote: Writable, around: Surroundings, people: People, edit: Edit<P>) {
    this.#remote = remote;
    this.#around = around;
    this.#people = people;
    this.#edit = edit;
  }

  /** @param refused why the server does not let us write the branch, if it does not. */
  async write(listing: Listing, plan: P, pusher: Pusher, refused: string | undefined): Promise<Attempt<P>> {
    const { branch, object, objects, tree, ref } = await this.#request(plan);
    const outcome = await pusher.push(listing, [{ ref, expected: null, value: object.oid }], objects, [tree]);
    if (outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'stale') return { kind: 'overtaken' };
    return this.#wait({ ref, oid: object.oid, branch }, plan, pusher, refused);
  }

  async #request(plan: Plan) {
    if (plan.request === undefined) throw new RangeError('The plan cannot be left as a request.');
    const { branch, service, snapshot, message } = plan.request;
    const { now, random } = this.#around;
    const tree = { tree: snapshot.tree, objects: await this.#remote.objects.unwrittenBelow(snapshot.tree) };
    const { objects } = draftObjects([{ parent: null, tree, message, ...this.#people }]);
    this.#remote.objects.add(objects);
    const object = objects.at(-1) as GitObject;
    return { branch, object, objects, tree: snapshot.tree, ref: requestRef(branch, service, now(), random()) };
  }

  async #wait(request: Request, plan: P, pusher: Pusher, refused: string | undefined): Promise<Attempt<P>> {
    const { branch } = request;
    const quiet = new Quiet();
    let denied = refused;
    let stuck = 0;
    for (let waited = 0; ; ) {
      const listing = await this.#remote.refs();
      const waiting = waitingOn(listing, branch);
      const place = waiting.findIndex(({ ref }) => ref === request.ref);
      if (place < 0) return this.#outcome(request, plan, listing, pusher);
      quiet.see(listing.branches.get(branch), waiting[0]?.ref, waiting.length);
      if (denied === undefined && quiet.isTurn(place)) {
        const outcome = await this.#drain(listing, branch, pusher);
        if (outcome.kind === 'refused') denied = outcome.message;
        if (outcome.kind === 'accepted') continue;
        stuck = quiet.hasMoved ? 0 : stuck + 1;
        if (stuck >= STUCK_LIMIT && (await this.#withdraw(request, listing, pusher)))
          throw pushFailed('the server says that somebody else was first, yet nothing moves');
        quiet.restart();
      }
      if (denied !== undefined && waited > this.#around.patience && (await this.#withdraw(request, listing, pusher)))
        throw pushRefused(denied, 'Ask for the right to push to the branch, or have a trusted job run eleventh drain.');
      const pace = denied === undefined ? quiet.pause(place) : PACE.protected(waited);
      const pause = pace * (0.75 + 0.5 * this.#around.random());
      this.#report(waiting.length, waited, denied);
      waited += pause;
      await this.#around.sleep(pause);
      quiet.pass(pause);
    }
  }

  async #drain(listing: Listing, branch: string, pusher: Pusher): Promise<PushOutcome> {
    const { objects } = this.#remote;
    const batch = await planBatch(objects, listing, branch, this.#committer, this.#around.now());
    return pushBatch(pusher, listing, batch);
  }

  get #committer(): People['committer'] {
    return { ...this.#people.committer, time: Math.floor(this.#around.now() / 1000) };
  }

  /** Returns what became of a request that is not in the queue any more. That it is gone is no proof that it landed. */
  async #outcome({ ref, oid, branch }: Request, plan: P, listing: Listing, pusher: Pusher): Promise<Attempt<P>> {
    const { objects } = this.#remote;
    const view = viewOf(objects, listing);
    const commit = await landedAs(view, branch, await objects.commit(oid));
    if (commit !== null)
      return { kind: 'written', written: await this.#written(plan, listing, branch, commit, pusher) };
    const answer = listing.queue.get(answerRef(ref));
    this.#vanished += 1;
    const isLast = this.#vanished >= VANISHED_LIMIT;
    if (answer === undefined) {
      if (isLast) throw pushFailed('somebody deletes the requests of the branch');
      return { kind: 'overtaken' };
    }
    const error = parseAnswer((await objects.commit(answer)).message);
    await pusher.push(listing, [{ ref: answerRef(ref), expected: answer, value: null }], [], []);
    // The edit itself, applied to what is there now, says best what is wrong; if anything still is.
    if (isLast) throw error;
    return { kind: 'overtaken' };
  }

  /** Returns the write as if it had been made alone: the plan is the one that leads from the commit's parent to it. */
  async #written(plan: P, listing: Listing, branch: string, oid: Oid, pusher: Pusher) {
    const { objects } = this.#remote;
    const commit = await objects.commit(oid);
    const made = await this.#edit(viewAt(objects, listing, branch, commit.parents[0] ?? null)).catch((error) => {
      // The rules may have changed since.
      if (error instanceof EleventhError) return plan;
      throw error;
    });
    return { plan: made, changed: true, commits: new Map([[branch, [oid]]]), tagged: null, pushes: pusher.pushes };
  }

  /** Takes a request out of the queue; returns whether it still was there. */
  async #withdraw({ ref, oid }: Request, listing: Listing, pusher: Pusher): Promise<boolean> {
    const outcome = await pusher.push(listing, [{ ref, expected: oid, value: null }], [], []);
    return outcome.kind === 'accepted' || outcome.kind === 'refused';
  }

  #report(count: number, waited: number, denied: string | undefined): void {
    if (waited < 2000) return;
    const text =
      denied === undefined
        ? `Waiting with ${count - 1} others for one push …`
        : 'The branch is protected: waiting for a job that runs eleventh drain …';
    if (text !== this.#said) this.#around.progress?.(text);
    this.#said = text;
  }
}

/** Pushes a batch: the branch and every request that it carries out move together. */
export function pushBatch(pusher: Pusher, listing: Listing, batch: Batch): Promise<PushOutcome> {
  const requests = batch.results.map(({ request }) => request.oid);
  return pusher.push(listing, batch.updates, batch.objects, [batch.tree], requests);
}

/** Whether a queue moves, and who has to see to it. */
class Quiet {
  #seen = '';
  #count = 0;
  #still = 0;
  #settled = 0;
  #isGrowing = true;
  hasMoved = false;

  /** Takes note of the queue as it is: its branch's head, its first request, its length. */
  see(head: Oid | undefined, first: string | undefined, count: number): void {
    const seen = `${head} ${first}`;
    this.hasMoved = seen !== this.#seen;
    if (this.hasMoved) this.#still = 0;
    this.#isGrowing = count > this.#count;
    this.#seen = seen;
    this.#count = count;
  }

  pass(milliseconds: number): void {
    this.#still += milliseconds;
    this.#settled += milliseconds;
  }

  restart(): void {
    this.#still = 0;
    this.#settled = 0;
  }

  /** The first goes when no more come; the next ones when those before them have stood still for too long. */
  isTurn(place: number): boolean {
    if (place > 0) return this.#still > PACE.takeover(place, this.#count);
    return !this.#isGrowing || this.#settled > PACE.settleLimit(this.#count);
  }

  pause(place: number): number {
    return place === 0 ? PACE.settle : PACE.look(this.#count);
  }
}
