import { isMap, localPath } from '@eleventh/core';
import { type EnvironmentNames, labelOf } from './environment-name.ts';
import { mapOf, mapsOf } from './kustomization-text.ts';
import { folderOf, joined, type RepositoryFiles, repositoryName } from './repository-files.ts';
import type { Found, Root, Settings, Unplaced } from './root.ts';
import { substitutionOf } from './substitution.ts';

interface FluxObject {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

const WIRING: Readonly<Record<string, readonly string[]>> = {
  'kustomize.toolkit.fluxcd.io': ['Kustomization'],
  'source.extensions.fluxcd.io': ['ArtifactGenerator'],
};
const SOURCES = ['GitRepository', 'Bucket'];

/** What a Kustomization says of how it is applied, and not of what: it decrypts, waits, or does not run at all. */
const AGENTS = ['decryption', 'suspend', 'kubeConfig', 'serviceAccountName', 'dependsOn', 'healthChecks'] as const;

/** Returns what Flux's `Kustomization`s build of this repository. */
export async function findFlux(
  files: RepositoryFiles,
  names: EnvironmentNames,
  own: readonly string[],
): Promise<Found> {
  const objects = await fluxObjects(files);
  const kustomizations = objects.filter(({ kind }) => kind === 'Kustomization');
  const roots: Root[] = [];
  const unplaced: Unplaced[] = [];
  const notes: string[] = [];
  const ours = new Set<FluxObject>();
  for (const one of kustomizations) {
    const folder = folderBuilt(one, objects, files, own);
    if (folder === null) continue;
    ours.add(one);
    const environment = environmentOf(one, folder, files, names);
    const { postBuild, commonMetadata } = one.spec;
    const kept = AGENTS.filter((name) => one.spec[name] !== undefined && one.spec[name] !== false);
    const substitution = substitutionOf(postBuild);
    if (substitution?.isOpen === true)
      notes.push(
        `postBuild.substituteFrom stays the agent's, as in ${one.file}: put it on the Kustomization that follows environments/${environment || '<env>'}.`,
      );
    if (commonMetadata !== undefined)
      notes.push(
        `${one.file}: commonMetadata of ${one.name} stays the agent's: put it on the Kustomization that follows environments/${environment}.`,
      );
    if (kept.length > 0)
      notes.push(
        `${one.file}: ${kept.join(', ')} of ${one.name} stays the agent's: put it on the Kustomization that follows environments/${environment || '<env>'}.`,
      );
    roots.push({
      environment,
      folder,
      by: one.file,
      name: labelOf(one.name),
      settings: settingsOf(one.spec),
      substitution,
    });
  }
  const wiring = await wiringFiles(files, objects, ours);
  if (ours.size > 0) notes.unshift(`Flux: ${ours.size} Kustomizations build folders of this repository`);
  return { roots, unplaced, wiring, notes };
}

async function fluxObjects(files: RepositoryFiles): Promise<FluxObject[]> {
  const found: FluxObject[] = [];
  for (const file of files.paths) {
    if (files.chartOf(folderOf(file)) !== undefined) continue;
    for (const document of await files.documents(file)) {
      const { apiVersion, kind, metadata, spec } = mapOf(document);
      const name = mapOf(metadata).name;
      if (typeof apiVersion !== 'string' || !apiVersion.includes('fluxcd.io/') || typeof kind !== 'string') continue;
      found.push({ file, kind, name: String(name ?? ''), spec: isMap(spec) ? spec : {} });
    }
  }
  return found;
}

/** Returns the folder of this repository that a `Kustomization` builds, or null where it builds another's. */
function folderBuilt(
  { file, spec }: FluxObject,
  objects: readonly FluxObject[],
  files: RepositoryFiles,
  own: readonly string[],
): string | null {
  const path = localPath('x', typeof spec.path === 'string' ? spec.path.replace(/^\/+/, '') || '.' : '.');
  if (path === null) return null;
  const source = mapOf(spec.sourceRef);
  if (source.kind === 'ExternalArtifact') return artifactFolder(path, String(source.name), file, objects, files);
  if (source.kind !== 'GitRepository' || !isOwnSource(String(source.name), objects, own)) return null;
  return files.hasFolder(path) ? path : null;
}

/** Returns whether a source is this repository: the one that Flux was begun with, or one of its address or name. */
function isOwnSource(name: string, objects: readonly FluxObject[], own: readonly string[]): boolean {
  const sources = objects.filter(({ kind }) => kind === 'GitRepository');
  const found = sources.find((one) => one.name === name);
  if (name === 'flux-system' || found === undefined) return true;
  const first = sources.find((one) => one.name === 'flux-system');
  return found.spec.url === first?.spec.url || own.includes(repositoryName(String(found.spec.url)));
}

/** Returns where in this repository the path of an artifact comes from, as its generator copies it. */
function artifactFolder(
  path: string,
  name: string,
  file: string,
  objects: readonly FluxObject[],
  files: RepositoryFiles,
): string | null {
  const near = (one: FluxObject) => Number(folderOf(one.file) === folderOf(file));
  const generators = objects.filter(({ kind }) => kind === 'ArtifactGenerator').sort((a, b) => near(b) - near(a));
  for (const { spec } of generators) {
    const artifact = mapsOf(spec.artifacts).find((one) => one.name === name);
    for (const { from, to } of mapsOf(artifact?.copy)) {
      if (typeof from !== 'string' || typeof to !== 'string') continue;
      const [start, end] = [
        from.replace(/^@[^/]+\//, '').replace(/\/?\*\*?$/, ''),
        to.replace(/^@artifact\/?/, '').replace(/\/$/, ''),
      ];
      if (end !== '' && path !== end && !path.startsWith(`${end}/`)) continue;
      const rest = end === '' ? path : path.slice(end.length + 1);
      const folder = [start, rest].filter(Boolean).join('/');
      if (files.hasFolder(folder)) return folder;
    }
  }
  return null;
}

function environmentOf(
  { file, name }: FluxObject,
  folder: string,
  files: RepositoryFiles,
  names: EnvironmentNames,
): string {
  const cluster = /(?:^|\/)clusters\/([^/]+)\//.exec(file)?.[1];
  const known = names.ofPath(folderOf(file)) ?? names.ofPath(folder) ?? names.surely(name);
  if (known !== undefined) return known;
  return cluster !== undefined &&
    files.hasFolder(joined(file.slice(0, file.indexOf('clusters/')), `clusters/${cluster}`).replace('//', '/'))
    ? labelOf(cluster)
    : '';
}

function settingsOf(spec: FluxObject['spec']): Settings {
  const { targetNamespace, namePrefix, nameSuffix, patches, images, components } = spec;
  return {
    ...(typeof targetNamespace === 'string' && { namespace: targetNamespace }),
    ...(typeof namePrefix === 'string' && { namePrefix }),
    ...(typeof nameSuffix === 'string' && { nameSuffix }),
    ...(mapsOf(patches).length > 0 && { patches: mapsOf(patches) }),
    ...(mapsOf(images).length > 0 && { images: mapsOf(images) }),
    ...(Array.isArray(components) && components.length > 0 && { components: components.map(String) }),
  };
}

/** Returns the files that hold nothing but what points Flux at this repository, and Flux itself. */
async function wiringFiles(
  files: RepositoryFiles,
  objects: readonly FluxObject[],
  own: ReadonlySet<FluxObject>,
): Promise<Set<string>> {
  const sources = new Set([...own].map(({ spec }) => String(mapOf(spec.sourceRef).name)));
  const isWiring = (document: unknown, file: string): boolean => {
    const { apiVersion, kind, metadata } = mapOf(document);
    const [group = ''] = String(apiVersion).split('/');
    const name = String(mapOf(metadata).name);
    if (group === 'source.toolkit.fluxcd.io' && SOURCES.includes(String(kind))) return sources.has(name);
    if (WIRING[group]?.includes(String(kind)) !== true) return false;
    return kind !== 'Kustomization' || [...own].some((one) => one.file === file && one.name === name);
  };
  const wiring = new Set<string>();
  if (own.size === 0) return wiring;
  for (const file of new Set(objects.map((one) => one.file))) {
    const documents = (await files.documents(file)).filter((document) => document !== null);
    if (documents.every((document) => isWiring(document, file))) wiring.add(file);
  }
  for (const file of files.paths)
    if (/(?:^|\/)flux-system\/(?:gotk-[a-z]+\.ya?ml|kustomization\.ya?ml)$/.test(file)) wiring.add(file);
  return wiring;
}
