import type { Pin } from '../files/pin.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { pinOf } from './deployment.ts';
import type { Snapshot, View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** How far back a build is looked for that no environment runs any more. */
const LOOK_BACK = 1000;

/** Returns the newest pin of a service on a build, by the first digits of its commit, and the state that holds it. */
export async function findPin(
  view: View,
  workspace: Workspace,
  id: ServiceId,
  commit: string,
): Promise<{ pin: Pin; snapshot: Snapshot } | null> {
  if (!/^[0-9a-f]{4,40}$/.test(commit)) return null;
  const lines = workspace.environments.flatMap(({ branch }) => view.refs.branches.get(branch) ?? []);
  // What runs now is asked for far more often than what ran.
  for (const depth of [1, LOOK_BACK]) {
    for (const tip of lines) {
      const found = await findBack(view, tip, id, commit, depth);
      if (found !== null) return found;
    }
  }
  return null;
}

async function findBack(view: View, tip: Oid, id: ServiceId, commit: string, depth: number) {
  let left = depth;
  let seen: Oid | undefined;
  for await (const { tree } of view.line(tip)) {
    const snapshot = await view.snapshot(tree);
    const folder = (await snapshot.entry(`apps/${id}`))?.oid;
    const pin = folder === undefined || folder === seen ? null : await pinOf(snapshot, id);
    if (pin?.commit.startsWith(commit)) return { pin, snapshot };
    seen = folder;
    left -= 1;
    if (left === 0) return null;
  }
  return null;
}
