import type { KubernetesObject } from '../objects/object.ts';
import type { Fields } from './kustomization.ts';

/** What a target of a patch is held against. */
type Targeted = Pick<KubernetesObject, 'apiVersion' | 'kind'> & {
  readonly metadata?: Partial<KubernetesObject['metadata']>;
};

/**
 * Returns whether the target of a patch selects an object, as kustomize does: each field is a regular expression of the
 * whole. Namespaces and selectors of labels are left out: what they are asked about may be set by other fields.
 */
export function selects(target: Fields, { apiVersion, kind, metadata }: Targeted): boolean {
  const [version, group = ''] = apiVersion.split('/').reverse();
  const parts = [
    [target.group, group],
    [target.version, version],
    [target.kind, kind],
    [target.name, metadata?.name],
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
