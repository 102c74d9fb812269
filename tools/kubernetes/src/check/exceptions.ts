import type { CheckException, CheckSeverity } from '@eleventh/core';
import type { KubernetesObject } from '../objects/object.ts';

/** What begins the annotations by which an object excepts itself: `check.eleventh.dev/<rule>: "the reason"`. */
const PREFIX = 'check.eleventh.dev/';

/**
 * Returns whether a finding is meant to be so: `service.yaml` says so, which people review on the default branch, or an
 * annotation of the object itself, in whose key a dot stands for a slash of the rule's id, since a key has one alone. An
 * annotation does not except from an error: a service's CI writes manifests alone.
 */
export function isExcepted(
  rule: string,
  severity: CheckSeverity,
  object: KubernetesObject | undefined,
  ignore: readonly CheckException[],
): boolean {
  if (ignore.some((exception) => exception.rule === rule)) return true;
  const reason = object?.metadata.annotations?.[PREFIX + rule.replaceAll('/', '.')];
  return severity !== 'error' && typeof reason === 'string' && reason.trim() !== '';
}
