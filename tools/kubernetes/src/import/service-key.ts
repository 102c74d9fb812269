import { isServiceId } from '@eleventh/core';
import { type EnvironmentNames, labelOf } from './environment-name.ts';

/** What folders are called for their place in a repository, not for what is in them. */
const STRUCTURE = new Set([
  ...[
    'apps',
    'app',
    'application',
    'applications',
    'argo-apps',
    'services',
    'service',
    'workloads',
    'deployments',
    'deployment',
    'releases',
    'tenants',
  ],
  ...[
    'base',
    'bases',
    'overlay',
    'overlays',
    'env',
    'envs',
    'environment',
    'environments',
    'clusters',
    'cluster',
    'stages',
    'common',
    'variants',
    'instances',
  ],
  ...[
    'kustomize',
    'kustomization',
    'k8s',
    'kubernetes',
    'kube',
    'manifests',
    'manifests-of',
    'manifest',
    'deploy',
    'gitops',
    'src',
    'resources',
    'config',
    'yaml',
    'root',
    'fluxcd',
    'flux',
    'argocd',
    'argo',
  ],
]);

/** Returns the part of a path that says which service a folder is of: without the environment, and what only orders folders. */
export function serviceKey(path: string, names: EnvironmentNames): string {
  const place = names.placeIn(path)?.at;
  const labels = path.split('/').flatMap((segment, at) => {
    const label = labelOf(segment);
    if (at === place || label === '' || STRUCTURE.has(label)) return [];
    const environment = names.within(label);
    const bare =
      environment === undefined ? label : labelOf(label.replace(new RegExp(`(?:^|-)${environment}(?:$|-)`), '-'));
    return bare === '' ? [label] : [bare];
  });
  return labels.join('/');
}

/** What only orders what stands in it, but is worth a group. */
const GROUPS = new Set([
  'infra',
  'infrastructure',
  'platform',
  'system',
  'addons',
  'monitoring',
  'security',
  'networking',
]);

/**
 * Returns an id for each key: its last segment, with the one before it where two would have the same, or where that is
 * a group. No id is of a service and of a group at once.
 */
export function idsOf(keys: Iterable<string>, fallback: string): Map<string, string> {
  const all = [...new Set(keys)].sort();
  const ids = new Map<string, string>();
  const last = (key: string, count: number) => key.split('/').slice(-count);
  const taken = (id: string) =>
    [...ids.values()].some((other) => other === id || other.startsWith(`${id}/`) || id.startsWith(`${other}/`));
  for (const key of all) {
    const [first = ''] = key.split('/');
    const isOfGroup = key.includes('/') && GROUPS.has(first);
    const twins = all.filter((other) => last(other, 1)[0] === last(key, 1)[0]).length > 1;
    const wanted =
      key === '' ? fallback : isOfGroup ? `${first}/${last(key, 1)[0]}` : last(key, twins ? 2 : 1).join('/');
    const choices = [
      wanted,
      labelOf(key),
      ...Array.from({ length: all.length + 1 }, (_, index) => labelOf(`${key}-${index + 2}`)),
    ];
    ids.set(key, choices.find((id) => isServiceId(id) && !taken(id)) ?? labelOf(`service-${ids.size}`));
  }
  return ids;
}

/** Returns a key that is as telling as the name by which an agent knows it: `blackbox-exporter-lan` of a folder `lan`. */
export function namedKey(key: string, name: string | undefined, names: EnvironmentNames): string {
  const [first = '', ...rest] = key.split('/');
  const last = rest.at(-1) ?? first;
  const bare = name === undefined ? '' : serviceKey(name, names);
  const isMore = bare !== last && last !== '' && bare.split('-').join('').includes(last.split('-').join(''));
  return isMore && !GROUPS.has(first) ? [...key.split('/').slice(0, -1), bare].join('/') : key;
}
