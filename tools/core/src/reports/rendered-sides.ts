import { usageError } from '../error.ts';
import { servicesIn } from '../files/derived-list.ts';
import { contains, folderChanges, recipeOf } from '../history/deployment.ts';
import { outsideFiles } from '../history/outside.ts';
import type { Named } from '../history/resolve.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, unknownService, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { isRelease, tagVersion } from '../names/version.ts';
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
}

/** What to render to see how two recipes differ in their clusters. */
export interface SidesToRender {
  readonly from: SideToRender;
  readonly to: SideToRender;
  /** The services that either has, by id. */
  readonly services: readonly ServiceId[];
}

/**
 * Returns what to render of two recipes. Each comes with the overlays of the environment that it belongs to, by its
 * branch or the form of its tag; one that belongs to none, with the other's. An environment alone is compared with what
 * may be promoted to it, both with its own.
 * @param within the environment whose overlays both come with. @param only the services asked for; none: all of them.
 */
export async function sidesToRender(
  view: View,
  first: string,
  second: string | undefined,
  { within, only }: { readonly within?: string | undefined; readonly only: readonly ServiceId[] },
): Promise<SidesToRender> {
  const { workspace, from, to } = await comparedRecipes(view, first, second);
  const given = within === undefined ? undefined : findEnvironment(workspace, within).name;
  const own = given ?? (await environmentOf(view, workspace, from, first));
  const other = given ?? (second === undefined ? own : await environmentOf(view, workspace, to, second));
  const [ours, theirs] = [own ?? other, other ?? own];
  if (ours === undefined || theirs === undefined) {
    throw usageError(
      'WHICH_ENVIRONMENT',
      `Neither ${from.label} nor ${to.label} belongs to an environment, so no overlays are theirs.`,
      `eleventh diff ${first} ${second ?? ''} --rendered --in ${workspace.first.name}`.replace(/ {2,}/g, ' '),
    );
  }
  const services = await servicesOf([from.snapshot, to.snapshot]);
  const stranger = only.find((id) => !services.includes(id));
  if (stranger !== undefined) throw unknownService(stranger, services, `in ${from.label} or ${to.label}`);
  return {
    from: await side(from, ours),
    to: await side(to, theirs),
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
      const both = { environment: name };
      return {
        from: { ...both, name: from, commit: expected, recipe: await recipeOf(before), snapshot: before },
        to: { ...both, name: 'planned', commit: null, recipe: await recipeOf(snapshot), snapshot },
        services: await servicesOf([before, snapshot]),
      };
    }),
  );
}

/** What says how things are done, and stands in no overlay. */
const SETTINGS = /^environments\/(?:[^/]+\/environment\.yaml|workspace\.yaml|allowed_signers)$/;

/**
 * Returns the services of which one side may come to something else than the other: those whose folder or overlay
 * differs, and all of them where anything else does that an overlay could use.
 */
export async function affectedServices({ from, to, services }: SidesToRender): Promise<ServiceId[]> {
  if (from.environment !== to.environment) return [...services];
  const folders = new Set((await folderChanges(from.snapshot, to.snapshot)).map(({ id }) => id));
  const overlays = new Set<ServiceId>();
  for (const path of await outsideFiles(from.snapshot, to.snapshot)) {
    if (SETTINGS.test(path)) continue;
    const owner = services.find((id) => path.startsWith(`environments/${path.split('/')[1]}/${id}/`));
    if (owner === undefined) return [...services];
    if (path.startsWith(`environments/${to.environment}/`)) overlays.add(owner);
  }
  return services.filter((id) => folders.has(id) || overlays.has(id));
}

async function side({ label, commit, snapshot }: Named, environment: string): Promise<SideToRender> {
  return { name: label, commit: commit.oid, recipe: await recipeOf(snapshot), environment, snapshot };
}

async function servicesOf(snapshots: readonly Snapshot[]): Promise<ServiceId[]> {
  const found = await Promise.all(snapshots.map((snapshot) => servicesIn(snapshot, 'apps')));
  return [...new Set(found.flat())].sort();
}

/** Returns the environment that a recipe belongs to by the name that somebody gave it, or by its commit. */
async function environmentOf(
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
  for (const { name, branch } of environments) {
    const head = view.refs.branches.get(branch);
    if (head !== undefined && (await contains(view.line(head), commit.oid))) return name;
  }
  return undefined;
}
