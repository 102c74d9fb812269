import { isMap } from '@eleventh/core';
import { type KubernetesObject, objectKey } from '../objects/object.ts';
import type { FieldPath } from './field-path.ts';
import { changedObject, type ObjectChange } from './object-changes.ts';

/** What people look for first in what a cluster will see. null: there is none on that side. */
export type Highlight =
  | {
      readonly kind: 'image';
      readonly before: string | null;
      readonly after: string | null;
      readonly objects: readonly KubernetesObject[];
    }
  | {
      readonly kind: 'replicas';
      readonly before: number | null;
      readonly after: number | null;
      readonly object: KubernetesObject;
    }
  /** A CustomResourceDefinition or a Namespace: what others live in, and go with. */
  | { readonly kind: 'ground'; readonly change: ObjectChange['kind']; readonly object: KubernetesObject };

const GROUND = new Set(['CustomResourceDefinition', 'Namespace']);

/** Returns the images that change, each once with all the objects that run it, then replicas, then definitions and namespaces. */
export function highlights(changes: readonly ObjectChange[]): Highlight[] {
  const images = new Map<string, Extract<Highlight, { kind: 'image' }>>();
  const replicas: Highlight[] = [];
  const ground: Highlight[] = [];
  for (const change of changes) {
    const object = changedObject(change);
    for (const { before, after } of imageChanges(change)) {
      const key = JSON.stringify([before, after]);
      const objects = images.get(key)?.objects ?? [];
      const isListed = objects.some((other) => objectKey(other) === objectKey(object));
      images.set(key, { kind: 'image', before, after, objects: isListed ? objects : [...objects, object] });
    }
    const count = replicaChange(change);
    if (count !== null) replicas.push({ kind: 'replicas', ...count, object });
    if (GROUND.has(object.kind)) ground.push({ kind: 'ground', change: change.kind, object });
  }
  // What goes with one object and comes with another stays.
  const isMoved = ({ before, after }: ImageChange) =>
    (before === null || after === null) && images.has(JSON.stringify([after, before]));
  return [...[...images.values()].filter((image) => !isMoved(image)), ...replicas, ...ground];
}

interface ImageChange {
  readonly before: string | null;
  readonly after: string | null;
}

function imageChanges(change: ObjectChange): ImageChange[] {
  if (change.kind === 'added') return imagesIn(change.after).map((after) => ({ before: null, after }));
  if (change.kind === 'removed') return imagesIn(change.before).map((before) => ({ before, after: null }));
  return change.fields.flatMap((field): ImageChange[] => {
    if (field.kind === 'reordered') return [];
    const [before, after] = ['before' in field ? field.before : undefined, 'after' in field ? field.after : undefined];
    if (isImage(field.path)) return [{ before: textOr(before), after: textOr(after) }];
    if (field.kind === 'added') return imagesIn(after, field.path).map((image) => ({ before: null, after: image }));
    if (field.kind === 'removed') return imagesIn(before, field.path).map((image) => ({ before: image, after: null }));
    return [];
  });
}

/** Returns the images that a value's containers run, wherever in it they stand. */
function imagesIn(value: unknown, path: FieldPath = []): string[] {
  if (isImage(path)) return typeof value === 'string' ? [value] : [];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => imagesIn(item, [...path, { from: index, to: index }]));
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([field, inner]) => imagesIn(inner, [...path, field]));
}

const CONTAINERS = new Set(['containers', 'initContainers', 'ephemeralContainers']);

function isImage(path: FieldPath): boolean {
  const [list, item, field] = path.slice(-3);
  return field === 'image' && typeof item === 'object' && typeof list === 'string' && CONTAINERS.has(list);
}

function replicaChange(change: ObjectChange): { before: number | null; after: number | null } | null {
  const [before, after] = [
    change.kind === 'added' ? null : replicasOf(change.before),
    change.kind === 'removed' ? null : replicasOf(change.after),
  ];
  return change.kind !== 'changed' || before === after ? null : { before, after };
}

function replicasOf({ spec }: KubernetesObject): number | null {
  const replicas = isMap(spec) ? spec.replicas : null;
  return typeof replicas === 'number' ? replicas : null;
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
