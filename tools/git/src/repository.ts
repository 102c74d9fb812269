import { EleventhError, type Plan, type View } from '@eleventh/core';
import type { People } from './drafts.ts';
import { Drain } from './drain.ts';
import { GroupCommit } from './group-commit.ts';
import { Remote, type RemoteOptions } from './remote.ts';
import type { Result } from './request-batch.ts';
import { look } from './views.ts';
import { type Edit, type Surroundings, type Written, writeEdit } from './writer.ts';

export interface RepositoryOptions extends RemoteOptions, Omit<Surroundings, 'hasHead' | 'patience'> {
  /** Whether it is a folder that a person works in: its HEAD says what they look at, not which branch is reviewed. */
  readonly isCheckout?: boolean;
  /** How many milliseconds a request waits for somebody with the right to commit it: ten minutes if absent. */
  readonly patience?: number | undefined;
}

const PATIENCE = 10 * 60 * 1000;

/** A deployment repository: read at one moment, or written by a pure edit. */
export class Repository {
  readonly #around: Surroundings;
  readonly #remote: Remote;

  /** Returns the repository, whose refs are being read already. */
  static async open(options: RepositoryOptions): Promise<Repository> {
    const remote = await Remote.open(options);
    remote.begin();
    return new Repository(options, remote);
  }

  private constructor(options: RepositoryOptions, remote: Remote) {
    this.#around = { ...options, patience: options.patience ?? PATIENCE, hasHead: options.isCheckout !== true };
    this.#remote = remote;
  }

  /** Returns what an edit plans, or a report says, of the repository as it is now. Nothing is written anywhere. */
  async read<T>(report: (view: View) => Promise<T>): Promise<T> {
    return this.#repaired(async () => report((await look(this.#remote, this.#around.hasHead)).view));
  }

  /**
   * Commits what a pure edit plans, or finds that there is nothing to do. When somebody else was first, the same edit
   * is applied to the new heads, or, for a plan that says `report`, `OVERTAKEN` is thrown. Other errors: the edit's
   * own, `PUSH_REFUSED`, `PUSH_FAILED`, and what reading throws. No branch has moved when it throws, except on a server
   * without atomic pushes, whose error says so; a request that could not be taken back may land later.
   */
  async write<P extends Plan>(edit: Edit<P>, people: People): Promise<Written<P>> {
    return this.#repaired(() => {
      const group = new GroupCommit(this.#remote, this.#around, people, edit);
      return writeEdit(this.#remote, this.#around, people, edit, (plan, pusher, refused) =>
        group.write(plan, pusher, refused),
      );
    });
  }

  /**
   * Commits the requests that wait for a branch, until none is left that this version understands, and returns what
   * became of each; with `isDryRun` what would become of those that wait now. @param branchOf finds the branch, or throws.
   */
  async drain(
    branchOf: (view: View) => Promise<string>,
    people: People,
    isDryRun: boolean,
  ): Promise<readonly Result[]> {
    const drain = new Drain(this.#remote, this.#around, people);
    return this.#repaired(() => drain.run(branchOf, isDryRun));
  }

  /** Gives up what was begun when it was opened, for a command that reads and writes nothing after all. */
  close(): Promise<void> {
    return this.#remote.close();
  }

  /** Does the work again once, with a new cache, when the cache turns out to be damaged. */
  async #repaired<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isDamage = error instanceof EleventhError && error.code === 'OBJECT_MISSING';
      if (!isDamage) throw error;
      await this.#remote.discard();
      return await work();
    } finally {
      await this.#remote.close();
    }
  }
}
