import { refusal, usageError } from '../error.ts';
import { servicesIn } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import { resolve } from '../history/resolve.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { deployments, isRollback, type Ran, Standing } from '../history/standing.ts';
import { serviceIds, unknownService, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';

/**
 * Returns the newest deployment before the head that nobody rolled back from, of the whole tree or of some services;
 * null when the head is a rollback of them itself.
 */
export async function newestToRestore(
  view: View,
  workspace: Workspace,
  environment: Environment,
  head: Commit,
  only: readonly ServiceId[],
): Promise<Ran | null> {
  const stateOf = async ({ tree }: Commit): Promise<string> => {
    if (only.length === 0) return tree;
    const snapshot = await view.snapshot(tree);
    return (await Promise.all(only.map(async (id) => (await snapshot.entry(`apps/${id}`))?.oid ?? '-'))).join(' ');
  };
  const now = await stateOf(head);
  const [parent] = head.parents;
  const changedByHead = parent === undefined || (await stateOf(await view.commit(parent))) !== now;
  if (changedByHead && (await isRollback(view, head))) return null;
  const standing = new Standing();
  for await (const ran of deployments(view, environment, head)) {
    const state = await stateOf(ran.commit);
    if (standing.has(state, await isRollback(view, ran.commit)) && state !== now) return ran;
  }
  const snapshot = await view.snapshot(head.tree);
  await refuseUnknown(snapshot, snapshot, only, environment, workspace);
  throw nothingEarlier(environment);
}

/** Returns a deployment of the environment by its tag or commit. Throws as `resolve` does, and `NOT_DEPLOYED_HERE`. */
export async function namedToRestore(
  view: View,
  workspace: Workspace,
  environment: Environment,
  head: Commit,
  text: string,
): Promise<Ran> {
  const found = await resolve(view, workspace, text);
  for await (const ran of deployments(view, environment, head)) {
    if (ran.commit.oid === found.commit.oid) return { ...ran, label: found.tag ?? ran.label };
  }
  const never =
    environment.release === undefined ? `was on ${environment.branch}` : `was released on ${environment.branch}`;
  throw refusal(
    'NOT_DEPLOYED_HERE',
    `${found.label} never ${never}; a rollback restores what ${environment.name} ran.`,
    {
      hint: `eleventh log ${environment.name}`,
    },
  );
}

/** Throws `UNKNOWN_SERVICE` for a service that neither state has, nor the workspace. */
export async function refuseUnknown(
  head: Snapshot,
  restored: Snapshot,
  only: readonly ServiceId[],
  environment: Environment,
  workspace: Workspace,
): Promise<void> {
  const known = await serviceIds(workspace);
  for (const id of only) {
    if (known.includes(id)) continue;
    const entries = await Promise.all([head.entry(`apps/${id}`), restored.entry(`apps/${id}`)]);
    if (entries.some((entry) => entry !== null)) continue;
    throw unknownService(id, [...(await servicesIn(head, 'apps')), ...known], `in ${environment.name}`);
  }
}

/** Returns what is said of an environment whose first deployment is its only one. */
export function nothingEarlier(environment: Environment) {
  return usageError(
    'NOTHING_EARLIER',
    `${environment.name} has no earlier deployment to go back to.`,
    `eleventh log ${environment.name}`,
  );
}
