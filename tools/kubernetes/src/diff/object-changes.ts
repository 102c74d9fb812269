import { generatedName } from '../objects/generated-name.ts';
import { type KubernetesObject, objectKey } from '../objects/object.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';
import { byText, canonical } from './value.ts';

/** How one object differs between two states of a cluster, or of two. */
export type ObjectChange =
  | { readonly kind: 'added'; readonly after: KubernetesObject }
  | { readonly kind: 'removed'; readonly before: KubernetesObject }
  | {
      readonly kind: 'changed';
      readonly before: KubernetesObject;
      readonly after: KubernetesObject;
      readonly fields: readonly FieldChange[];
    };

/** What an object is told apart by; null: nothing of that sort. */
type KeyOf = (object: KubernetesObject) => string | null;

/**
 * Returns the objects in which two states differ, by group, kind, namespace and name; the order in which they are given
 * does not count. An object is the same one as long as those four are. Where no other fits, a ConfigMap or Secret that
 * its generator named anew for what it holds now is taken for the same one too.
 * @param isElsewhere whether the states are two environments': then an object in another namespace may be the same one.
 */
export function objectChanges(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  isElsewhere = false,
): ObjectChange[] {
  const [left, right] = [new Set(before), new Set(after)];
  const pairs: [KubernetesObject, KubernetesObject][] = [];
  const anywhere: readonly KeyOf[] = isElsewhere ? [keyAnywhere, (one) => generatedKey(one, keyAnywhere)] : [];
  // `canonical` is for a stream that holds an object several times over: what is equal is taken out first.
  for (const keyOf of [objectKey, canonical, objectKey, (one: KubernetesObject) => generatedKey(one), ...anywhere]) {
    for (const pair of partners(left, right, keyOf)) {
      left.delete(pair[0]);
      right.delete(pair[1]);
      pairs.push(pair);
    }
  }
  const changed = pairs.flatMap(([first, second]): ObjectChange[] => {
    const fields = fieldChanges(first, second);
    return fields.length === 0 ? [] : [{ kind: 'changed', before: first, after: second, fields }];
  });
  const removed = [...left].map((object): ObjectChange => ({ kind: 'removed', before: object }));
  const added = [...right].map((object): ObjectChange => ({ kind: 'added', after: object }));
  return [...changed, ...removed, ...added]
    .map(sortable)
    .sort((a, b) => byText(a.key, b.key))
    .map(({ change }) => change);
}

/** Returns the object that a change is of: as it is now, or as it was where it is gone. */
export function changedObject(change: ObjectChange): KubernetesObject {
  return change.kind === 'removed' ? change.before : change.after;
}

function sortable(change: ObjectChange): { readonly key: string; readonly change: ObjectChange } {
  const object = changedObject(change);
  return { key: `${objectKey(object)} ${change.kind} ${canonical(object)}`, change };
}

/** Returns the objects of two states that alone in each have a key; of equal ones, as many as both have. */
function partners(
  before: Iterable<KubernetesObject>,
  after: Iterable<KubernetesObject>,
  keyOf: KeyOf,
): [KubernetesObject, KubernetesObject][] {
  const [first, second] = [byKey(before, keyOf), byKey(after, keyOf)];
  return [...first].flatMap(([key, objects]) => {
    const others = second.get(key) ?? [];
    if (keyOf !== canonical && (objects.length > 1 || others.length > 1)) return [];
    return objects.flatMap((object, index): [KubernetesObject, KubernetesObject][] => {
      const other = others[index];
      return other === undefined ? [] : [[object, other]];
    });
  });
}

function byKey(objects: Iterable<KubernetesObject>, keyOf: KeyOf): Map<string, KubernetesObject[]> {
  const found = new Map<string, KubernetesObject[]>();
  for (const object of objects) {
    const key = keyOf(object);
    if (key === null) continue;
    const same = found.get(key);
    if (same === undefined) found.set(key, [object]);
    else same.push(object);
  }
  return found;
}

function generatedKey(
  object: KubernetesObject,
  keyOf: (object: KubernetesObject) => string = objectKey,
): string | null {
  const name = generatedName(object);
  return name === null ? null : keyOf({ ...object, metadata: { ...object.metadata, name } });
}

function keyAnywhere({ apiVersion, kind, metadata }: KubernetesObject): string {
  return objectKey({ apiVersion, kind, metadata: { name: metadata.name } });
}
