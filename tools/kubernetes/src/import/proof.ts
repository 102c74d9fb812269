import { isMap } from '@eleventh/core';
import { formatPath } from '../diff/field-path.ts';
import { changedObject, objectChanges } from '../diff/object-changes.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** An object that would not be what it was. */
export interface Difference {
  readonly object: string;
  readonly what: 'gone' | 'new' | 'other';
  /** The fields that are other. */
  readonly fields: readonly string[];
}

/** Returns the objects in which two states differ, but for our annotations. */
export function differences(before: readonly KubernetesObject[], after: readonly KubernetesObject[]): Difference[] {
  return objectChanges(before, after.map(withoutOurs)).flatMap((change): Difference[] => {
    const { kind, metadata } = changedObject(change);
    const object = `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
    if (change.kind !== 'changed') return [{ object, what: change.kind === 'added' ? 'new' : 'gone', fields: [] }];
    return [{ object, what: 'other', fields: change.fields.map(({ path }) => formatPath(path)) }];
  });
}

/** Returns an object without our annotations, and without the maps that hold nothing else. */
function withoutOurs(object: KubernetesObject): KubernetesObject {
  return without(object) as KubernetesObject;
}

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const holdsOurs =
      (key === 'annotations' && hasOurs(inner)) || (key === 'metadata' && isMap(inner) && hasOurs(inner.annotations));
    const rest = key === 'annotations' && isMap(inner) ? theirs(inner) : without(inner);
    return holdsOurs && isMap(rest) && Object.keys(rest).length === 0 ? [] : [[key, rest]];
  });
  return Object.fromEntries(kept);
}

function hasOurs(annotations: unknown): boolean {
  return isMap(annotations) && Object.keys(annotations).some((name) => name.startsWith(PREFIX));
}

function theirs(annotations: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !name.startsWith(PREFIX)));
}

const PREFIX = 'eleventh.dev/';
