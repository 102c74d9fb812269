import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckedStates,
  checkedStates,
  findEnvironment,
  findService,
  type ManifestFlaw,
  nameHint,
  quoted,
  type Rendering,
  type ServiceId,
  type Snapshot,
  usageError,
  type View,
  type Workspace,
} from '@eleventh/core';
import type { ManifestReport } from '@eleventh/kubernetes';
import type { Io } from './io.ts';
import { rendererOf } from './renderer.ts';
import { cacheDirectory } from './repository-address.ts';
import { VERSION } from './version.ts';

/** What is looked at; absent: all. */
export interface CheckScope {
  readonly environments?: readonly string[] | undefined;
  readonly services?: readonly ServiceId[] | undefined;
}

const SCHEMAS = new URL('./schemas.json.br', import.meta.url);

/**
 * Returns what is wrong with manifests. @param at a revision to look at in place of what the branches of environments hold.
 * Throws `UNKNOWN_ENVIRONMENT`, `UNKNOWN_SERVICE`, and what reading and rendering throw.
 */
export async function manifestReport(
  io: Io,
  view: View,
  scope: CheckScope,
  at?: string,
): Promise<ManifestReport & { readonly renderer: { readonly name: string; readonly version: string } }> {
  const checked = await checkedStates(view, at);
  if (checked.states.length === 0)
    throw usageError('NOTHING_TO_CHECK', 'No environment has a branch here, so nothing runs.', 'git fetch origin');
  await refuseUnknown(checked, scope);
  const { checkManifests, PackCache, KubernetesSchemas } = await import('@eleventh/kubernetes');
  const renderer = await rendererOf(io);
  const { name, version } = renderer.tool;
  const report = await checkManifests({
    ...{
      states: checked.states,
      settings: checked.settings,
      renderer,
      only: scope,
      env: io.env,
      broken: checked.broken,
    },
    about: async (id) => {
      const service = await checked.service(id);
      return { images: service?.images ?? [], ignore: service?.ignore ?? [] };
    },
    schemas: new KubernetesSchemas(readFileSync(SCHEMAS)),
    kept: await PackCache.open(join(cacheDirectory(io), 'checked')),
    version: VERSION,
  });
  return { ...report, renderer: { name, version } };
}

/** Returns what is wrong with the manifests of a service in a state, looked at alone. */
export async function serviceFlaws(
  io: Io,
  snapshot: Snapshot,
  { environment, service }: Rendering,
  workspace: Workspace,
): Promise<readonly ManifestFlaw[]> {
  const { checkServiceAlone, KubernetesSchemas } = await import('@eleventh/kubernetes');
  const asking = {
    ...{ settings: workspace.check, renderer: await rendererOf(io), env: io.env },
    about: async (id: ServiceId) => {
      const { images, ignore = [] } = await findService(workspace, id);
      return { images, ignore };
    },
    schemas: new KubernetesSchemas(readFileSync(SCHEMAS)),
  };
  return checkServiceAlone(asking, { environment: findEnvironment(workspace, environment), snapshot }, service);
}

async function refuseUnknown(
  { states, service }: CheckedStates,
  { environments, services }: CheckScope,
): Promise<void> {
  const names = states.map(({ environment }) => environment.name);
  const unknown = environments?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw usageError(
      'UNKNOWN_ENVIRONMENT',
      `There is no environment ${quoted(unknown)} to check.`,
      nameHint(unknown, names),
    );
  for (const id of services ?? [])
    if ((await service(id)) === null)
      throw usageError('UNKNOWN_SERVICE', `There is no service ${quoted(id)}.`, 'eleventh service list');
}
