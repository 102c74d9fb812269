import { deploymentKind, folderChanges, pinnedServices, revertedCommit } from '../history/deployment.ts';
import { parseMessage } from '../history/message.ts';
import type { Commit, View } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, short } from '../names/object-id.ts';

/** How many commits made by hand, newest first, are looked at. */
const HAND_MADE_LIMIT = 20;

/** Returns what the newest commits made by hand did: bare reverts are fine, unless they touched more than they undo. */
export async function handMade(view: View, head: Commit): Promise<string[]> {
  const findings: string[] = [];
  let count = 0;
  for await (const commit of view.line(head.oid)) {
    const kind = deploymentKind(commit);
    count += 1;
    if ((kind !== 'revert' && kind !== 'by hand') || count > HAND_MADE_LIMIT) break;
    const touched = await touchedServices(view, commit);
    const strays = kind === 'revert' ? await straysOf(view, commit, touched) : [];
    if (strays.length > 0)
      findings.push(
        `the revert ${short(commit.oid)} also changed ${strays.join(', ')}, which the commit it undoes did not`,
      );
    else if (kind === 'by hand')
      findings.push(`${short(commit.oid)} was made by hand${touched.length === 0 ? '' : `: ${touched.join(', ')}`}`);
  }
  return findings;
}

/** Returns the services whose folders a commit changed. */
async function touchedServices(view: View, commit: Commit): Promise<ServiceId[]> {
  const [parent] = commit.parents;
  const before = await view.snapshot(parent === undefined ? EMPTY_TREE : (await view.commit(parent)).tree);
  return (await folderChanges(before, await view.snapshot(commit.tree))).map(({ id }) => id);
}

/** Returns the services that a revert changed though the commit it undoes had not (Git's rename detection does this). */
export async function straysOf(view: View, commit: Commit, touched: readonly ServiceId[]): Promise<ServiceId[]> {
  const undone = revertedCommit(parseMessage(commit.message));
  const oid = undone === undefined ? null : await view.expand(undone);
  if (oid === null) return [];
  const original = await view.commit(oid);
  const expected = new Set([...(await touchedServices(view, original)), ...pinnedServices(original)]);
  return touched.filter((id) => !expected.has(id));
}
