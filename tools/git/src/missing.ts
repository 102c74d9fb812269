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

/**
 * Gathers what is missing as long as reads are under way, and has it brought in one round trip: reads that are made at
 * the same time cost one, however many there are. One round trip at a time.
 */
export class Missing {
  readonly #isBusy: () => boolean;
  readonly #bring: Bring;
  #wants = new Map<Oid, Want>();
  #next: Promise<ReadonlySet<Oid>> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param isBusy whether answers are still due that may lead to further reads. */
  constructor(isBusy: () => boolean, bring: Bring) {
    this.#isBusy = isBusy;
    this.#bring = bring;
  }

  /** Asks the remote for the object; returns whether it has it. */
  async want(want: Want): Promise<boolean> {
    const known = this.#wants.get(want.oid);
    if (known === undefined || known.depth < want.depth) this.#wants.set(want.oid, want);
    this.#next ??= this.#flush();
    return !(await this.#next).has(want.oid);
  }

  async #flush(): Promise<ReadonlySet<Oid>> {
    await this.#last;
    do await setImmediate();
    while (this.#isBusy());
    const wants = [...this.#wants.values()];
    this.#wants = new Map();
    this.#next = undefined;
    const brought = this.#bring(wants);
    this.#last = brought.catch(() => {});
    return brought;
  }
}
