import type { Check } from './forge.ts';

const WEIGHT: Record<Check['state'], number> = { passed: 0, running: 1, failed: 2 };

/** Returns one check for each name, in their order. Where several have it, one that failed counts, then one that still runs. */
export function byName(checks: readonly Check[]): Check[] {
  const found = new Map<string, Check>();
  for (const check of checks) {
    const known = found.get(check.name);
    if (known === undefined || WEIGHT[check.state] > WEIGHT[known.state]) found.set(check.name, check);
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
