import { EleventhError } from '../error.ts';
import { deriveChanges } from '../files/derived-list.ts';
import { changedOverlays } from '../files/overlay.ts';
import { checkOverlay } from '../files/overlay-check.ts';
import { listed, reviewedCommit } from '../history/reviewed-state.ts';
import type { Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE } from '../names/object-id.ts';
import type { Step } from './step.ts';

const DERIVED = /^environments\/([^/]+)\/kustomization\.yaml$/;

/**
 * Checks that a state is a reviewed one outside `apps/`, not an older one than before unless it went back, and that what
 * is derived is what it should be. Returns the place on the default branch's line of the state that it carries.
 */
export async function checkOutside(step: Step, carried: number, isBack: boolean): Promise<number> {
  const { ground, split, commit, parent, environment, report } = step;
  const { view, workspace, main } = ground;
  const isComing = split.services.some(({ from, to }) => from === null || to === null);
  if (split.outside.length === 0 && !isComing && parent !== null) return carried;
  const snapshot = await view.snapshot(commit.tree);
  let place = carried;
  if (parent === null || (await reviewable(snapshot, step)).length > 0) {
    const reviewed = await reviewedCommit(view, workspace, snapshot, commit);
    place = reviewed === null ? -1 : (main.of(reviewed.commit) ?? -1);
    const paths = split.outside.map(({ path }) => path).sort();
    if (place < 0)
      report(
        'outside-unreviewed',
        `Outside apps/ it is no state that ${workspace.branch} had: it changed ${listed(paths)}.`,
      );
    else if (place < carried && !isBack)
      report(
        'outside-older',
        `It carries an older state of ${workspace.branch} than the commit before it: ${listed(paths)} went back.`,
      );
  }
  for (const { path } of await deriveChanges(snapshot))
    report('derived-differs', `${path} does not list the services that are there.`);
  const before = await view.snapshot(parent?.tree ?? EMPTY_TREE);
  const coming = split.services.filter(({ from, to }) => from === null && to !== null).map(({ id }) => id);
  for (const id of new Set([...(await changedOverlays(before, snapshot, environment.name)), ...coming]))
    await checkOne(snapshot, environment.name, id, report);
  return place < 0 ? carried : place;
}

async function reviewable(snapshot: Snapshot, { split }: Step): Promise<string[]> {
  const found = await Promise.all(
    split.outside.map(async ({ path }) => {
      const environment = DERIVED.exec(path)?.[1];
      if (environment === undefined) return [path];
      return (await snapshot.entry(`environments/${environment}/environment.yaml`)) === null ? [path] : [];
    }),
  );
  return found.flat();
}

async function checkOne(snapshot: Snapshot, environment: string, id: ServiceId, report: Step['report']): Promise<void> {
  try {
    await checkOverlay(snapshot, environment, id);
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    report('overlay-image', error.message);
  }
}
