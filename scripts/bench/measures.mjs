// What is measured. Each measure names who does it, over which ways, and at which sizes; those of one measure take turns.
import * as by from './contenders.mjs';

/** The size at which the accepted ratios are asked for. */
export const USUAL = { services: 1000, deployments: 100 };

/** The sizes of a run: services with little history, and a usual number of services with more and more. */
export function sizesOf(isFull) {
  const services = isFull ? [10, 1000, 10_000] : [10, 1000];
  const deployments = isFull ? [10_000, 100_000] : [10_000];
  return [
    ...services.map((count) => ({ ...USUAL, services: count })),
    ...deployments.map((count) => ({ ...USUAL, deployments: count })),
  ];
}

/** A history that `verify` takes for right: making it takes half a minute. */
export const PROVEN = { services: 1000, deployments: 10_000, isProven: true };

/** The size for many writers: enough services for each to pin its own, and few enough files for the loop of CI to have a chance. */
export const CROWDED = { services: 300, deployments: 100 };

/** Returns how many writers start at once. */
export function crowds(isFull, isLarge) {
  return [1, 10, 50, ...(isFull || isLarge ? [100] : []), ...(isLarge ? [300] : [])];
}

/**
 * Returns the measures. `over` are the ways to the repository, `isGrid` says that it runs at every size over the first
 * of them, or `at` at which; anywhere else at the usual one. `eleventh` is compared with `floor`, and with the others named.
 */
export function measures(tool) {
  const { node } = by;
  const all = ['file', 'http', 'ssh'];
  return [
    { part: 'start', name: 'eleventh --version', over: ['file'], who: { eleventh: by.version, node } },
    { part: 'start', name: 'eleventh --help', over: ['file'], who: { eleventh: by.help, node } },
    {
      part: 'pin',
      name: 'pin, cold',
      over: all,
      who: { eleventh: by.pinCold, floor: by.floorPinCold, 'clone, edit, push': by.naive(tool), node },
    },
    {
      part: 'pin',
      name: 'pin, warm',
      over: all,
      isGrid: true,
      who: { eleventh: by.pinWarm, floor: by.floorPinWarm, node },
    },
    {
      part: 'promote',
      name: 'promote',
      over: all,
      isGrid: true,
      who: { eleventh: by.promote, floor: by.floorPromote, 'empty commit': by.emptyCommit, node },
    },
    {
      part: 'status',
      name: 'status',
      over: all,
      isGrid: true,
      who: { eleventh: by.status, floor: by.floorStatus, node },
    },
    { part: 'diff', name: 'diff', over: ['file'], isGrid: true, who: { eleventh: by.diff, floor: by.floorDiff, node } },
    {
      part: 'verify',
      name: 'verify',
      over: ['file'],
      at: [PROVEN],
      who: { eleventh: by.verify, floor: by.floorVerify, node },
    },
    { part: 'log', name: 'log', over: ['file'], isGrid: true, who: { eleventh: by.log, floor: by.floorLog, node } },
  ];
}
