import { isBuildAnnotation } from '../diff/build-annotations.ts';
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
  return objectChanges(before, after).flatMap((change): Difference[] => {
    const { kind, metadata } = changedObject(change);
    const object = `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
    if (change.kind !== 'changed') return [{ object, what: change.kind === 'added' ? 'new' : 'gone', fields: [] }];
    const fields = change.fields.filter((field) => !isBuildAnnotation(field)).map(({ path }) => formatPath(path));
    return fields.length === 0 ? [] : [{ object, what: 'other', fields }];
  });
}
