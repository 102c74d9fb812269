/**
 * Returns the name of a field as kustomize compares it: Go's JSON takes any case, and the letters that fold to an
 * ASCII one (a long s, the sign for kelvin) besides.
 */
export function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}
