import { EleventhError, isAsRequested, type Oid, type Plan } from '@eleventh/core';
import { Drafts } from './commits.ts';
import { at, type People } from './drafts.ts';
import { Drain } from './drain.ts';
import type { PushOutcome } from './push-report.ts';
import { isUnreachable, type Pusher, pushFailed, pushRefused, reached, STUCK_LIMIT, type Writable } from './pusher.ts';
import { answerRef, claimRef, PACE, parseAnswer, requestRef, waitingOn } from './queue.ts';
import { Quiet } from './quiet.ts';
import type { Listing } from './ref-list.ts';
import { type Batch, landedAs, planBatch, pushBatch } from './request-batch.ts';
import { TreeSnapshot } from './tree-snapshot.ts';
import { viewAt, viewOf } from './views.ts';
import type { Attempt, Edit, Surroundings } from './writer.ts';

/** A request of ours in the queue. */
interface Request {
  readonly ref: string;
  readonly oid: Oid;
  readonly branch: string;
  /** What the server said of it, which may have been of a second try when the first had succeeded. */
  readonly sent: PushOutcome;
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
  #unsent = 0;
  /** How long we have waited, in milliseconds, for all our requests. */
  #waited = 0;
  #said = '';

  constructor(remote: Writable, around: Surroundings, people: People, edit: Edit<P>) {
    this.#remote = remote;
    this.#around = around;
    this.#people = people;
    this.#edit = edit;
  }

  /** @param refused why the server does not let us write the branch, if it does not. */
  async write(plan: P, pusher: Pusher, refused: string | undefined): Promise<Attempt<P>> {
    const { branch, oid, objects, tree, ref } = await this.#request(plan);
    // Sent whole: what the branch holds may not be there any more to build on, since others move it at this moment.
    const nothing = { head: null, branches: new Map(), tags: new Map() };
    const outcome = await pusher.push(nothing, [{ ref, expected: null, value: oid }], objects, [tree]);
    if (outcome.kind === 'refused') return outcome;
    return this.#wait({ ref, oid, branch, sent: outcome }, plan, pusher, refused);
  }

  async #request(plan: Plan) {
    if (plan.request === undefined) throw new RangeError('The plan cannot be left as a request.');
    const { branch, service, snapshot, message } = plan.request;
    const { now, random } = this.#around;
    const tree = { tree: snapshot.tree, objects: await this.#remote.objects.unwrittenBelow(snapshot.tree) };
    const { author, committer, signer } = this.#people;
    const drafts = new Drafts(signer);
    const oid = await drafts.commit({ parent: null, tree, message, author, committer });
    const { objects } = drafts;
    this.#remote.objects.add(objects);
    return { branch, oid, objects, tree: snapshot.tree, ref: requestRef(branch, service, now(), random()) };
  }

