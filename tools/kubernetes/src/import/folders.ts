import { entries, kustomizeDocuments, localPath, mentions, utf8 } from '@eleventh/core';
import { type EnvironmentNames, labelOf } from './environment-name.ts';
import { mapOf } from './kustomization-text.ts';
import { folderOf, isManifest, joined, nameOf, type RepositoryFiles } from './repository-files.ts';
import type { Found, Root } from './root.ts';
import { serviceKey } from './service-key.ts';

/** Returns what the names of folders say: kustomizations and plain YAML, where no agent's objects tell. */
export async function findFolders(
  files: RepositoryFiles,
  names: EnvironmentNames,
  claimed: ReadonlySet<string>,
  isWanted: (folder: string) => boolean,
): Promise<Found> {
  const kustomizations = await allKustomizations(files);
  const builds = [...kustomizations]
    .filter(([folder, { isComponent }]) => !isComponent && isWanted(folder))
    .map(([folder]) => folder);
  const ofEnvironments = builds.filter((folder) => names.ofPath(folder) !== undefined);
  const wanted = ofEnvironments.length > 0 ? ofEnvironments : builds;
  const roots: Root[] = [];
  for (const folder of wanted) {
    const environment = names.ofPath(folder) ?? '';
    const others = wanted.filter((other) => other !== folder && (names.ofPath(other) ?? '') === environment);
    if (!others.some((other) => reached(kustomizations, other).has(folder)))
      roots.push({ environment, folder, by: files.kustomizationOf(folder) ?? folder });
  }
  const kustomized = new Set(
    [...kustomizations.keys()].flatMap((folder) => [folder, ...reached(kustomizations, folder)]),
  );
  const plain = await plainRoots(files, names, kustomized, claimed, roots.length > 0 && ofEnvironments.length > 0);
  // Where others are named after environments, what is not is nobody's: an example, say, or something old.
  if (plain.some(({ environment }) => environment !== ''))
    roots.splice(0, roots.length, ...roots.filter(({ environment }) => environment !== ''));
  const notes = [
    ...(roots.length > 0
      ? [`Kustomize: ${roots.length} folders that nothing else of their environment builds upon`]
      : []),
    ...(plain.length > 0 ? [`Plain YAML: ${plain.length} folders`] : []),
  ];
  return { roots: [...roots, ...plain], unplaced: [], wiring: new Set(), notes };
}

interface Kustomized {
  readonly isComponent: boolean;
  readonly names: readonly string[];
}

async function allKustomizations(files: RepositoryFiles): Promise<Map<string, Kustomized>> {
  const found = new Map<string, Kustomized>();
  for (const folder of files.folders) {
    const file = files.kustomizationOf(folder);
    if (file === undefined || isHidden(folder) || files.chartOf(folder) !== undefined) continue;
    try {
      const named: string[] = [];
      let isComponent = false;
      for (const [field, value] of kustomizeDocuments(
        file,
        utf8(file, (await files.snapshot.read(file)) ?? new Uint8Array()),
      ).flatMap(entries)) {
        if (field === 'kind' && value === 'Component') isComponent = true;
        for (const mention of mentions(file, field, value)) {
          const path =
            mention.use === 'resource' || mention.use === 'component' ? localPath(file, mention.value) : null;
          if (path !== null) named.push(path);
        }
      }
      found.set(folder, { isComponent, names: named });
    } catch {
      // What is wrong with it is said when it is to be built.
      found.set(folder, { isComponent: false, names: [] });
    }
  }
  return found;
}

function reached(all: ReadonlyMap<string, Kustomized>, folder: string): Set<string> {
  const found = new Set<string>();
  const walk = (at: string): void => {
    for (const next of all.get(at)?.names ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      walk(next);
    }
  };
  walk(folder);
  return found;
}

