import type { KubernetesObject } from './object.ts';

/**
 * The end of a name that kustomize made of a generator's name and a hash of the content: ten characters of the alphabet
 * that it writes hashes with, hexadecimal digits of which 0, 1, 3, a and e are replaced so that they spell nothing
 * (`api/hasher/hasher.go` of sigs.k8s.io/kustomize).
 */
export const HASHED = /-[2456789bcdfghkmt]{10}$/;
/** The kinds whose generators name an object by what it holds. */
const GENERATED = new Set(['ConfigMap', 'Secret']);

/** Returns the name that a generated ConfigMap or Secret has before the hash of its content, or null for any other object. */
export function generatedName({ kind, metadata: { name } }: KubernetesObject): string | null {
  const before = name.replace(HASHED, '');
  return GENERATED.has(kind) && before !== name && before !== '' ? before : null;
}

/** Returns whether a name is a generator's, with the hash of the content behind it perhaps. */
export function isGenerated(generator: string, name: string): boolean {
  return name === generator || (HASHED.test(name) && name.replace(HASHED, '') === generator);
}
