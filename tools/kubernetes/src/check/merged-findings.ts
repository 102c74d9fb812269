import type { Rendering } from '@eleventh/core';
import type { Finding } from './finding.ts';

/** A finding with all the environments in which it is so. */
export interface MergedFinding extends Omit<Finding, 'environment' | 'object'> {
  readonly environments: readonly string[];
}

/**
 * Returns findings that are the same but for where they run as one: an object is another one in each environment, by its
 * namespace. @param checked what was looked at, in the order in which environments are to be named
 */
export function mergedFindings(findings: readonly Finding[], checked: readonly Rendering[]): MergedFinding[] {
  const order = [...new Set(checked.map(({ environment }) => environment))];
  const merged = new Map<string, { readonly finding: Finding; readonly environments: Set<string> }>();
  for (const finding of findings) {
    const { environment, object: _, ...rest } = finding;
    const key = JSON.stringify(rest);
    const known = merged.get(key) ?? { finding, environments: new Set() };
    merged.set(key, known);
    if (environment !== undefined) known.environments.add(environment);
  }
  return Array.from(merged.values(), ({ finding: { environment, object, ...rest }, environments }) => ({
    ...rest,
    environments: [...environments].sort((one, other) => order.indexOf(one) - order.indexOf(other)),
  }));
}