  async #wait(request: Request, plan: P, pusher: Pusher, refused: string | undefined): Promise<Attempt<P>> {
    const { branch } = request;
    const quiet = new Quiet();
    let denied = refused;
    let stuck = 0;
    let failure: EleventhError | undefined;
    for (;;) {
      const began = this.#around.now();
      const listing = await this.#listing(request);
      const took = this.#around.now() - began;
      const waiting = waitingOn(listing, branch);
      const place = waiting.findIndex(({ ref }) => ref === request.ref);
      if (place < 0) return this.#outcome(request, plan, listing, pusher, failure);
      const signs = [listing.branches.get(branch), waiting[0]?.ref, listing.queue.get(claimRef(branch))];
      quiet.see(signs, waiting.length, took);
      const isTurn = denied === undefined && quiet.isTurn(place);
      if (isTurn && !(await this.#claim(request, listing, waiting.length, pusher))) {
        quiet.restart();
      } else if (isTurn) {
        const outcome = await reached(async () => pushBatch(pusher, listing, await this.#batch(listing, branch)));
        if (outcome.kind === 'accepted') continue;
        if (outcome.kind === 'refused') {
          const alone = await this.#commitAlone(request, listing, pusher);
          if (alone.kind === 'accepted')
            return this.#outcome(request, plan, await this.#listing(request), pusher, undefined);
          if (alone.kind === 'refused') denied = alone.message;
        }
        stuck = quiet.hasMoved ? 0 : stuck + 1;
        if (stuck >= STUCK_LIMIT)
          failure = pushFailed('the server says that somebody else was first, yet nothing moves');
        quiet.restart();
      }
      if (denied !== undefined && this.#waited > this.#around.patience)
        failure = pushRefused(
          denied,
          'Ask for the right to push to the branch, or have a trusted job run eleventh drain.',
        );
      if (failure !== undefined && (await this.#withdraw(request, listing, pusher))) throw failure;
      const pace = denied === undefined ? quiet.pause(place) : PACE.protected(this.#waited);
      const pause = pace * (0.75 + 0.5 * this.#around.random());
      this.#report(waiting.length, denied);
      this.#waited += pause;
      await this.#around.sleep(pause);
      quiet.pass(pause);
    }
  }

  /** Returns whether to go ahead: in a crowd only whoever is the first to say so does. */
  async #claim({ branch, oid }: Request, listing: Listing, count: number, pusher: Pusher): Promise<boolean> {
    if (count < PACE.crowd) return true;
    const expected = listing.queue.get(claimRef(branch)) ?? null;
    const update = { ref: claimRef(branch), expected, value: oid };
    const outcome = expected === oid ? null : await reached(() => pusher.push(listing, [update], [], []));
    // Where it cannot be said, or not be heard, several go ahead: the branch takes the first.
    return outcome?.kind !== 'stale';
  }

  /** Takes our claim away, whoever it was that committed, if nobody has put another in its place. */
  async #unclaim({ branch, oid }: Request, listing: Listing, pusher: Pusher): Promise<void> {
    const ref = claimRef(branch);
    if (listing.queue.get(ref) === oid) await reached(() => this.#remove({ ref, oid }, listing, pusher));
  }

  /** Returns the refs as they are now. A server that is away for a moment does not end the wait. */
  async #listing({ ref }: Request): Promise<Listing> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.#remote.refs();
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        if (failures >= STUCK_LIMIT) throw pushFailed(`${error.message} The request waits there as ${ref}`);
        await this.#around.sleep(500 * failures * (0.75 + 0.5 * this.#around.random()));
      }
    }
  }

  /** Commits our request and no other, when the server refuses what somebody else asks for, or that refs go. */
  async #commitAlone(request: Request, listing: Listing, pusher: Pusher): Promise<PushOutcome> {
    const { ref, oid, branch } = request;
    const batch = await this.#batch({ ...listing, queue: new Map([[ref, oid]]) }, branch);
    const updates = batch.updates.filter((update) => update.ref.startsWith('refs/heads/'));
    // There already: only the request has to go.
    const outcome: PushOutcome =
      updates.length === 0
        ? { kind: 'accepted' }
        : await reached(() => pusher.push(listing, updates, batch.objects, [batch.tree], [oid]));
    if (outcome.kind !== 'accepted') return outcome;
    // It has landed, whatever becomes of the request.
    const removed = await reached(() => this.#remove(request, listing, pusher));
    if (updates.length > 0 && removed.kind === 'accepted') await this.#drainOthers(branch);
    return outcome;
  }

  /** Has whoever else waits told what the server refuses: it would stand in the way of everybody after us. */
  async #drainOthers(branch: string): Promise<void> {
    try {
      await new Drain(this.#remote, this.#around, this.#people, true).run(async () => branch);
    } catch (error) {
      // Our own pin has landed.
      if (!(error instanceof EleventhError)) throw error;
    }
  }

  #batch(listing: Listing, branch: string): Promise<Batch> {
    const now = this.#around.now();
    const by = { ...this.#people, committer: at(this.#people.committer, now) };
    return planBatch(this.#remote.objects, listing, branch, by, now);
  }

  /**
   * Returns what became of a request that is not in the queue any more. That it is gone is no proof that it landed.
   * @param failure why it was to be withdrawn, if it was.
   */
  async #outcome(
    request: Request,
    plan: P,
    listing: Listing,
    pusher: Pusher,
    failure: EleventhError | undefined,
  ): Promise<Attempt<P>> {
    await this.#unclaim(request, listing, pusher);
    const { ref, oid, branch, sent } = request;
    const { objects } = this.#remote;
    const view = viewOf(objects, listing);
    const commit = await landedAs(view, branch, await objects.commit(oid));
    if (commit !== null)
      return { kind: 'written', written: await this.#written(plan, oid, listing, branch, commit, pusher) };
    const answer = listing.queue.get(answerRef(ref));
    if (answer === undefined && failure !== undefined) throw failure;
    if (answer === undefined && sent.kind !== 'accepted') {
      this.#unsent += 1;
      if (this.#unsent < STUCK_LIMIT) return { kind: 'overtaken' };
      throw pushFailed(sent.kind === 'unknown' ? sent.message : 'the server does not take a request');
    }
    this.#vanished += 1;
    const isLast = this.#vanished >= VANISHED_LIMIT;
    if (answer === undefined) {
      if (isLast) throw pushFailed('somebody deletes the requests of the branch');
      return { kind: 'overtaken' };
    }
    const error = parseAnswer((await objects.commit(answer)).message);
    await reached(() => this.#remove({ ref: answerRef(ref), oid: answer }, listing, pusher));
    // Our own rules have nothing against it, so asking again would change nothing.
    if (error.code === 'PUSH_REFUSED') throw error;
    // The branch has moved on, so the next try is another one.
    if (error.code === 'REQUEST_OVERTAKEN') this.#vanished -= 1;
    // The edit itself, applied to what is there now, says best what is wrong; if anything still is.
    if (isLast && error.code !== 'REQUEST_OVERTAKEN') throw error;
    return { kind: 'overtaken' };
  }

  /** Returns the write as if it had been made alone: the plan is the one that leads from the commit's parent to it. */
  async #written(plan: P, request: Oid, listing: Listing, branch: string, oid: Oid, pusher: Pusher) {
    const { objects } = this.#remote;
    const commit = await objects.commit(oid);
    // What is told of the write is its recipe: read now, it takes no process of its own later.
    await objects.tree(commit.tree);
    const written = { changed: true, commits: new Map([[branch, [oid]]]), tagged: null, pushes: pusher.pushes };
    const [line, ...more] = plan.branches;
    // Nearly always nothing happened meanwhile that concerns it.
    if (line?.steps.length === 1 && more.length === 0 && isAsRequested(await objects.commit(request), commit)) {
      return {
        ...written,
        plan: { ...plan, branches: [{ ...line, snapshot: new TreeSnapshot(objects, commit.tree) }] },
      };
    }
    const made = await this.#edit(viewAt(objects, listing, branch, commit.parents[0] ?? null)).catch((error) => {
      // The rules may have changed since.
      if (error instanceof EleventhError) return plan;
      throw error;
    });
    return { ...written, plan: made };
  }

  /** Takes a request out of the queue; returns whether it still was there. */
  async #withdraw({ ref, oid }: Request, listing: Listing, pusher: Pusher): Promise<boolean> {
    const outcome = await this.#remove({ ref, oid }, listing, pusher);
    return outcome.kind === 'accepted' || outcome.kind === 'refused';
  }

  #remove({ ref, oid }: Pick<Request, 'ref' | 'oid'>, listing: Listing, pusher: Pusher): Promise<PushOutcome> {
    return pusher.push(listing, [{ ref, expected: oid, value: null }], [], []);
  }

  #report(count: number, denied: string | undefined): void {
    if (this.#waited < 2000) return;
    const text =
      denied === undefined
        ? `${count} pins wait for one push …`
        : 'The branch is protected: waiting for a job that runs eleventh drain …';
    if (text !== this.#said) this.#around.progress?.(text);
    this.#said = text;
  }
}
