import { usageError } from '../error.ts';
import { deriveChanges } from '../files/derived-list.ts';
import { checkManifestNames, checkManifestObjects, type Files, manifestResources } from '../files/manifests.ts';
import { formatOverlay, overlayFolder } from '../files/overlay.ts';
import { formatUnpinned, pinPath } from '../files/pin.ts';
import { formatService, servicePath } from '../files/service.ts';
import { starterManifests } from '../files/starter-manifests.ts';
import { utf8 } from '../files/yaml-file.ts';
import type { Change, View } from '../history/snapshot.ts';
import { findService, readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import { clashingService, type ServiceId } from '../names/names.ts';
import { clashingBranch } from '../names/ref-names.ts';
import { Line, type Plan } from './plan.ts';

interface ServiceRequest {
  readonly id: ServiceId;
  /** A new branch for review; absent: the default branch itself. */
  readonly branch?: string | undefined;
}

export interface NewServiceRequest extends ServiceRequest {
  readonly images: readonly string[];
  readonly owner?: string | undefined;
  readonly source?: string | undefined;
  readonly manifests?: Files | undefined;
}

/** A change of the default branch, or of a branch beside it for review. */
export interface WorkspacePlan extends Plan {
  readonly workspace: Workspace;
  readonly branch: string;
}

/** Returns the plan that adds a service to the workspace, with an overlay in every environment. */
export async function planServiceAdd(view: View, request: NewServiceRequest): Promise<WorkspacePlan> {
  const { id } = request;
  const workspace = await readWorkspace(view);
  const known = await serviceIds(workspace);
  const clash = clashingService(id, known);
  if (clash !== undefined) {
    throw usageError(
      'SERVICE_CLASHES',
      `${id} cannot stand beside ${clash}: a service's folder cannot also be a group.`,
      'eleventh service list',
    );
  }
  if (request.manifests !== undefined) {
    checkManifestNames(request.manifests.keys());
    checkManifestObjects(request.manifests);
  }
  const files = request.manifests ?? encoded(starterManifests(id, request.images));
  const changes: Change[] = [
    { path: servicePath(id), put: { file: formatService(request) } },
    { path: pinPath(id), put: { file: formatUnpinned(manifestResources(files)) } },
    ...[...files].map(([path, file]) => ({ path: `apps/${id}/manifests/${path}`, put: { file } })),
    ...(await Promise.all(workspace.environments.map(({ name }) => newOverlay(workspace, name, id)))),
  ];
  if (known.includes(id) && (await workspace.snapshot.with(changes)).tree !== workspace.snapshot.tree) {
    throw usageError(
      'SERVICE_EXISTS',
      `There is a service ${id} already.`,
      `Edit ${servicePath(id)} on ${workspace.branch}.`,
    );
  }
  return planWorkspaceChange(view, workspace, changes, `Add service ${id}`, request.branch);
}

/** Returns the plan that takes a service out of the workspace; environments follow with `update` and promotions. */
export async function planServiceRemove(view: View, { id, branch }: ServiceRequest): Promise<WorkspacePlan> {
  const workspace = await readWorkspace(view);
  await findService(workspace, id);
  const changes: Change[] = [
    { path: `apps/${id}`, put: null },
    ...workspace.environments.map(({ name }) => ({ path: overlayFolder(name, id), put: null })),
  ];
  return planWorkspaceChange(view, workspace, changes, `Remove service ${id}`, branch);
}

/** Returns the plan of a commit on the default branch, or on a new branch beside it, with the derived files in step. */
export async function planWorkspaceChange(
  view: View,
  workspace: Workspace,
  changes: readonly Change[],
  subject: string,
  branch: string | undefined,
): Promise<WorkspacePlan> {
  const name = branch ?? workspace.branch;
  const existing = view.refs.branches;
  if (branch !== undefined) refuseTakenBranch(branch, existing.keys());
  const line = new Line(
    { branch: name, expected: branch === undefined ? workspace.commit : null, parent: workspace.commit },
    workspace.snapshot,
  );
  const derived = await deriveChanges(await workspace.snapshot.with(changes));
  await line.add([...changes, ...derived], subject);
  return { branches: [line.plan], onRace: 'again', workspace, branch: name };
}

/** Throws `BRANCH_EXISTS` or `BRANCH_CLASHES` for a name that Git cannot give to a new branch. */
export function refuseTakenBranch(branch: string, existing: Iterable<string>): void {
  const names = [...existing];
  if (names.includes(branch)) {
    throw usageError('BRANCH_EXISTS', `There is a branch ${branch} already.`, 'Choose another name for the branch.');
  }
  const clash = clashingBranch(branch, names);
  if (clash === undefined) return;
  throw usageError(
    'BRANCH_CLASHES',
    `A branch ${branch} cannot stand beside the branch ${clash}: Git keeps them as file and folder.`,
    'Choose another name for the branch.',
  );
}

/** Returns the overlay a service starts with, in the namespace that the environment's other overlays use. */
async function newOverlay(workspace: Workspace, environment: string, id: ServiceId): Promise<Change> {
  return {
    path: `${overlayFolder(environment, id)}/kustomization.yaml`,
    put: { file: formatOverlay(id, await namespaceOf(workspace, environment)) },
  };
}

async function namespaceOf(workspace: Workspace, environment: string): Promise<string> {
  for (const other of await serviceIds(workspace)) {
    const path = `${overlayFolder(environment, other)}/kustomization.yaml`;
    const bytes = await workspace.snapshot.read(path);
    const namespace = bytes === null ? undefined : /^namespace: *["']?([a-z0-9-]+)/m.exec(utf8(path, bytes))?.[1];
    if (namespace !== undefined) return namespace;
  }
  return environment;
}

function encoded(files: ReadonlyMap<string, string>): Files {
  const encoder = new TextEncoder();
  return new Map([...files].map(([path, text]) => [path, encoder.encode(text)]));
}
