import type { ServiceId } from '@eleventh/core';
import { stringify } from 'yaml';
import { type KubernetesObject, objectKey } from '../objects/object.ts';
import { wholeCopy } from './folder-copy.ts';
import { imagesIn, serviceImages } from './images.ts';
import { appended } from './kustomization-text.ts';
import { imagePairs, operations, patchOf } from './object-patch.ts';
import type { Part } from './part.ts';
import { plainOverlay } from './placed-overlays.ts';
import { encoded, type Placed, type PlacedIn } from './placement.ts';
import { valuesOf } from './repository-files.ts';

/**
 * Returns a service of which every environment has files of its own: those of the environment with the most objects are
 * the manifests, and what others have otherwise is a patch in their overlays. null where a patch cannot say it.
 */
export async function placedAsPatches(id: ServiceId, parts: readonly Part[]): Promise<Placed | null> {
  // Of equal ones the last, which stands nearest to production.
  const reference = [...parts].reverse().reduce((a, b) => (b.objects.length > a.objects.length ? b : a));
  const copy = await wholeCopy(reference);
  if (copy === null) return null;
  const moved = new Set(copy.moved);
  const finals = new Map<string, Map<string, string>>();
  const overlays = new Map<string, Map<string, Uint8Array>>();
  for (const part of parts) {
    const found = await difference(id, reference, part, moved);
    if (found === null) return null;
    finals.set(part.environment, found.finals);
    overlays.set(part.environment, found.overlay);
  }
  const images = serviceImages(id, finals);
  if (images === null) return null;
  const environments = parts.map(
    ({ environment }): PlacedIn => ({
      ...{ environment, manifests: copy.files, images: images.pins.get(environment) ?? [] },
      overlay: overlays.get(environment) ?? new Map(),
    }),
  );
  const from = new Map(parts.map(({ environment, origin }) => [environment, origin]));
  return {
    id,
    way: parts.length === 1 ? 'overlays' : 'patches',
    from,
    repositories: images.repositories,
    environments,
    shared: new Map(),
    moved,
  };
}

/** Returns the overlay by which an environment has what it had, and the images of the manifests as it has them. */
async function difference(id: ServiceId, reference: Part, part: Part, moved: Set<string>) {
  const finals = new Map([...imagesIn(reference.objects)].map((image) => [image, image]));
  const overlay = plainOverlay(part.environment, id);
  if (part === reference) return { finals, overlay };
  const patches: unknown[] = [];
  const said = new Map<string, string>();
  const left = new Set(part.objects);
  for (const object of reference.objects) {
    const match = partner(object, left);
    if (match === undefined) {
      patches.push(patchOf(object, null));
      continue;
    }
    left.delete(match);
    for (const [from, to] of imagePairs(object, match)) {
      if ((said.get(from) ?? to) !== to) return null;
      said.set(from, to);
    }
    const todo = operations(object, match);
    if (todo.length > 0) patches.push(patchOf(object, todo));
  }
  for (const [from, to] of said) finals.set(from, to);
  const extra = await extraFiles(part, [...left], moved);
  if (extra === null) return null;
  const text = new TextDecoder().decode(overlay.get('kustomization.yaml'));
  const listed = [...extra.keys()].map((name) => `  - ${JSON.stringify(name)}`);
  const patched = patches.length === 0 ? [] : stringify({ patches }, { lineWidth: 0 }).trimEnd().split('\n');
  overlay.set(
    'kustomization.yaml',
    encoded(listed.length + patched.length === 0 ? text : appended(text, [...listed, ...patched])),
  );
  for (const [name, bytes] of extra) overlay.set(name, bytes);
  return { finals, overlay };
}

/** Returns the object of another environment that is the same: in another namespace where none is in this. */
function partner(object: KubernetesObject, others: ReadonlySet<KubernetesObject>): KubernetesObject | undefined {
  const key = objectKey(object);
  const same = [...others].find((other) => objectKey(other) === key);
  const named = [...others].filter(
    (other) => other.kind === object.kind && other.metadata.name === object.metadata.name,
  );
  return same ?? (named.length === 1 ? named[0] : undefined);
}

/** Returns objects that an environment alone has as files: those that hold nothing else as they are. */
async function extraFiles(
  part: Part,
  objects: readonly KubernetesObject[],
  moved: Set<string>,
): Promise<Map<string, Uint8Array> | null> {
  const files = new Map<string, Uint8Array>();
  const wanted = new Set(objects.map(objectKey));
  const copy = objects.length === 0 ? null : await wholeCopy(part);
  for (const [path, bytes] of copy?.files ?? []) {
    const values = (valuesOf(new TextDecoder().decode(bytes)) ?? []).filter(
      (value) => value !== null,
    ) as KubernetesObject[];
    const isAll =
      values.length > 0 && values.every((value) => value.metadata?.name !== undefined && wanted.has(objectKey(value)));
    if (!isAll) continue;
    files.set(path.replaceAll('/', '-'), bytes);
    for (const value of values) wanted.delete(objectKey(value));
    for (const original of copy?.moved ?? [])
      if (original.endsWith(`/${path}`) || original === path) moved.add(original);
  }
  const rest = objects.filter((object) => wanted.has(objectKey(object)));
  if (rest.length > 0)
    files.set('objects.yaml', encoded(rest.map((object) => stringify(object, { lineWidth: 0 })).join('---\n')));
  return files;
}
