import { satisfies } from 'semver';
import type { Build } from '../files/pin.ts';
import type { ServiceId } from '../names/names.ts';
import { buildLabel } from './build-order.ts';

/** What services require: by the one that does, the others with SemVer ranges. */
export type Requirements = ReadonlyMap<ServiceId, Readonly<Record<ServiceId, string>>>;

/** What tells builds apart here. */
export type Versioned = Pick<Build, 'commit' | 'version'>;

/** A service that is not there in the version that another one requires. */
export interface Break {
  readonly service: ServiceId;
  readonly build: Versioned;
  readonly requires: ServiceId;
  readonly range: string;
  /** The build of the required service; null: the recipe does not have it. */
  readonly pinned: Versioned | null;
  readonly why: 'absent' | 'unversioned' | 'outside';
}

/** A range in which one service's version has to be, and for whom. */
export interface Demand {
  readonly by: ServiceId;
  readonly range: string;
}

/**
 * Returns everything that a recipe's services require and do not have, by id. What cannot be told is a break: a build
 * without a version keeps no range, not even `*`. Ranges are npm's: a pre-release keeps one only that names a pre-release
 * of the same version (https://github.com/npm/node-semver#prerelease-tags).
 */
export function breaksIn(pins: ReadonlyMap<ServiceId, Versioned>, requirements: Requirements): Break[] {
  return [...pins].sort(byId).flatMap(([service, build]) =>
    Object.entries(requirements.get(service) ?? {})
      .sort(byId)
      .flatMap(([requires, range]): Break[] => {
        const found = pins.get(requires);
        const pinned = found === undefined ? null : named(found);
        const why = problem(pinned, range);
        return why === null ? [] : [{ service, build: named(build), requires, range, pinned, why }];
      }),
  );
}

function named({ commit, version }: Versioned): Versioned {
  return { commit, version };
}

function problem(pinned: Versioned | null, range: string): Break['why'] | null {
  if (pinned === null) return 'absent';
  if (pinned.version === undefined) return 'unversioned';
  return satisfies(pinned.version, range) ? null : 'outside';
}

/** Returns the ranges in which each service's version has to be for all services that are there, by who requires them. */
export function demandsOn(requirements: Requirements, present: Iterable<ServiceId>): Map<ServiceId, Demand[]> {
  const demands = new Map<ServiceId, Demand[]>();
  for (const by of [...present].sort())
    for (const [id, range] of Object.entries(requirements.get(by) ?? {}))
      demands.set(id, [...(demands.get(id) ?? []), { by, range }]);
  return demands;
}

/** Returns whether a build is what somebody requires. */
export function meets(build: Versioned, { range }: Demand): boolean {
  return problem(build, range) === null;
}

/** Returns what is wrong, of the service that requires it: `1.2.0 (3f2c9e1) requires ledger >=2.1 <3, and 3.0.0 (81eb610) is pinned`. */
export function breakReason({ build, requires, range, pinned, why }: Break): string {
  const there = {
    absent: `${requires} is not in the recipe`,
    unversioned: `${pinned?.commit.slice(0, 7)} is pinned without a version`,
    outside: `${pinned === null ? '' : buildLabel(pinned)} is pinned`,
  }[why];
  return `${buildLabel(build)} requires ${requires} ${range.trim() === '' ? '*' : range}, and ${there}`;
}

/** Returns the command with which the CI of a service brings what is missing, or null where another build is needed. */
export function pinCommand({ requires, why }: Break, environment: string): string | null {
  return why === 'outside' ? null : `eleventh pin ${requires} --to ${environment} --version <version>`;
}

function byId([a]: readonly [ServiceId, unknown], [b]: readonly [ServiceId, unknown]): number {
  return a < b ? -1 : 1;
}
