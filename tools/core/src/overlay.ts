import { parseAllDocuments } from 'yaml';
import { utf8 } from './document.ts';
import { refusal } from './error.ts';
import { isMap } from './manifests.ts';
import type { ServiceId } from './names.ts';
import type { Snapshot } from './snapshot.ts';

/** Returns the folder of a service's overlay in an environment. */
export function overlayFolder(environment: string, id: ServiceId): string {
  return `environments/${environment}/${id}`;
}

/** Returns a new overlay: the service in the environment's namespace. */
export function formatOverlay(id: ServiceId, namespace: string): string {
  const up = '../'.repeat(2 + id.split('/').length);
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: ${namespace}
resources:
  - ${up}apps/${id}
`;
}

/** Returns the services whose overlay in an environment is new or other than before. Reads only the folders that differ. */
export async function changedOverlays(before: Snapshot, after: Snapshot, environment: string): Promise<ServiceId[]> {
  const folder = `environments/${environment}`;
  const old = new Map((await before.list(folder)).map(({ name, oid }) => [name, oid]));
  const changed = (await after.list(folder)).filter(({ name, oid, mode }) => mode === '40000' && old.get(name) !== oid);
  const ids = await Promise.all(
    changed.map(async ({ name }) => {
      const inside = await after.list(`${folder}/${name}`);
      return inside.some((entry) => KUSTOMIZATIONS.includes(entry.name))
        ? [name]
        : inside.map((member) => `${name}/${member.name}`);
    }),
  );
  return ids.flat().sort();
}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** Fields of a kustomization that name further files or folders. */
const REFERENCES = [
  'resources',
  'bases',
  'components',
  'transformers',
  'generators',
  'patchesStrategicMerge',
  'crds',
  'configurations',
];

/**
 * Throws `OVERLAY_IMAGE` when a service's overlay sets or patches an image: the pin alone says what runs, or two
 * environments with one recipe would run different builds. Follows components, patches and transformers in the tree.
 */
export async function checkOverlay(snapshot: Snapshot, environment: string, id: ServiceId): Promise<void> {
  const folder = overlayFolder(environment, id);
  const visited = new Set<string>();
  const found = await findImage(snapshot, folder, visited);
  if (found === undefined) return;
  throw refusal('OVERLAY_IMAGE', `The overlay of ${id} in ${environment} sets an image (${found}); only the pin may.`, {
    hint: `Remove the image from ${found} on the default branch, then: eleventh update ${environment}`,
    details: { environment, service: id, path: found },
  });
}

async function findImage(snapshot: Snapshot, path: string, visited: Set<string>): Promise<string | undefined> {
  if (visited.has(path) || path === 'apps' || path.startsWith('apps/') || path.startsWith('..')) return undefined;
  visited.add(path);
  const entry = await snapshot.entry(path);
  if (entry === null) return undefined;
  if (entry.mode !== '40000') {
    const bytes = await snapshot.read(path);
    return bytes !== null && holdsImage(path, bytes) ? path : undefined;
  }
  for (const name of KUSTOMIZATIONS) {
    const file = `${path}/${name}`;
    const bytes = await snapshot.read(file);
    if (bytes === null) continue;
    if (holdsImage(file, bytes)) return file;
    for (const reference of references(file, bytes)) {
      const found = await findImage(snapshot, resolvePath(path, reference), visited);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function parsed(path: string, bytes: Uint8Array): unknown[] {
  return parseAllDocuments(utf8(path, bytes)).map((document) => {
    const error = document.errors[0];
    if (error === undefined) return document.toJS({ maxAliasCount: 100 });
    throw refusal('BAD_YAML', `${path} is not valid YAML: ${error.message.split('\n')[0]?.replace(/:$/, '')}.`, {
      hint: `See ${path}`,
    });
  });
}

function references(path: string, bytes: Uint8Array): string[] {
  return parsed(path, bytes).flatMap((document) => {
    if (!isMap(document)) return [];
    const listed = REFERENCES.flatMap((field) =>
      Array.isArray(document[field]) ? (document[field] as unknown[]) : [],
    );
    const patches = ['patches', 'patchesJson6902', 'replacements'].flatMap((field) =>
      Array.isArray(document[field])
        ? (document[field] as unknown[]).map((item) => (isMap(item) ? item.path : undefined))
        : [],
    );
    return [...listed, ...patches].filter((item): item is string => typeof item === 'string' && !item.includes('\n'));
  });
}

/** Returns whether a YAML file sets an image: by kustomize's transformer, a patch, a replacement or an object of its own. */
function holdsImage(path: string, bytes: Uint8Array): boolean {
  return parsed(path, bytes).some((document) => setsImage(document));
}

function setsImage(value: unknown, key = ''): boolean {
  if (typeof value === 'string') return setsImageInText(value, key);
  if (Array.isArray(value)) return value.some((item) => setsImage(item, key));
  if (!isMap(value)) return false;
  if (value.kind === 'ImageTagTransformer') return true;
  if (value.kind === 'Kustomization' || value.kind === 'Component' || value.kind === undefined) {
    if (Array.isArray(value.images) && value.images.length > 0) return true;
  }
  // A JSON patch (RFC 6902) of an image, of a container or of a list of containers.
  if (typeof value.op === 'string' && typeof value.path === 'string' && value.op !== 'test') {
    if (/\/image$/.test(value.path)) return true;
    if (/\/(?:initContainers|containers)(?:\/[^/]+)?$/.test(value.path) && hasImageKey(value.value)) return true;
  }
  return Object.entries(value).some(([name, inner]) => {
    if (/^(?:initContainers|containers|ephemeralContainers)$/.test(name) && hasImageKey(inner)) return true;
    return setsImage(inner, name);
  });
}

function hasImageKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasImageKey);
  return isMap(value) && Object.entries(value).some(([key, inner]) => key === 'image' || hasImageKey(inner));
}

/** Looks into patches written as text, and at the fields that a replacement targets. */
function setsImageInText(text: string, key: string): boolean {
  if (key === 'fieldPaths') return /(?:^|\.)image$/.test(text);
  if (key !== 'patch' && key !== 'patchesStrategicMerge' && key !== 'transformers') return false;
  if (!text.includes('\n') && !text.trim().startsWith('{') && !text.trim().startsWith('[')) return false;
  return parseAllDocuments(text).some(
    (document) => document.errors.length === 0 && setsImage(document.toJS({ maxAliasCount: 100 })),
  );
}

function resolvePath(folder: string, reference: string): string {
  const parts = folder.split('/');
  for (const part of reference.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return '..';
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
