import { usageError } from '../error.ts';
import { recipeOf } from '../history/deployment.ts';
import { outsideFiles } from '../history/outside.ts';
import { type ServiceChange, serviceChanges } from '../history/release.ts';
import { compareLink } from '../history/release-notes.ts';
import { type Named, resolve } from '../history/resolve.ts';
import type { View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import { type LoggedChange, loggedChanges } from './log.ts';

interface Side {
  readonly name: string;
  readonly commit: Oid;
  readonly recipe: Oid;
}

export interface DiffChange extends LoggedChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly compare: string | null;
}

/** What would change if an environment that runs `from` ran `to`. */
export interface Diff {
  readonly from: Side;
  readonly to: Side;
  readonly services: readonly DiffChange[];
  /** Paths outside `apps/` that differ, derived files left out. */
  readonly outside: readonly string[];
}

/** Returns the difference of two recipes. With one environment alone: from what it runs to what may be promoted there. */
export async function diff(view: View, first: string, second: string | undefined): Promise<Diff> {
  const { from, to } = await comparedRecipes(view, first, second);
  const changes = await serviceChanges(from.snapshot, to.snapshot);
  const differences = await outsideFiles(from.snapshot, to.snapshot);
  return { from: await side(from), to: await side(to), services: diffChanges(changes), outside: differences };
}

/** Returns the recipes that two names mean, or the one that an environment runs and the one that may be promoted there. */
export async function comparedRecipes(
  view: View,
  first: string,
  second: string | undefined,
): Promise<{ readonly workspace: Workspace; readonly from: Named; readonly to: Named }> {
  const workspace = await readWorkspace(view);
  const from = await resolve(view, workspace, first);
  return { workspace, from, to: await resolve(view, workspace, second ?? sourceOf(first)) };

  function sourceOf(name: string): string {
    const source = workspace.environments.some((one) => one.name === name)
      ? findEnvironment(workspace, name).from[0]
      : undefined;
    if (source !== undefined) return source;
    throw usageError(
      'WHICH_RECIPES',
      `There is nothing to compare ${name} with.`,
      `eleventh diff ${name} <environment, tag or commit>`,
    );
  }
}

/** Returns service changes with what kind of change each is, and where its commits can be compared. */
export function diffChanges(changes: readonly ServiceChange[]): DiffChange[] {
  return loggedChanges(changes).map((change, index) => {
    const { before, after } = changes[index] ?? { before: null, after: null };
    const kind = before === null ? 'added' : after === null ? 'removed' : 'changed';
    const link = before === null || after === null ? undefined : compareLink(after.source, before.commit, after.commit);
    return { ...change, kind, compare: link ?? null };
  });
}

async function side({ label, commit, snapshot }: Named): Promise<Side> {
  return { name: label, commit: commit.oid, recipe: await recipeOf(snapshot) };
}
