import { isMap } from '@eleventh/core';
import type { KubernetesObject } from '../objects/object.ts';
import type { FieldChange } from './field-changes.ts';
import type { Item } from './field-path.ts';
import type { ObjectChange } from './object-changes.ts';

/** Returns a value after some changes: the other half of `fieldChanges`, which proves that those leave nothing out. */
export function applied(value: unknown, changes: readonly FieldChange[]): unknown {
  const whole = changes.find(({ path }) => path.length === 0);
  if (whole?.kind === 'changed') return whole.after;
  if (Array.isArray(value)) return appliedToList(value, changes, whole?.kind === 'reordered' ? whole.order : undefined);
  if (!isMap(value)) return value;
  const fields = new Map(Object.entries(value));
  for (const [field, inner] of grouped(changes)) {
    const own = inner.find(({ path }) => path.length === 0);
    if (own?.kind === 'removed') fields.delete(field as string);
    else if (own?.kind === 'added') fields.set(field as string, own.after);
    else fields.set(field as string, applied(fields.get(field as string), inner));
  }
  return Object.fromEntries(fields);
}

function appliedToList(
  items: readonly unknown[],
  changes: readonly FieldChange[],
  order?: readonly number[],
): unknown[] {
  const groups = [...grouped(changes)].map(([item, inner]) => [item as Item, inner] as const);
  const kept = items.flatMap((item, from) => {
    const [place, inner] = groups.find(([step]) => step.from === from) ?? [{ to: from }, []];
    return place.to === null ? [] : [applied(item, inner)];
  });
  const result = order === undefined ? kept : order.map((place) => kept[place]);
  const added = groups.filter(([{ from }]) => from === null).sort(([a], [b]) => Number(a.to) - Number(b.to));
  for (const [{ to }, [change]] of added) if (change?.kind === 'added') result.splice(Number(to), 0, change.after);
  return result;
}

/** Returns changes by the first step of their path, without that step. */
function grouped(changes: readonly FieldChange[]): Map<string | Item, FieldChange[]> {
  const steps = new Map<string, string | Item>();
  const groups = new Map<string | Item, FieldChange[]>();
  for (const change of changes) {
    const [first, ...path] = change.path;
    if (first === undefined) continue;
    const text = JSON.stringify(first);
    const step = steps.get(text) ?? first;
    steps.set(text, step);
    groups.set(step, [...(groups.get(step) ?? []), { ...change, path }]);
  }
  return groups;
}

/** Returns objects after some changes, in no order. */
export function appliedToObjects(objects: readonly KubernetesObject[], changes: readonly ObjectChange[]): unknown[] {
  const gone = new Set(changes.flatMap((change) => (change.kind === 'added' ? [] : [change.before])));
  return [
    ...objects.filter((object) => !gone.has(object)),
    ...changes.flatMap((change) => {
      if (change.kind === 'removed') return [];
      return change.kind === 'added' ? [change.after] : [applied(change.before, change.fields)];
    }),
  ];
}

/** Returns the change that undoes a change. */
export function inverse(change: FieldChange): FieldChange {
  const path = change.path.map((step) => (typeof step === 'string' ? step : { ...step, from: step.to, to: step.from }));
  switch (change.kind) {
    case 'added':
      return { kind: 'removed', path, before: change.after };
    case 'removed':
      return { kind: 'added', path, after: change.before };
    case 'changed':
      return { kind: 'changed', path, before: change.after, after: change.before };
    case 'reordered': {
      const order = change.order.map((_, place) => change.order.indexOf(place));
      return { kind: 'reordered', path, before: change.after, after: change.before, order };
    }
  }
}
