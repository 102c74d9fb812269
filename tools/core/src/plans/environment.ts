import { usageError } from '../error.ts';
import {
  type Environment,
  environmentPath,
  formatEnvironment,
  formatEnvironmentLike,
  inPromotionOrder,
} from '../files/environment.ts';
import { formatOverlay, overlayFolder } from '../files/overlay.ts';
import { utf8 } from '../files/yaml-file.ts';
import { type Change, filesBelow, type View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import { planWorkspaceChange, refuseTakenBranch, type WorkspacePlan } from './service.ts';

export interface NewEnvironmentRequest {
  readonly name: string;
  readonly from?: readonly string[] | undefined;
  /** An environment whose overlays and policy it starts with. */
  readonly like?: string | undefined;
  /** The branch it deploys from; absent: `env/<name>`. */
  readonly deploysFrom?: string | undefined;
  /** A pattern of release tags, such as `eu-v{version}`. */
  readonly releaseTag?: string | undefined;
  /** A new branch for review; absent: the default branch itself. */
  readonly branch?: string | undefined;
}

/** Returns the plan that adds an environment, with an overlay for every service, and leaves its branch to `update`. */
export async function planEnvironmentAdd(
  view: View,
  request: NewEnvironmentRequest,
): Promise<WorkspacePlan & { readonly environment: Environment }> {
  const workspace = await readWorkspace(view);
  const { name, branch } = request;
  if (workspace.environments.some((environment) => environment.name === name)) {
    throw usageError(
      'ENVIRONMENT_EXISTS',
      `There is an environment ${name} already.`,
      `Edit ${environmentPath(name)} on ${workspace.branch}.`,
    );
  }
  const like = request.like === undefined ? undefined : findEnvironment(workspace, request.like);
  const environment: Environment = {
    name,
    branch: request.deploysFrom ?? `env/${name}`,
    release: request.releaseTag === undefined ? undefined : { tag: request.releaseTag },
    from: request.from ?? like?.from ?? [],
    policy: like?.policy ?? { digests: 'optional' },
  };
  for (const from of environment.from) findEnvironment(workspace, from);
  inPromotionOrder([...workspace.environments, environment], workspace.first.name);
  const isShared = workspace.environments.some((other) => other.branch === environment.branch);
  if (!isShared)
    refuseTakenBranch(environment.branch, [...view.refs.branches.keys(), ...(branch === undefined ? [] : [branch])]);

  const changes: Change[] = [
    { path: environmentPath(name), put: { file: await textOf(workspace, environment, like) } },
    ...(await overlays(workspace, name, like)),
  ];
  return { ...(await planWorkspaceChange(view, workspace, changes, `Add environment ${name}`, branch)), environment };
}

async function textOf(workspace: Workspace, environment: Environment, like: Environment | undefined): Promise<string> {
  const path = environmentPath(like?.name ?? '');
  const bytes = like === undefined ? null : await workspace.snapshot.read(path);
  return bytes === null ? formatEnvironment(environment) : formatEnvironmentLike(utf8(path, bytes), environment);
}

async function overlays(workspace: Workspace, name: string, like: Environment | undefined): Promise<Change[]> {
  const ids = await serviceIds(workspace);
  if (like === undefined) {
    return ids.map((id) => ({
      path: `${overlayFolder(name, id)}/kustomization.yaml`,
      put: { file: formatOverlay(id, name) },
    }));
  }
  const files = await filesBelow(workspace.snapshot, `environments/${like.name}`);
  return [...files]
    .filter(([path]) => path.includes('/'))
    .map(([path, file]) => ({ path: `environments/${name}/${path}`, put: { file } }));
}
