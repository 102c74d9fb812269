import type { Target } from './record.ts';
import { DAY, HOUR } from './setting.ts';
import type { World } from './world.ts';

/** What a month came to. */
export interface Figures {
  readonly mode: string;
  /** Builds that were pinned: new ones, and repairs. */
  readonly pinned: number;
  /** Runs of the integration suite, and those that count for a gate: staging did not move and nothing was bad. */
  readonly runs: number;
  readonly counting: number;
  /** Promotions a day. */
  readonly toPreprod: number;
  readonly toProd: number;
  /** The share of those to prod between 8:00 and 18:00. */
  readonly byDay: number;
  /** Builds that reached prod, as a share of the good ones that were pinned; and how old they were then, in hours. */
  readonly reached: number;
  readonly median: number;
  readonly slowest: number;
  /** Bad builds that entered. */
  readonly badInPreprod: number;
  readonly badInProd: number;
  /** How many builds a promotion to prod brings at the median. */
  readonly size: number;
  /** What kept promotions out, most often first. */
  readonly closed: Record<Target, readonly (readonly [string, number])[]>;
}

/** Returns what a month came to. */
export function figuresOf(world: World): Figures {
  const { mode, setting, promotions, runs, closed } = world;
  const into = (to: Target) => promotions.filter((one) => one.to === to);
  const pinned = [...world.pinned.keys()].filter((commit) => !world.running.has(commit));
  const prod = firstEntries(world, 'prod');
  const preprod = firstEntries(world, 'preprod');
  const ages = [...prod]
    .map(([commit, at]) => (at - (world.builds.get(commit)?.at ?? at)) / HOUR)
    .sort((a, b) => a - b);
  const good = pinned.filter((commit) => world.builds.get(commit)?.isBad === false).length;
  const isBad = (commit: string) => world.builds.get(commit)?.isBad === true;
  const hours = into('prod').map(({ at }) => (at % DAY) / HOUR);
  const most = (to: Target) => [...closed[to]].sort(([, a], [, b]) => b - a);
  return {
    mode: mode.name,
    pinned: pinned.length,
    runs: runs.length,
    counting: runs.filter(({ hasPassed, hasMoved }) => hasPassed && !hasMoved).length,
    toPreprod: into('preprod').length / setting.days,
    toProd: into('prod').length / setting.days,
    byDay: hours.filter((hour) => hour >= 8 && hour < 18).length / Math.max(1, hours.length),
    reached: [...prod.keys()].filter((commit) => !isBad(commit)).length / Math.max(1, good),
    median: quantile(ages, 0.5),
    slowest: quantile(ages, 0.95),
    badInPreprod: [...preprod.keys()].filter(isBad).length,
    badInProd: [...prod.keys()].filter(isBad).length,
    size: quantile(
      into('prod')
        .map(({ builds }) => builds.size)
        .sort((a, b) => a - b),
      0.5,
    ),
    closed: { preprod: most('preprod'), prod: most('prod') },
  };
}

/** Returns the builds that entered an environment, with the time of the first time. */
export function firstEntries({ promotions, running }: World, target: Target): Map<string, number> {
  const entries = new Map<string, number>();
  for (const { to, at, builds } of promotions) {
    if (to !== target) continue;
    for (const commit of builds.values()) if (!entries.has(commit) && !running.has(commit)) entries.set(commit, at);
  }
  return entries;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
