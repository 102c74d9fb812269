import { type ItemKey, writtenKey } from './merge-keys.ts';

/** An item of a list: where it stands in each state (null: it is not there), and what tells it apart, if anything does. */
export interface Item {
  readonly from: number | null;
  readonly to: number | null;
  readonly key?: ItemKey;
}

/** The way to a value: names of fields, and items of lists. */
export type FieldPath = readonly (string | Item)[];

/**
 * Returns a path as people write it: `spec.containers[name=web].args[2]`. An item without a key is named by where it
 * stands in the newer state, and one that is gone by where it stood.
 */
export function formatPath(path: FieldPath): string {
  return path.map((step, index) => (typeof step === 'string' ? formatField(step, index) : formatItem(step))).join('');
}

/** Returns an item of a list as its path shows it: `[name=web]`. */
function formatItem({ from, to, key }: Item): string {
  return `[${key === undefined ? (to ?? from) : formatKey(key)}]`;
}

/** Returns what tells an item apart: `name=web`. */
export function formatKey(key: ItemKey): string {
  return writtenKey(key)
    .map(([field, value]) => `${field}=${plain(String(value)) ? value : JSON.stringify(value)}`)
    .join(',');
}

function formatField(field: string, index: number): string {
  if (!/^[A-Za-z0-9_$-]+$/.test(field)) return `[${JSON.stringify(field)}]`;
  return index === 0 ? field : `.${field}`;
}

function plain(text: string): boolean {
  return /^[\w./:@-]+$/.test(text);
}
