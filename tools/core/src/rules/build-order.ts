import { compare } from 'semver';
import type { Build } from '../files/pin.ts';

/** How one build stands to another of the same service. */
export type Order = 'same' | 'older' | 'newer' | 'unknown';

/**
 * Returns how `build` stands to `other`: by SemVer version if both have one, else by the time of the commit on the
 * same service branch. Builds of different branches without versions have no order.
 */
export function buildOrder(build: Build, other: Build): Order {
  if (build.commit === other.commit) return 'same';
  if (build.version !== undefined && other.version !== undefined) {
    const order = compare(build.version, other.version);
    if (order !== 0) return order < 0 ? 'older' : 'newer';
  }
  if (build.branch !== other.branch || build.built === undefined || other.built === undefined) return 'unknown';
  const difference = Date.parse(build.built) - Date.parse(other.built);
  if (difference === 0 || Number.isNaN(difference)) return 'unknown';
  return difference < 0 ? 'older' : 'newer';
}

/** Returns a build as people call it: its version and short commit. */
export function buildLabel(build: Pick<Build, 'commit' | 'version'>): string {
  const commit = build.commit.slice(0, 7);
  return build.version === undefined ? commit : `${build.version} (${commit})`;
}
