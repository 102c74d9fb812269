import type { View } from '@eleventh/core';
import type { People } from './drafts.ts';
import { answerTo, planBatch, type Result } from './drain.ts';
import { pushBatch } from './group-commit.ts';
import { Pusher, pushFailed, pushRefused, STUCK_LIMIT, type Writable } from './pusher.ts';
import type { Listing } from './ref-list.ts';
import { look } from './views.ts';
import type { Surroundings } from './writer.ts';

/** Commits what waits for a branch, for somebody who has nothing of his own to commit: a trusted job. */
export class DrainJob {
  readonly #remote: Writable;
  readonly #around: Surroundings;
  readonly #people: People;
  readonly #pusher: Pusher;
  readonly #results: Result[] = [];

  constructor(remote: Writable, around: Surroundings, people: People) {
    this.#remote = remote;
    this.#around = around;
    this.#people = people;
    this.#pusher = new Pusher(remote);
  }

  /**
   * Goes on until none is left that this version understands, and returns what became of each; with `isDryRun` what
   * would become of those that wait now. @param branchOf finds the branch, or throws.
   */
  async run(branchOf: (view: View) => Promise<string>, isDryRun: boolean): Promise<readonly Result[]> {
    for (let failures = 0; failures < STUCK_LIMIT; ) {
      const { listing, view } = await look(this.#remote, this.#around.hasHead);
      const branch = await branchOf(view);
      const batch = await this.#plan(listing, branch);
      if (isDryRun) return batch.results;
      if (batch.updates.length === 0) return this.#results;
      const outcome = await pushBatch(this.#pusher, listing, batch);
      if (outcome.kind === 'refused') {
        await this.#carryOutEach(batch.results, listing, branch, outcome.message);
        return this.#results;
      }
      if (outcome.kind === 'accepted') {
        this.#results.push(...batch.results);
        continue;
      }
      failures += 1;
      await this.#around.sleep(this.#around.random() * 500 * failures);
    }
    throw pushFailed('others are always first');
  }

  /**
   * Commits requests one by one, since the server may refuse what one of them asks for: its owner is told so, and the
   * others land all the same. Throws `PUSH_REFUSED` when none does, since then it is us whom the server refuses.
   */
  async #carryOutEach(tried: readonly Result[], listing: Listing, branch: string, refused: string): Promise<void> {
    const unwanted: { result: Result; message: string }[] = [];
    for (const result of tried.length > 1 ? tried : []) {
      const { ref, oid } = result.request;
      const { branches } = await this.#remote.refs();
      const only = { ...listing, branches, queue: new Map([[ref, oid]]) };
      const batch = await this.#plan(only, branch);
      const outcome = await pushBatch(this.#pusher, only, batch);
      if (outcome.kind === 'accepted') this.#results.push(...batch.results);
      if (outcome.kind === 'refused') unwanted.push({ result, message: outcome.message });
    }
    if (this.#results.length === 0) throw pushRefused(refused);
    for (const { result, message } of unwanted) await this.#answer(result, message, listing);
  }

  async #answer({ request }: Result, message: string, listing: Listing): Promise<void> {
    const refusal = pushRefused(message, 'Ask who runs the repository why its rules do not let this in.');
    const { objects, updates } = answerTo(listing, request, refusal, this.#committer);
    const removal = { ref: request.ref, expected: request.oid, value: null };
    const outcome = await this.#pusher.push(listing, [removal, ...updates], objects, []);
    if (outcome.kind === 'accepted') this.#results.push({ request, commit: null, refusal });
  }

  #plan(listing: Listing, branch: string) {
    return planBatch(this.#remote.objects, listing, branch, this.#committer, this.#around.now());
  }

  get #committer(): People['committer'] {
    return { ...this.#people.committer, time: Math.floor(this.#around.now() / 1000) };
  }
}
