import type { EleventhError, Oid, View } from '@eleventh/core';
import { at, type People } from './drafts.ts';
import { Pusher, pushFailed, pushRefused, STUCK_LIMIT, type Writable } from './pusher.ts';
import type { Waiting } from './queue.ts';
import type { Listing } from './ref-list.ts';
import { answerTo, type Batch, landedAs, planBatch, pushBatch, type Result } from './request-batch.ts';
import { look } from './views.ts';
import type { Surroundings } from './writer.ts';

/** How many requests the server may refuse, one by one, before we take it that it refuses us. */
const REFUSED_LIMIT = 5;

/** Commits what waits for a branch until nothing is left, and keeps what became of each request. */
export class Drain {
  readonly #remote: Writable;
  readonly #around: Surroundings;
  readonly #people: People;
  readonly #pusher: Pusher;
  readonly #results: Result[] = [];
  /** What the server's own rules refuse, with its words. */
  readonly #refused = new Map<string, { request: Waiting; refusal: EleventhError }>();
  /** How many requests go out together: the server refuses all of them for one. */
  #limit = Number.POSITIVE_INFINITY;
  /** A batch of which nobody said whether it landed. */
  #unheard: Batch | undefined;
  /** Whether the server let us move the branch. */
  #mayWrite: boolean;

  /** @param mayWrite whether it is known that the server lets us move the branch. */
  constructor(remote: Writable, around: Surroundings, people: People, mayWrite = false) {
    this.#remote = remote;
    this.#around = around;
    this.#people = people;
    this.#pusher = new Pusher(remote);
    this.#mayWrite = mayWrite;
  }

  /**
   * Goes on until no request is left that this version understands, and returns what became of each; with `isDryRun`
   * what would become of those that wait now. A request that the server's own rules refuse is answered with its words
   * when others may land; else it is us whom the server refuses, and `PUSH_REFUSED` is thrown.
   * @param branchOf finds the branch, or throws.
   */
  async run(branchOf: (view: View) => Promise<string>, isDryRun = false): Promise<readonly Result[]> {
    for (let failures = 0; failures < STUCK_LIMIT; ) {
      const { listing, view } = await look(this.#remote, this.#around.hasHead);
      const branch = await branchOf(view);
      await this.#hear(view, listing, branch);
      const batch = await this.#plan(listing, branch, isDryRun);
      if (isDryRun) return batch.results;
      if (batch.results.length === 0) {
        // Nothing but answers that nobody came for.
        if (batch.updates.length > 0) await pushBatch(this.#pusher, listing, batch);
        for (const { request, refusal } of this.#refused.values()) await this.#answer(listing, request, refusal);
        return this.#results;
      }
      const outcome = await pushBatch(this.#pusher, listing, batch);
      if (outcome.kind === 'accepted') this.#accepted(batch);
      else if (outcome.kind === 'refused') this.#divide(batch, outcome.message);
      else {
        if (outcome.kind === 'unknown') this.#unheard = batch;
        failures += 1;
        await this.#around.sleep(this.#around.random() * 500 * failures);
      }
    }
    throw pushFailed('others are always first');
  }

  #accepted(batch: Batch): void {
    this.#results.push(...batch.results);
    this.#limit *= 2;
    this.#mayWrite ||= batch.updates.some(({ ref }) => ref.startsWith('refs/heads/'));
  }

  /** Has fewer go out together, down to the one that the server does not want. */
  #divide({ results }: Batch, message: string): void {
    const [first] = results;
    this.#limit = Math.max(1, Math.floor(results.length / 2));
    if (results.length > 1 || first === undefined) return;
    const refusal = pushRefused(message, 'Ask who runs the repository why its rules do not let this in.');
    this.#refused.set(first.request.ref, { request: first.request, refusal });
    if (!this.#mayWrite && this.#refused.size >= REFUSED_LIMIT) throw pushRefused(message);
  }

  /** Finds out what became of a push that nobody answered. */
  async #hear(view: View, { queue }: Listing, branch: string): Promise<void> {
    for (const result of this.#unheard?.results ?? []) {
      const { ref, oid } = result.request;
      // What still waits is planned again.
      if (queue.has(ref)) continue;
      const commit = result.refusal === null ? await this.#landed(view, branch, oid) : null;
      if (commit !== null || result.refusal !== null) this.#results.push({ ...result, commit });
      this.#mayWrite ||= commit !== null;
    }
    this.#unheard = undefined;
  }

  async #landed(view: View, branch: string, request: Oid): Promise<Oid | null> {
    return landedAs(view, branch, await this.#remote.objects.commit(request));
  }

  async #answer(listing: Listing, request: Waiting, refusal: EleventhError): Promise<void> {
    if (!this.#mayWrite) throw pushRefused(String(refusal.details.server));
    const committer = at(this.#people.committer, this.#around.now());
    const { objects, updates } = answerTo(listing, request, refusal, committer);
    const removal = { ref: request.ref, expected: request.oid, value: null };
    const outcome = await this.#pusher.push(listing, [removal, ...updates], objects, []);
    if (outcome.kind === 'accepted') this.#results.push({ request, commit: null, refusal });
  }

  #plan(listing: Listing, branch: string, isDryRun: boolean): Promise<Batch> {
    const queue = new Map([...listing.queue].filter(([ref]) => !this.#refused.has(ref)));
    const now = this.#around.now();
    const by = { committer: at(this.#people.committer, now), signer: isDryRun ? undefined : this.#people.signer };
    return planBatch(this.#remote.objects, { ...listing, queue }, branch, by, now, this.#limit);
  }
}
