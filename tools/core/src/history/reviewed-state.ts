import { refusal } from '../error.ts';
import { deriveChanges } from '../files/derived-list.ts';
import { listed } from '../names/listed.ts';
import type { Oid } from '../names/object-id.ts';
import { parseMessage, trailer } from './message.ts';
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

/** How many of the newest reviewed commits are looked at for the one that a state is nearest to. */
const NEARBY = 20;

/**
 * Returns the files in which a state differs from what was reviewed: derived files that are not what they should be,
 * and, when `reviewedCommit` found none for it, files outside `apps/` unlike the reviewed state that it is nearest to.
 */
export async function unreviewedFiles(
  view: View,
  workspace: Workspace,
  state: Snapshot,
  reviewed: Reviewed | null,
): Promise<string[]> {
  const derived = (await deriveChanges(state)).map(({ path }) => path);
  if (reviewed !== null) return derived;
  const nearest: string[][] = [];
  for await (const { tree } of view.line(workspace.commit)) {
    if (nearest.length >= NEARBY) break;
    nearest.push(await outsideFiles(state, await view.snapshot(tree)));
  }
  return [...nearest.reduce((best, other) => (other.length < best.length ? other : best)), ...derived];
}

/** Returns the reviewed commit that a state carries, or throws `WORKSPACE_DIFFERS` naming the files nobody reviewed. */
export async function requireReviewed(
  view: View,
  workspace: Workspace,
  environment: string,
  label: string,
  state: Snapshot,
  commit: Commit | null,
): Promise<Reviewed> {
  const reviewed = await reviewedCommit(view, workspace, state, commit);
  const files = await unreviewedFiles(view, workspace, state, reviewed);
  if (reviewed !== null && files.length === 0) return reviewed;
  throw refusal(
    'WORKSPACE_DIFFERS',
    `Outside apps/, ${label} is no state that ${workspace.branch} ever had: ${listed(files)}.`,
    {
      hint: `eleventh update ${environment}`,
      details: { source: commit?.oid ?? null, files },
    },
  );
}
