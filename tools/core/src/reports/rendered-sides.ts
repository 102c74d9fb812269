import { usageError } from '../error.ts';
import { changedOverlays } from '../files/overlay.ts';
import { renderings } from '../files/rendered.ts';
import { folderChanges, recipeOf } from '../history/deployment.ts';
import { environmentOf } from '../history/environment-of.ts';
import type { Named } from '../history/resolve.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, unknownService } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import type { Plan } from '../plans/plan.ts';
import { comparedRecipes } from './diff.ts';

/** A recipe as an environment's overlays make it: what is rendered to be compared. */
export interface SideToRender {
  readonly name: string;
  /** null: it is planned, and no commit yet. */
  readonly commit: Oid | null;
  readonly recipe: Oid;
  readonly environment: string;
  readonly snapshot: Snapshot;
  /** The services that run there: those present, with an overlay in the environment. */
  readonly services: ReadonlySet<ServiceId>;
}

/** What to render to see how two recipes differ in their clusters. */
export interface SidesToRender {
  readonly from: SideToRender;
  readonly to: SideToRender;
  /** The services that run on either side, by id. */
  readonly services: readonly ServiceId[];
}

/**
 * Returns what to render of two recipes. Each comes with the overlays of the environment that it belongs to, by its
 * branch or the form of its tag; one that belongs to none, with the other's. An environment alone is compared with what
 * may be promoted to it, both with its own.
 * @param within the environment whose overlays both come with. @param only the services asked for; none: all of them.
 * @param isOnDisk whether the second is the files of a checkout, of which nobody knows the commit.
 */
export async function sidesToRender(
  view: View,
  first: string,
  second: string | undefined,
  {
    within,
    only,
    isOnDisk = false,
  }: { readonly within?: string | undefined; readonly only: readonly ServiceId[]; readonly isOnDisk?: boolean },
): Promise<SidesToRender> {
  const { workspace, from, to: found } = await comparedRecipes(view, first, second);
  const to = isOnDisk ? { ...found, label: 'files on disk' } : found;
  const given = within === undefined ? undefined : findEnvironment(workspace, within).name;
  const own = given ?? (await environmentOf(view, workspace, from, first));
  const other = given ?? (second === undefined ? own : await environmentOf(view, workspace, to, second));
  const [ours, theirs] = [own ?? other, other ?? own];
  if (ours === undefined || theirs === undefined) {
    throw usageError(
      'WHICH_ENVIRONMENT',
      `Neither ${from.label} nor ${to.label} belongs to an environment, so no overlays are theirs.`,
      `eleventh diff ${first} ${isOnDisk ? '--worktree' : (second ?? '')} --rendered --in ${workspace.first.name}`.replace(
        / {2,}/g,
        ' ',
      ),
    );
  }
  const sides = { from: await side(from, ours), to: await side(to, theirs) };
  const services = servicesOf(sides);
  const stranger = only.find((id) => !services.includes(id));
  if (stranger !== undefined) throw unknownService(stranger, services, `in ${from.label} or ${to.label}`);
  return {
    ...sides,
    services: only.length === 0 ? services : services.filter((id) => only.includes(id)),
  };
}

/** Returns what to render to see what a plan would come to, for each environment whose branch it moves, in their order. */
export async function plannedSides(view: View, plan: Plan): Promise<SidesToRender[]> {
  const { environments } = await readWorkspace(view);
  const moves = environments.flatMap(({ name, branch }) =>
    plan.branches.filter((line) => line.branch === branch && line.steps.length > 0).map((line) => ({ name, line })),
  );
  return Promise.all(
    moves.map(async ({ name, line: { expected, snapshot } }): Promise<SidesToRender> => {
      const before = await view.snapshot(expected === null ? EMPTY_TREE : (await view.commit(expected)).tree);
      const from = expected === null ? `${name}, empty` : `${name} ${short(expected)}`;
      const sides = {
        from: await sideOf({ name: from, commit: expected, snapshot: before, environment: name }),
        to: await sideOf({ name: 'planned', commit: null, snapshot, environment: name }),
      };
      return { ...sides, services: servicesOf(sides) };
    }),
  );
}

/**
 * Returns the services of which one side may come to something else than the other: those whose folder or overlay
 * differs, and all of them where anything else does that an overlay could use.
 */
export async function affectedServices({ from, to, services }: SidesToRender): Promise<ServiceId[]> {
  if (from.environment !== to.environment) return [...services];
  const folders = new Set((await folderChanges(from.snapshot, to.snapshot)).map(({ id }) => id));
  const overlays = new Set(await changedOverlays(from.snapshot, to.snapshot, to.environment));
  return services.filter((id) => folders.has(id) || overlays.has(id));
}

function side({ label, commit, snapshot }: Named, environment: string): Promise<SideToRender> {
  return sideOf({ name: label, commit: commit.oid, snapshot, environment });
}

async function sideOf(given: Omit<SideToRender, 'recipe' | 'services'>): Promise<SideToRender> {
  const ids = (await renderings(given.snapshot, given.environment)).map(({ service }) => service);
  return { ...given, recipe: await recipeOf(given.snapshot), services: new Set(ids) };
}

function servicesOf({ from, to }: Pick<SidesToRender, 'from' | 'to'>): ServiceId[] {
  return [...new Set([...from.services, ...to.services])].sort();
}
