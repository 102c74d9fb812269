import { type Environment, type ImportedBuild, type ImportRequest, usageError } from '@eleventh/core';
import type { ImportedLayout, Placed } from '@eleventh/kubernetes';

/** Returns the workspace that a layout makes. @param releases the environments that deploy tags */
export function requestOf(
  layout: ImportedLayout,
  name: string,
  build: ImportedBuild,
  releases: readonly string[],
): ImportRequest {
  const environments = environmentsOf(layout, releases);
  const shared = new Map(layout.services.flatMap((one) => [...one.shared]));
  const newestFirst = environments.map((one) => one.name).reverse();
  return {
    name,
    environments,
    services: layout.services.map((placed) => serviceOf(placed, newestFirst)),
    shared,
    build,
  };
}

function environmentsOf(
  { environments: groups, strangers }: ImportedLayout,
  releases: readonly string[],
): Environment[] {
  const all = groups.flat();
  const known = groups
    .map((group) => group.filter((name) => !strangers.includes(name)))
    .filter((group) => group.length > 0);
  const unknown = releases.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw usageError(
      'UNKNOWN_ENVIRONMENT',
      `--release names ${unknown}, which is not an environment that was found.`,
      `The environments are ${all.join(', ')}.`,
    );
  const before = new Map(known.flatMap((group, index) => group.map((name) => [name, known[index - 1] ?? []] as const)));
  return groups.flatMap((group) =>
    group.map((name): Environment => {
      const release = releases.includes(name) ? { tag: tagOf(name, releases) } : undefined;
      return {
        name,
        branch: `env/${name}`,
        from: before.get(name) ?? [],
        policy: { digests: 'optional' },
        ...(release && { release }),
      };
    }),
  );
}

/** Flux takes no tag with a prefix for a version, so one environment alone has the plain ones. */
function tagOf(name: string, releases: readonly string[]): string {
  return releases.length === 1 ? 'v{version}' : `${name}-v{version}`;
}

function serviceOf(placed: Placed, newestFirst: readonly string[]): ImportRequest['services'][number] {
  const { id, way, repositories, environments } = placed;
  const last = newestFirst.flatMap((name) => environments.find(({ environment }) => environment === name) ?? [])[0];
  return {
    id,
    images: repositories,
    manifests: way === 'apart' ? 'ci' : 'workspace',
    files: last?.manifests ?? new Map(),
    overlays: new Map(environments.map(({ environment, overlay }) => [environment, overlay])),
    builds: new Map(environments.map(({ environment, manifests, images }) => [environment, { manifests, images }])),
  };
}
