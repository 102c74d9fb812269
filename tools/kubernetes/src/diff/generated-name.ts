import type { KubernetesObject } from '../objects/object.ts';

/**
 * Ten characters of the alphabet that kustomize writes hashes with: hexadecimal digits, of which 0, 1, 3, a and e are
 * replaced so that they spell nothing (`api/hasher/hasher.go` of sigs.k8s.io/kustomize).
 */
const HASHED = /^(.+)-[2456789bcdfghkmt]{10}$/;
/** The kinds whose generators name an object by what it holds. */
const GENERATED = new Set(['ConfigMap', 'Secret']);

/** Returns the name that a generated ConfigMap or Secret has before the hash of its content, or null for any other object. */
export function generatedName({ kind, metadata }: KubernetesObject): string | null {
  return GENERATED.has(kind) ? (HASHED.exec(metadata.name)?.[1] ?? null) : null;
}
