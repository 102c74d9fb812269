import { isRelease, tagVersion } from '../names/version.ts';
import { contains } from './deployment.ts';
import type { Named } from './resolve.ts';
import type { View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** Returns the environment that a recipe belongs to by the name that somebody gave it, or by its commit. */
export async function environmentOf(
  view: View,
  { environments }: Workspace,
  { environment, tag, commit }: Named,
  text: string,
): Promise<string | undefined> {
  if (environment !== undefined) return environment;
  for (const { name, branch, release } of environments) {
    if (tag === undefined && branch === text) return name;
    const version = tag === undefined || release === undefined ? null : tagVersion(release.tag, tag);
    // A candidate is on its way, wherever its commit comes from.
    if (version !== null) return isRelease(version) ? name : undefined;
  }
  const isRecipe = /^[0-9a-f]+$/.test(text) && !commit.oid.startsWith(text) && !view.refs.branches.has(text);
  // The same recipe may have run in several.
  if (isRecipe) return undefined;
  for (const { name, branch } of environments) {
    const head = view.refs.branches.get(branch);
    if (head !== undefined && (await contains(view.line(head), commit.oid))) return name;
  }
  return undefined;
}
