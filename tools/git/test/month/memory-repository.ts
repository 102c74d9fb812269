import { createHash } from 'node:crypto';
import type { Oid, Plan, Refs, View } from '@eleventh/core';
import { at, draftPlan } from '../../src/drafts.ts';
import type { GitObject } from '../../src/object-format.ts';
import { Objects } from '../../src/objects.ts';
import { viewOf } from '../../src/views.ts';

/** Objects of which each is there as soon as it is made. */
class PresentObjects extends Objects {
  readonly #store: Map<Oid, GitObject>;

  constructor(store: Map<Oid, GitObject>) {
    const find = async (oid: Oid) => store.get(oid);
    super({ isBusy: false, info: find, contents: find, close: async () => {} });
    this.#store = store;
  }

  override add(objects: readonly GitObject[]): void {
    for (const object of objects) this.#store.set(object.oid, object);
  }

  override async unwrittenBelow(): Promise<GitObject[]> {
    return [];
  }
}

/** A deployment repository in memory with one writer, on which the plans of real commands are carried out. */
export class MemoryRepository {
  readonly #store: Map<Oid, GitObject>;
  readonly #objects: Objects;
  #refs: Refs;

  constructor(from?: MemoryRepository) {
    this.#store = new Map(from === undefined ? [] : from.#store);
    this.#objects = new PresentObjects(this.#store);
    this.#refs = from?.refs ?? { head: 'main', branches: new Map(), tags: new Map() };
  }

  /** The refs as they are; later writes leave this value alone. */
  get refs(): Refs {
    return this.#refs;
  }

  /** Returns the repository as it was when it had some refs, or as it is. */
  view(refs = this.#refs): View {
    return viewOf(this.#objects, refs);
  }

  /** Carries a plan out, and returns the newest commit of each branch that it moved. @param now in milliseconds since 1970. */
  async carryOut(plan: Plan, who: { readonly name: string; readonly email: string }, now: number) {
    const person = at({ ...who, time: 0, zone: '+0000' }, now);
    const { objects, updates, made } = await draftPlan(plan, { author: person, committer: person }, this.#objects);
    this.#objects.add(objects);
    const branches = new Map(this.#refs.branches);
    const tags = new Map(this.#refs.tags);
    for (const { ref, value } of updates) {
      if (ref.startsWith('refs/heads/')) branches.set(ref.slice('refs/heads/'.length), value ?? '');
      else tags.set(ref.slice('refs/tags/'.length), { oid: value ?? '', commit: made.tagged ?? '' });
    }
    this.#refs = { ...this.#refs, branches, tags };
    return new Map(updates.map(({ ref, value }) => [ref.replace('refs/heads/', ''), value ?? '']));
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
