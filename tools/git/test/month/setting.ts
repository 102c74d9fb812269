import { Schedule } from '../schedule.ts';

/** The numbers of a simulated month. Times in milliseconds. */
export interface Setting {
  readonly services: number;
  /** New builds a day. */
  readonly pins: number;
  /** How long the integration suite takes. */
  readonly suite: number;
  /** How long policy wants things to run in preprod. */
  readonly soak: number;
  /** The share of builds that are bad. */
  readonly bad: number;
  /** Working days, one after the other. */
  readonly days: number;
  readonly seed: number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Midnight before the first day, UTC. */
export const START = Date.UTC(2026, 0, 5);

/** What the simulation assumes besides the numbers that can be chosen. */
export const ASSUMED = {
  /** How long the unit suite of a build takes, beside the pin, and which share of the bad builds it finds. */
  unit: 10 * MINUTE,
  unitFinds: 0.5,
  /** From a failed run of the integration suite until its bad builds are blocked, and staging back at the builds before. */
  diagnosis: 30 * MINUTE,
  /** From there until a good build is pinned, if that is between the two hours of a day; else the next day at the first. */
  repair: 4 * HOUR,
  repairHours: [8, 18],
  /** How often a job tries to promote to preprod, besides when a suite has passed. */
  job: HOUR,
  /** How the pins of a day spread over its hours, from 7:00 on, in percent. */
  hours: { from: 7, shares: [2, 6, 11, 13, 12, 6, 9, 13, 12, 9, 5, 2] },
} as const;

/** One build of a service, as the world has it: only suites find out whether it is bad. */
export interface Build {
  readonly id: string;
  readonly commit: string;
  /** When it is pinned. */
  readonly at: number;
  readonly isBad: boolean;
  /** Whether the unit suite finds out. */
  readonly isFoundAlone: boolean;
}

export function serviceName(index: number): string {
  return `service-${String(index + 1).padStart(4, '0')}`;
}

/** Returns forty hexadecimal digits: the commit of a build, by its number. */
export function commitOf(number: number): string {
  return number.toString(16).padStart(10, '0').repeat(4);
}

/** Returns the builds of all days in the order in which they are pinned, the same for the same setting. */
export function buildsOf({ services, pins, bad, days, seed }: Setting): Build[] {
  const { random } = new Schedule(seed);
  const { from, shares } = ASSUMED.hours;
  // Some services are worked on far more than others: at 400, a fifth of them has about half of the builds.
  const weights = Array.from({ length: services }, (_, index) => 1 / (index + 1 + services / 10));
  const times = Array.from({ length: days * pins }, (_, index) => {
    const hour = from + chosen(shares, random()) + random();
    return START + Math.floor(index / pins) * DAY + Math.floor((hour * HOUR) / 1000) * 1000;
  }).sort((a, b) => a - b);
  return times.map((at, index) => ({
    id: serviceName(chosen(weights, random())),
    commit: commitOf(index + 1),
    at,
    isBad: random() < bad,
    isFoundAlone: random() < ASSUMED.unitFinds,
  }));
}

/** Returns the index that a number from 0 up to 1 falls on. */
function chosen(weights: readonly number[], at: number): number {
  let left = at * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index < 0 ? weights.length - 1 : index;
}
