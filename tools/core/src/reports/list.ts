import type { Environment } from '../files/environment.ts';
import type { Service } from '../files/service.ts';
import { headOf } from '../history/deployment.ts';
import type { View } from '../history/snapshot.ts';
import { findService, readWorkspace, serviceIds } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

export interface ListedService extends Service {
  /** Environments that run it now. */
  readonly runsIn: readonly string[];
}

/** Returns the services of the workspace with who owns them and where they run. */
export async function listServices(view: View): Promise<ListedService[]> {
  const workspace = await readWorkspace(view);
  const heads = await Promise.all(
    workspace.environments.map(async (environment) => ({ environment, head: await headOf(view, environment) })),
  );
  const runsIn = async (id: ServiceId): Promise<string[]> => {
    const found = await Promise.all(heads.map(async ({ head }) => (await head?.snapshot.entry(`apps/${id}`)) ?? null));
    return heads.filter((_, index) => found[index] !== null).map(({ environment }) => environment.name);
  };
  return Promise.all(
    (await serviceIds(workspace)).map(async (id) => ({
      ...(await findService(workspace, id)),
      runsIn: await runsIn(id),
    })),
  );
}

export interface ListedEnvironment extends Environment {
  readonly commit: Oid | null;
}

/** Returns the environments in promotion order, with the head of each branch. */
export async function listEnvironments(view: View): Promise<ListedEnvironment[]> {
  const workspace = await readWorkspace(view);
  return workspace.environments.map((environment) => ({
    ...environment,
    commit: view.refs.branches.get(environment.branch) ?? null,
  }));
}
