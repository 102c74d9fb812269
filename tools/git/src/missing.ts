import { setImmediate } from 'node:timers/promises';
import type { Oid } from '@eleventh/core';
import type { ObjectType } from './object-format.ts';

/** An object that is not in the cache. */
export interface Want {
  readonly oid: Oid;
  /** null: not known. */
  readonly type: ObjectType | null;
  /** For a commit: how many of its line to bring, itself included. For a tree: infinite with everything below it. */
  readonly depth: number;
}

/** Makes absent objects present, and returns those that the remote does not have. */
export type Bring = (wants: readonly Want[]) => Promise<ReadonlySet<Oid>>;

/** A want, and those who wait for it. */
interface Pending {
  readonly want: Want;
  readonly waiters: { resolve(exists: boolean): void; reject(error: unknown): void }[];
}

/**
 * Gathers what is missing as long as reads are under way, and has it brought in one round trip: reads that are made at
 * the same time cost one, however many there are. One round trip at a time.
 */
export class Missing {
  readonly #isBusy: () => boolean;
  readonly #bring: Bring;
  readonly #pending = new Map<Oid, Pending>();
  #isRunning = false;

  /** @param isBusy whether answers are still due that may lead to further reads. */
  constructor(isBusy: () => boolean, bring: Bring) {
    this.#isBusy = isBusy;
    this.#bring = bring;
  }

  /** Asks the remote for the object; returns whether it has it. */
  want(want: Want): Promise<boolean> {
    const known = this.#pending.get(want.oid);
    const deeper = known === undefined || known.want.depth < want.depth ? want : known.want;
    return new Promise((resolve, reject) => {
      this.#pending.set(want.oid, { want: deeper, waiters: [...(known?.waiters ?? []), { resolve, reject }] });
      if (!this.#isRunning) this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#pending.size > 0) {
      do await setImmediate();
      while (this.#isBusy());
      const taken = this.#take();
      try {
        const absent = await this.#bring(taken.map(({ want }) => want));
        for (const { want, waiters } of taken) for (const { resolve } of waiters) resolve(!absent.has(want.oid));
      } catch (error) {
        for (const { waiters } of taken) for (const { reject } of waiters) reject(error);
      }
    }
    this.#isRunning = false;
  }

  /** Takes what to bring next. A tree with everything below it comes with what the others are going to lead to. */
  #take(): Pending[] {
    const all = [...this.#pending.values()];
    const isWhole = ({ want }: Pending) => want.type === 'tree' && want.depth > 1;
    const leads = ({ want }: Pending) => want.type !== 'blob';
    const isMixed = all.some((each) => leads(each) && !isWhole(each));
    const taken = isMixed ? all.filter((each) => !isWhole(each)) : all;
    for (const { want } of taken) this.#pending.delete(want.oid);
    return taken;
  }
}
