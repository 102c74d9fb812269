import { matchesGlob } from '@eleventh/core';
import type { EnvironmentSubject } from './rule.ts';

/** Returns whether two namespaces may be one: an object without one is put where the agent is told to. */
export function sameNamespace(a: string, b: string): boolean {
  return a === b || a === '' || b === '';
}

/** Namespaces that are there before anything is deployed: those of the cluster, and of the agent. */
const OF_CLUSTER = /^(?:(?:kube|openshift|gke|gmp|aks|calico|tigera)-|flux-system$)/;

/**
 * Returns what tells namespaces of others apart, in which anything may be that no manifest here shows: those of the
 * cluster, and those of which the environment says nothing. It does by `spec.namespaces`, by the Namespace itself, and by
 * what runs there.
 */
export function namespacesOfOthers({
  environment,
  services,
}: Pick<EnvironmentSubject, 'environment' | 'services'>): (namespace: string) => boolean {
  const own = new Set(['']);
  for (const { keys, workloads } of services.values()) {
    for (const { namespace } of workloads) own.add(namespace);
    for (const key of keys) if (key.startsWith(NAMESPACE)) own.add(key.slice(NAMESPACE.length));
  }
  const patterns = environment.namespaces ?? [];
  return (namespace) =>
    OF_CLUSTER.test(namespace) || !(own.has(namespace) || patterns.some((pattern) => matchesGlob(pattern, namespace)));
}

/** How the key of a Namespace begins. */
const NAMESPACE = '/Namespace//';
