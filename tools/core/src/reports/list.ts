import { headOf } from '../deployment.ts';
import type { Environment } from '../environment.ts';
import type { ServiceId } from '../names.ts';
import type { Oid } from '../object-id.ts';
import type { Service } from '../service.ts';
import type { View } from '../snapshot.ts';
import { findService, readWorkspace, serviceIds } from '../workspace.ts';

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
