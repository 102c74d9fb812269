/** What the kustomizations and descriptions of a workspace say by where they stand. */
export interface Layout {
  readonly services: readonly Found[];
  readonly environments: readonly Found[];
  /** Folders with a kustomization that no service and no environment owns: what overlays may share. Sorted. */
  readonly shared: readonly string[];
  /** Overlays in the place of a service that is not here, as on a branch where it was not pinned yet. Sorted. */
  readonly unowned: readonly Overlay[];
}

/** A service or an environment. */
export interface Found {
  readonly id: string;
  readonly root: string;
  /** The file that it was found by: its description where it has one. */
  readonly file: string;
  readonly isDescribed: boolean;
}

export interface Overlay {
  readonly id: string;
  readonly folder: string;
  readonly file: string;
}

/** The files that are looked at, wherever they stand. */
export const LOOKED_AT =
  '{apps/*/service.yaml,apps/*/*/service.yaml,environments/workspace.yaml,environments/*/environment.yaml,**/kustomization.yaml,**/kustomization.yml,**/Kustomization}';

const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const SERVICE = new RegExp(`^apps/(${LABEL}(?:/${LABEL})?)/(service|kustomization)\\.yaml$`);
const ENVIRONMENT = new RegExp(`^environments/(${LABEL})/environment\\.yaml$`);
const OVERLAY = new RegExp(`^environments/(${LABEL})/(${LABEL}(?:/${LABEL})?)/kustomization\\.yaml$`);

/**
 * Returns what stands where, by the paths of the files alone: a service has a `service.yaml` (on the default branch), or
 * a pin or manifests in a `kustomization.yaml` (everywhere); a folder inside of one is not another.
 */
export function layoutOf(paths: readonly string[]): Layout {
  const sorted = [...paths].sort();
  const services = servicesOf(sorted);
  const environments = new Map<string, Found>();
  for (const file of sorted) {
    const id = ENVIRONMENT.exec(file)?.[1];
    if (id !== undefined) environments.set(id, { id, root: `environments/${id}`, file, isDescribed: true });
  }
  const shared: string[] = [];
  const unowned: Overlay[] = [];
  for (const file of sorted) {
    const folder = file.slice(0, Math.max(file.lastIndexOf('/'), 0));
    const overlay = overlayOf(file);
    const isOwned =
      /\/(?:service|environment|workspace)\.yaml$/.test(file) ||
      folder === '' ||
      [...environments.values()].some(({ root }) => root === folder) ||
      above(folder, 'apps/').some((id) => services.has(id)) ||
      [...environments.values()].some(({ root }) => above(folder, `${root}/`).some((id) => services.has(id)));
    if (isOwned) continue;
    if (overlay !== undefined && environments.has(overlay.environment)) unowned.push({ ...overlay, folder, file });
    else shared.push(folder);
  }
  return { services: [...services.values()], environments: [...environments.values()], shared, unowned };
}

/** Returns the environment and the service that a file is the overlay of, by its path. */
export function overlayOf(path: string): { environment: string; id: string } | undefined {
  const [, environment, id] = OVERLAY.exec(path) ?? [];
  return environment === undefined || id === undefined ? undefined : { environment, id };
}

function servicesOf(paths: readonly string[]): Map<string, Found> {
  const services = new Map<string, Found>();
  for (const file of paths) {
    const [, id, kind] = SERVICE.exec(file) ?? [];
    if (id === undefined || id.endsWith('/manifests')) continue;
    const isDescribed = kind === 'service';
    if (isDescribed || !services.has(id)) services.set(id, { id, root: `apps/${id}`, file, isDescribed });
  }
  for (const id of services.keys()) {
    const group = id.split('/', 1)[0] ?? '';
    if (group !== id && services.has(group)) services.delete(id);
  }
  return services;
}

/** Returns the ids, of one segment and of two, that a folder below a prefix may belong to. */
function above(folder: string, prefix: string): string[] {
  if (!folder.startsWith(prefix)) return [];
  const [first = '', second] = folder.slice(prefix.length).split('/');
  return second === undefined ? [first] : [first, `${first}/${second}`];
}
