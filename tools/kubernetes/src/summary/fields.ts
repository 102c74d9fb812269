import { isMap } from '@eleventh/core';
import type { Path } from '../schemas/schema.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Returns what stands at a path of a value; undefined where nothing does. */
export function at(value: unknown, ...path: Path): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined;
    inner = (inner as Record<string | number, unknown>)[step];
  }
  return inner;
}

/** Returns a map, or an empty one in place of anything else. */
export function map(value: unknown): Fields {
  return isMap(value) ? value : {};
}

/** Returns the items of a list with their positions; nothing in place of anything else. */
export function items(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : [];
}

/** Returns a text, or undefined in place of anything else and of an empty one. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns a map whose values are texts, as labels are. */
export function labels(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(map(value)).map(([key, inner]) => [key, String(inner)]));
}