/** Returns the roots of files that are applied as they are: those that no kustomization has to do with. */
async function plainRoots(
  files: RepositoryFiles,
  names: EnvironmentNames,
  kustomized: ReadonlySet<string>,
  claimed: ReadonlySet<string>,
  hasOthers: boolean,
): Promise<Root[]> {
  const units = new Map<string, { environment: string; folder: string; name: string | undefined; files: string[] }>();
  const plain: string[] = [];
  for (const path of files.paths) {
    const folder = folderOf(path);
    if (!isManifest(path) || isHidden(path) || claimed.has(path) || files.chartOf(folder) !== undefined) continue;
    if (isBelow(folder, kustomized) || kustomized.has(path)) continue;
    const documents = (await files.documents(path)).filter((one) => one !== null);
    if (documents.length > 0 && documents.every(isObject)) plain.push(path);
  }
  const isNamed = plain.some((path) => names.ofPath(folderOf(path)) !== undefined);
  for (const path of plain) {
    const environment = names.ofPath(folderOf(path));
    if (environment === undefined && (isNamed || hasOthers)) continue;
    const unit = unitOf(path, names);
    const key = `${environment} ${unit.folder} ${unit.name}`;
    const known = units.get(key) ?? { environment: environment ?? '', ...unit, files: [] };
    units.set(key, { ...known, files: [...known.files, path] });
  }
  return [...units.values()].map(({ environment, folder, name, files: found }) => ({
    environment,
    folder,
    by: `${folder || '.'}/`,
    files: found,
    name,
  }));
}

/** Returns the folder that is one service's, and what it is called where the folder does not say. */
function unitOf(path: string, names: EnvironmentNames): { folder: string; name: string | undefined } {
  const folder = folderOf(path);
  const place = names.placeIn(folder)?.at;
  const segments = folder.split('/');
  if (place === undefined) return { folder, name: undefined };
  let length = place + 1;
  while (length < segments.length && serviceKey(segments[length] ?? '', names) === '') length += 1;
  if (length < segments.length) return { folder: segments.slice(0, length + 1).join('/'), name: undefined };
  const isOneService = serviceKey(segments.slice(0, place).join('/'), names) !== '';
  return { folder, name: isOneService ? undefined : stemOf(path) };
}

const KINDS =
  /(?:^|[-_.])(?:deploy(?:ment)?|service|svc|configmaps?|cm|secrets?|sealed-?secrets?|ingress(?:route)?|hpa|horizontal-?pod-?autoscaler|pdb|pod-?disruption-?budget|service-?account|sa|role|role-?binding|rbac|namespaces?|ns|statefulset|sts|daemonset|ds|cron-?job|job|pvc?|volumes?|network-?polic(?:y|ies)|kustomization|all|app|manifests?)$/i;

/** Returns the service that a file is of by its name: `payments-service.yaml` is of `payments`. */
function stemOf(path: string): string | undefined {
  const stem = nameOf(path).replace(/\.\w+$/, '');
  const bare = stem.replace(KINDS, '');
  return bare === '' ? undefined : labelOf(bare);
}

function isObject(document: unknown): boolean {
  const { apiVersion, kind } = mapOf(document);
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    !apiVersion.startsWith('kustomize.config.k8s.io') &&
    !apiVersion.startsWith('eleventh.dev')
  );
}

function isBelow(folder: string, folders: ReadonlySet<string>): boolean {
  for (let at = folder; ; at = folderOf(at)) {
    if (folders.has(at)) return true;
    if (at === '') return false;
  }
}

function isHidden(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('.'));
}

/** Returns what Flux takes of a folder without a kustomization: every manifest below, and folders that have one. */
export function takenByFlux(files: RepositoryFiles, folder: string): string[] {
  const taken = files.in(folder).filter((path) => isManifest(path));
  const inside = new Set(
    files
      .below(folder)
      .map((path) => path.slice(folder === '' ? 0 : folder.length + 1))
      .filter((path) => path.includes('/'))
      .map((path) => path.split('/')[0] ?? ''),
  );
  for (const name of [...inside].filter((one) => !one.startsWith('.')).sort()) {
    const next = joined(folder, name);
    if (files.kustomizationOf(next) !== undefined) taken.push(next);
    else taken.push(...takenByFlux(files, next));
  }
  return taken;
}
