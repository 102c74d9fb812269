import { outside, outsideDifferences } from '../history/outside.ts';
import type { Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { servicesIn } from './derived-list.ts';
import { scalar } from './scalar.ts';

/** Returns the folder of a service's overlay in an environment. */
export function overlayFolder(environment: string, id: ServiceId): string {
  return `environments/${environment}/${id}`;
}

/** Returns a new overlay: the service in the environment's namespace. */
export function formatOverlay(id: ServiceId, namespace: string): string {
  const up = '../'.repeat(2 + id.split('/').length);
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${scalar(namespace)}
resources:
  - ${up}apps/${id}
`;
}

/**
 * Returns the services that run in a state and whose overlay there may build otherwise than before: it is new or
 * other, or something changed that any overlay could share. Reads nothing else when nothing outside `apps/` changed.
 */
export async function changedOverlays(before: Snapshot, after: Snapshot, environment: string): Promise<ServiceId[]> {
  const changed = new Set(outsideDifferences(await outside(before), await outside(after)));
  if (changed.size === 0) return [];
  const folderOf = (id: ServiceId) => overlayFolder(environment, id.split('/')[0] ?? '');
  const services = await servicesIn(after, 'apps');
  const own = new Set(services.map(folderOf));
  const isShared = [...changed].some((path) => !own.has(path));
  return isShared ? services : services.filter((id) => changed.has(folderOf(id)));
}
