import { refusal } from '../error.ts';
import { deriveChanges, RENDERED, servicesIn } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import { changedOverlays } from '../files/overlay.ts';
import { checkOverlay } from '../files/overlay-check.ts';
import { renderedAnew, renderedFor } from '../files/rendered.ts';
import { headOf, pinOf, recipeOf } from '../history/deployment.ts';
import type { Trailer } from '../history/message.ts';
import { type Change, filesBelow, type Snapshot, type View } from '../history/snapshot.ts';
import { findEnvironment, findService, readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { repinned } from './pin-content.ts';
import { Line, type Plan } from './plan.ts';
import { refuseTakenBranch } from './service.ts';

export interface Update extends Plan {
  readonly environment: Environment;
  readonly workspace: Workspace;
  /** Services that the default branch no longer has. */
  readonly removed: readonly ServiceId[];
}

/** Returns the plan that brings the default branch's newest commit to an environment's branch. */
export async function planUpdate(view: View, name: string): Promise<Update> {
  const workspace = await readWorkspace(view);
  const environment = findEnvironment(workspace, name);
  const line = await openLine(view, workspace, environment);
  const removed = await addUpdate(view, line, workspace, environment);
  return { branches: [line.plan], onRace: 'again', environment, workspace, removed };
}

/** Returns an environment's branch, begun with a root commit of its own when it does not exist yet. */
export async function openLine(view: View, workspace: Workspace, environment: Environment): Promise<Line> {
  const head = await headOf(view, environment);
  if (head !== null) return Line.on(environment.branch, head.commit, head.snapshot);
  refuseTakenBranch(environment.branch, view.refs.branches.keys());
  const line = Line.on(environment.branch, null, await view.snapshot(EMPTY_TREE));
  await addRoot(view, line, workspace);
  return line;
}

/** Adds the root commit of an environment branch: the workspace, and nothing that runs. */
async function addRoot(view: View, line: Line, workspace: Workspace): Promise<void> {
  const changes = await outsideChanges(line.snapshot, workspace.snapshot);
  await line.add(
    changes,
    `Start ${line.plan.branch} from ${workspace.branch} ${short(workspace.commit)}`,
    workspaceTrailers(view, workspace, workspace.commit),
  );
}

/**
 * Returns the trailers that say which reviewed state a commit carries, if that is known, which policy was asked, and
 * what was known of recipes and builds then.
 */
export function workspaceTrailers(view: View, workspace: Workspace, carried: Oid | undefined): Trailer[] {
  const evidence = view.refs.branches.get(workspace.attestations);
  return [
    ...(carried === undefined ? [] : [['Workspace', carried] as Trailer]),
    ['Policy', workspace.commit],
    ...(evidence === undefined ? [] : [['Evidence', evidence] as Trailer]),
  ];
}

/**
 * Adds the commit that makes everything outside `apps/` the default branch's, takes out services that it no longer
 * has, and brings the manifests that people own. Later environments keep `apps/` as it was tested.
 * Returns the services taken out; throws `OVERLAY_IMAGE`, and `STILL_RUNS` for a service that would stop without
 * leaving the recipe.
 */
export async function addUpdate(
  view: View,
  line: Line,
  workspace: Workspace,
  environment: Environment,
): Promise<ServiceId[]> {
  const base = line.snapshot;
  const apps = environment.from.length === 0 ? await ownedChanges(base, workspace) : { changes: [], removed: [] };
  const moved = await outsideChanges(base, workspace.snapshot, apps.changes);
  const changes = [...moved, ...(await renderedChanges(base, await base.with(moved), workspace))];
  const after = await base.with(changes);
  await refuseSilentStop(base, after, environment);
  for (const id of await changedOverlays(base, after, environment.name))
    await checkOverlay(after, environment.name, id);
  const body = apps.removed.length === 0 ? '' : `Removed from ${environment.name}: ${apps.removed.join(', ')}`;
  const subject = `Update ${environment.name} to ${workspace.branch} ${short(workspace.commit)}`;
  const isUpdated = await line.add(changes, subject, workspaceTrailers(view, workspace, workspace.commit), body);
  return isUpdated ? apps.removed : [];
}

/** Returns what makes `rendered/` anew, where it is asked for or stands there: an update heals it, whoever changed it. */
async function renderedChanges(base: Snapshot, after: Snapshot, { environments }: Workspace): Promise<Change[]> {
  const isAsked = environments.some(({ delivery }) => delivery === 'rendered');
  return isAsked || (await base.entry(RENDERED)) !== null ? renderedAnew(after) : [];
}

/** Refuses to take the overlay away from a service that stays in `apps/`: it would stop running, and the recipe not say so. */
async function refuseSilentStop(base: Snapshot, after: Snapshot, environment: Environment): Promise<void> {
  const folder = `environments/${environment.name}`;
  const [rendered, present, kept] = await Promise.all([
    servicesIn(base, folder),
    servicesIn(after, 'apps'),
    servicesIn(after, folder),
  ]);
  const stopped = present.filter((id) => rendered.includes(id) && !kept.includes(id));
  if (stopped.length === 0) return;
  throw refusal(
    'STILL_RUNS',
    `${environment.name} still runs ${stopped.join(', ')}, for which the default branch has no overlay any more.`,
    {
      hint:
        environment.from.length === 0
          ? `eleventh service remove ${stopped[0]}`
          : `eleventh promote ${environment.from[0]} --to ${environment.name}`,
      details: { environment: environment.name, services: stopped },
    },
  );
}

/** Returns the changes that replace everything outside `apps/`, with the derived files in step. */
export async function outsideChanges(
  base: Snapshot,
  workspace: Snapshot,
  apps: readonly Change[] = [],
): Promise<Change[]> {
  const recipe = await recipeOf(base);
  const rendered = (await base.entry(RENDERED))?.oid;
  const changes: Change[] = [
    { path: '', put: { tree: workspace.tree } },
    { path: RENDERED, put: rendered === undefined ? null : { tree: rendered } },
    { path: 'apps', put: recipe === EMPTY_TREE ? null : { tree: recipe } },
    ...apps,
  ];
  return [...changes, ...(await deriveChanges(await base.with(changes)))];
}

/** Returns the changes below `apps/` that the default branch decides: services gone, manifests that people edit. */
async function ownedChanges(
  base: Snapshot,
  workspace: Workspace,
): Promise<{ changes: Change[]; removed: ServiceId[] }> {
  const known = new Set(await serviceIds(workspace));
  const present = await servicesIn(base, 'apps');
  const removed = present.filter((id) => !known.has(id));
  const changes: Change[] = removed.map((id) => ({ path: `apps/${id}`, put: null }));
  for (const id of present.filter((id) => known.has(id))) {
    const folder = `apps/${id}/manifests`;
    const ours = await workspace.snapshot.entry(folder);
    if (ours === null || ours.oid === (await base.entry(folder))?.oid) continue;
    const service = await findService(workspace, id);
    if (service.manifests !== 'workspace') continue;
    const pin = await pinOf(base, id);
    if (pin === null) continue;
    const files = await filesBelow(workspace.snapshot, folder);
    changes.push({ path: folder, put: { tree: ours.oid } }, ...repinned(service, pin, files));
  }
  return { changes, removed };
}

/** Returns the state after some changes below `apps/`, with the derived files in step, as one list of changes. */
export async function withDerived(
  { environments }: Workspace,
  base: Snapshot,
  changes: readonly Change[],
): Promise<Change[]> {
  const all = [...changes, ...(await deriveChanges(await base.with(changes)))];
  return [...all, ...(await renderedFor(environments, base, await base.with(all)))];
}
