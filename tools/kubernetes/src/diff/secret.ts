import { createHash } from 'node:crypto';
import { isMap } from '@eleventh/core';
import type { KubernetesObject } from '../objects/object.ts';
import type { FieldChange } from './field-changes.ts';
import { canonical } from './value.ts';

/** Where a Secret keeps what nobody may read; the annotation is what `kubectl apply` leaves, and holds all of it. */
const HIDDEN = new Set(['data', 'stringData']);
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Returns an object as it may be shown: of a Secret's values there is only a digest, by which two can be told apart. */
export function withoutSecrets(object: KubernetesObject): KubernetesObject {
  return isSecret(object) ? (hidden(object, []) as KubernetesObject) : object;
}

/** Returns changes of an object's fields as they may be shown, with digests for the values of a Secret. */
export function changesWithoutSecrets(object: KubernetesObject, changes: readonly FieldChange[]): FieldChange[] {
  return isSecret(object) ? changes.map(changeWithoutSecrets) : [...changes];
}

function changeWithoutSecrets(change: FieldChange): FieldChange {
  const path = change.path.map((step) => (typeof step === 'string' ? step : ''));
  switch (change.kind) {
    case 'added':
      return { ...change, after: hidden(change.after, path) };
    case 'removed':
      return { ...change, before: hidden(change.before, path) };
    case 'changed':
      return { ...change, before: hidden(change.before, path), after: hidden(change.after, path) };
    case 'reordered':
      return change;
  }
}

function isSecret({ kind }: KubernetesObject): boolean {
  return kind === 'Secret';
}

/** Returns a value that stands at a path of a Secret, with digests for what is secret in it. */
function hidden(value: unknown, path: readonly string[]): unknown {
  const isHidden = HIDDEN.has(path[0] ?? '') || path[2] === LAST_APPLIED;
  if (isHidden && !(path.length === 1 && isMap(value))) return digest(value);
  if (!isMap(value) || path.length > 2) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, hidden(inner, [...path, field])]));
}

/** Returns the first 32 bits of a value's SHA-256: enough to see that it changed, and to recognize it for who knows it. */
function digest(value: unknown): string {
  const hash = createHash('sha256').update(typeof value === 'string' ? value : canonical(value));
  return `(secret, sha256 ${hash.digest('hex').slice(0, 8)})`;
}
