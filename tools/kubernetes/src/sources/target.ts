import { fields } from '@eleventh/core';
import type { KubernetesObject } from '../objects/object.ts';

/** What a target of a patch is held against. */
type Targeted = Pick<KubernetesObject, 'apiVersion' | 'kind'> & {
  readonly metadata?: Partial<KubernetesObject['metadata']>;
};

/**
 * Returns whether the target of a patch selects an object, as kustomize does: each field is a regular expression of the
 * whole. Namespaces and selectors of labels are left out: what they are asked about may be set by other fields.
 */
export function selects(target: unknown, { apiVersion, kind, metadata }: Targeted): boolean {
  const [version, group = ''] = apiVersion.split('/').reverse();
  const wanted = fields(target);
  const parts = [
    [wanted.group, group],
    [wanted.version, version],
    [wanted.kind, kind],
    [wanted.name, metadata?.name],
  ] as const;
  return parts.every(([pattern, text]) => pattern === undefined || matches(String(pattern), text ?? ''));
}

function matches(pattern: string, text: string): boolean {
  if (/^[\w./-]*$/.test(pattern) && !pattern.includes('.')) return pattern === '' || pattern === text;
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    // Another dialect: better no word than a wrong one.
    return true;
  }
}
