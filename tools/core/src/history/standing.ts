import type { Environment } from '../files/environment.ts';
import { short } from '../names/object-id.ts';
import { deploymentKind, revertedCommit } from './deployment.ts';
import { parseMessage } from './message.ts';
import { releasesOn } from './release.ts';
import type { Commit, View } from './snapshot.ts';

/** A deployment that ran: in an environment that releases, a tagged commit, else any commit of its branch. */
export interface Ran {
  readonly commit: Commit;
  readonly label: string;
}

/** Returns what ran in an environment, newest first, with the name that people know it by. */
export async function* deployments(view: View, environment: Environment, head: Commit): AsyncGenerator<Ran> {
  if (environment.release === undefined) {
    for await (const commit of view.line(head.oid))
      if (commit.parents.length > 0) yield { commit, label: short(commit.oid) };
    return;
  }
  for (const { release, commit } of await releasesOn(view, environment, view.line(head.oid)))
    yield { commit, label: release.tag };
}

/** Returns whether a commit went back rather than forward: our rollbacks, a bare `git revert`, a tree put back by hand. */
export async function isRollback(view: View, commit: Commit): Promise<boolean> {
  const kind = deploymentKind(commit);
  if (kind === 'revert') {
    // To undo a rollback is to go forward again.
    const undone = await view.expand(revertedCommit(parseMessage(commit.message)) ?? '');
    return undone === null || !(await isRollback(view, await view.commit(undone)));
  }
  if (kind !== 'by hand') return kind === 'rollback';
  const [parent] = commit.parents;
  if (parent === undefined) return false;
  for await (const earlier of view.line(parent))
    if (earlier.oid !== parent && earlier.tree === commit.tree) return true;
  return false;
}

/** Tells, along a history from newest to oldest, which states nobody rolled back from. */
export class Standing {
  #restored: string | undefined;

  /**
   * Returns whether the state of the next older commit stands: of the whole tree or of a part, but always the same.
   * @param isBack whether that commit went back.
   */
  has(state: string, isBack: boolean): boolean {
    // Between a rollback and what it restored lies what it rolled back from.
    if (this.#restored !== undefined && state !== this.#restored) return false;
    this.#restored = isBack ? state : undefined;
    return true;
  }
}
