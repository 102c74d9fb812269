import { isMap } from '@eleventh/core';
import { align } from './alignment.ts';
import type { FieldPath, Item } from './field-path.ts';
import { type ItemKey, itemKeys } from './merge-keys.ts';
import { byText, canonical } from './value.ts';

/**
 * How one value differs between two states of an object. `added` has no `before` and `removed` no `after`: the whole
 * value came or went. `reordered` is a list whose items, told apart by a key, stand in another order: `order` says at
 * which place, among those that are in both states, each one stood before.
 */
export type FieldChange =
  | { readonly kind: 'added'; readonly path: FieldPath; readonly after: unknown }
  | { readonly kind: 'removed'; readonly path: FieldPath; readonly before: unknown }
  | { readonly kind: 'changed'; readonly path: FieldPath; readonly before: unknown; readonly after: unknown }
  | {
      readonly kind: 'reordered';
      readonly path: FieldPath;
      readonly before: readonly ItemKey[];
      readonly after: readonly ItemKey[];
      readonly order: readonly number[];
    };

/**
 * Returns everything in which two values differ, by path: applied to the first, it gives the second. The order of a
 * map's fields does not count; items of a list are told apart as the Kubernetes API does where it says how, else by
 * what they have in common.
 */
export function fieldChanges(before: unknown, after: unknown, path: FieldPath = []): FieldChange[] {
  if (isMap(before) && isMap(after)) return mapChanges(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  return canonical(before) === canonical(after) ? [] : [{ kind: 'changed', path, before, after }];
}

function mapChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: FieldPath,
): FieldChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byText);
  return fields.flatMap((field): FieldChange[] => {
    const below = [...path, field];
    if (!Object.hasOwn(before, field)) return [{ kind: 'added', path: below, after: after[field] }];
    if (!Object.hasOwn(after, field)) return [{ kind: 'removed', path: below, before: before[field] }];
    return fieldChanges(before[field], after[field], below);
  });
}

function listChanges(before: readonly unknown[], after: readonly unknown[], path: FieldPath): FieldChange[] {
  const list = path.at(-1);
  const keys = typeof list === 'string' ? itemKeys(list, before, after) : null;
  if (keys === null) {
    return align(before, after).flatMap(([from, to]) => itemChanges({ from, to }, before, after, path));
  }
  const places = new Map(keys.before.map((key, from) => [canonical(key), from]));
  const present = keys.after.map((key, to): Item => ({ key, from: places.get(canonical(key)) ?? null, to }));
  const kept = present.flatMap(({ key, from }) => (key === undefined || from === null ? [] : [{ key, from }]));
  const gone = keys.before.flatMap((key, from): Item[] =>
    kept.some((item) => item.from === from) ? [] : [{ key, from, to: null }],
  );
  const items = [...present, ...gone].sort((a, b) => byKey(a.key ?? [], b.key ?? []));
  return [...reordering(kept, path), ...items.flatMap((item) => itemChanges(item, before, after, path))];
}

function itemChanges(
  item: Item,
  before: readonly unknown[],
  after: readonly unknown[],
  path: FieldPath,
): FieldChange[] {
  const below = [...path, item];
  if (item.from === null) return [{ kind: 'added', path: below, after: after[item.to ?? 0] }];
  if (item.to === null) return [{ kind: 'removed', path: below, before: before[item.from] }];
  return fieldChanges(before[item.from], after[item.to], below);
}

/** Returns the change of the order of the items that stayed. @param kept in their newer order. */
function reordering(kept: readonly { readonly key: ItemKey; readonly from: number }[], path: FieldPath): FieldChange[] {
  const earlier = [...kept].sort((a, b) => a.from - b.from);
  if (earlier.every((item, place) => item === kept[place])) return [];
  const places = new Map(earlier.map((item, place) => [item, place]));
  const order = kept.map((item) => places.get(item) ?? 0);
  return [{ kind: 'reordered', path, before: earlier.map(({ key }) => key), after: kept.map(({ key }) => key), order }];
}

function byKey(a: ItemKey, b: ItemKey): number {
  for (const [index, [, value]] of a.entries()) {
    const other = b[index]?.[1];
    const order =
      typeof value === 'number' && typeof other === 'number' ? value - other : byText(String(value), String(other));
    if (order !== 0) return order;
  }
  return 0;
}
