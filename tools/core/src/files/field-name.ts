/**
 * Returns the name of a field as kustomize compares it: Go's JSON takes any case, and the letters that fold to an
 * ASCII one (a long s, the sign for kelvin) besides.
 */
export function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** Returns whether a value is a map of fields. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the fields of a map with their names as kustomize compares them; none of anything else. */
export function entries(value: unknown): [string, unknown][] {
  return isMap(value) ? Object.entries(value).map(([key, inner]) => [folded(key), inner]) : [];
}

/** Returns a map by the names of its fields as kustomize compares them; an empty one in place of anything else. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(entries(value));
}
