import { parseMessage, trailer } from './message.ts';
import type { Oid } from './object-id.ts';
import { type Outside, outside, outsideDifferences, outsideFiles } from './outside.ts';
import type { Commit, Snapshot, View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** The commit of the default branch's first-parent line that a state equals outside `apps/`, and how many are newer. */
export interface Reviewed {
  readonly commit: Oid;
  readonly age: number;
}

/**
 * Returns the reviewed commit that a state equals outside `apps/`, or null when it equals none. The `Workspace:`
 * trailer of the state's commit decides between equals when it is true; it is never believed without comparing.
 */
export async function reviewedCommit(
  view: View,
  workspace: Workspace,
  state: Snapshot,
  commit: Commit | null,
): Promise<Reviewed | null> {
  const held = await outside(state);
  const hint = commit === null ? undefined : trailer(parseMessage(commit.message), 'Workspace');
  const isHinted = hint !== undefined && (await matches(view, hint, held));
  let age = 0;
  for await (const candidate of view.line(workspace.commit)) {
    if (isHinted ? candidate.oid === hint : sameOutside(held, await outside(await view.snapshot(candidate.tree)))) {
      return { commit: candidate.oid, age };
    }
    age += 1;
  }
  // A true-looking hint that is not on the reviewed line: look again without it.
  return isHinted ? reviewedCommit(view, workspace, state, null) : null;
}

async function matches(view: View, hint: Oid, held: Outside): Promise<boolean> {
  const oid = await view.expand(hint);
  if (oid === null) return false;
  return sameOutside(held, await outside(await view.snapshot((await view.commit(oid)).tree)));
}

function sameOutside(a: Outside, b: Outside): boolean {
  return a.size === b.size && outsideDifferences(a, b).length === 0;
}

/**
 * Returns the files outside `apps/` in which a state differs from the newest reviewed state it is nearest to:
 * the one its last trailer names, else the default branch's head.
 */
export async function unreviewedFiles(
  view: View,
  workspace: Workspace,
  state: Snapshot,
  commit: Commit | null,
): Promise<string[]> {
  const hint = commit === null ? undefined : trailer(parseMessage(commit.message), 'Workspace');
  const oid = hint === undefined ? null : await view.expand(hint);
  const bases = [workspace.snapshot];
  if (oid !== null) bases.push(await view.snapshot((await view.commit(oid)).tree));
  const differences = await Promise.all(bases.map((base) => outsideFiles(state, base)));
  return differences.reduce((best, other) => (other.length < best.length ? other : best));
}
