import { isMap } from '@eleventh/core';

/** Returns a value as one text, the same for every order of the fields: what two equal values have in common. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${canonical(value[field])}`).join(',')}}`;
}

/** Returns the leaves of a value, each with where it stands (`.name"nginx"`); an empty map or list is a leaf. */
export function leaves(value: unknown, path = ''): string[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((item) => leaves(item, `${path}[]`));
  if (!isMap(value) || Object.keys(value).length === 0) return [`${path}${canonical(value)}`];
  return Object.keys(value).flatMap((field) => leaves(value[field], `${path}.${field}`));
}

/** Returns which of two texts comes first: by their letters' codes, in every language the same. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
