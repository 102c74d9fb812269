import { reviewedCommit } from '../history/reviewed-state.ts';
import { readService } from '../history/workspace.ts';
import type { Explained, Step } from './step.ts';

/** Checks that an update changed what runs only as the default branch decides: services gone, manifests that people own. */
export async function checkUpdate(step: Step): Promise<Explained | null> {
  const { ground, environment, commit, changes, report } = step;
  if (changes.length === 0) return null;
  if (environment.from.length > 0) {
    report('update-differs', `An update of ${environment.name} changed ${changes.map(({ id }) => id).join(', ')}.`);
    return { way: 'promotion', isKnown: false };
  }
  const snapshot = await ground.view.snapshot(commit.tree);
  const carried = await reviewedCommit(ground.view, ground.workspace, snapshot, commit);
  const workspace = await ground.workspaces.at(carried?.commit ?? ground.workspace.commit);
  for (const { id, to, before, after } of changes) {
    const service = await readService(workspace, id);
    if (to === null) {
      if (service !== null) report('update-differs', `An update took ${id} away, which the default branch still has.`);
      continue;
    }
    const folder = `apps/${id}/manifests`;
    const [ours, theirs] = [await snapshot.entry(folder), await workspace.snapshot.entry(folder)];
    const isOwned = service?.manifests === 'workspace' && ours?.oid === theirs?.oid;
    const isSameBuild =
      before !== null &&
      after !== null &&
      before.commit === after.commit &&
      before.version === after.version &&
      after.images.every((image) => before.images.some((other) => JSON.stringify(other) === JSON.stringify(image)));
    if (!isOwned || !isSameBuild)
      report('update-differs', `An update changed ${id} beyond what the default branch decides.`);
  }
  return null;
}
