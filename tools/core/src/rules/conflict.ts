import { type Demand, meets, type Versioned } from './requires.ts';

/** How many combinations of demands are looked at before any that does is taken for the smallest. */
const MOST_STEPS = 10_000;

/**
 * Returns the fewest demands that leave none of some builds: the shortest explanation of why nothing meets them all. Looks
 * for one, then for two, and so on; each time at those that the first build left does not meet. Where that is too much work,
 * as many as one after the other need. Empty where some build meets them all.
 */
export function fewestExcluding(builds: readonly Versioned[], demands: readonly Demand[]): readonly Demand[] {
  const different = demands.filter(({ range }, index) => demands.findIndex((one) => one.range === range) === index);
  const refused = builds.map((build) => different.filter((demand) => !meets(build, demand)));
  if (refused.some((by) => by.length === 0)) return [];
  let steps = 0;
  const within = (size: number, chosen: readonly Demand[]): readonly Demand[] | null => {
    steps += 1;
    const open = refused.find((by) => !by.some((demand) => chosen.includes(demand)));
    if (open === undefined) return chosen;
    if (size === chosen.length || steps > MOST_STEPS) return null;
    for (const demand of open) {
      const found = within(size, [...chosen, demand]);
      if (found !== null) return found;
    }
    return null;
  };
  for (let size = 1; size <= different.length; size += 1) {
    const found = within(size, []);
    if (found !== null) return ordered(found);
    if (steps > MOST_STEPS) break;
  }
  return ordered(oneAfterTheOther(refused));

  function ordered(chosen: readonly Demand[]): readonly Demand[] {
    return different.filter((demand) => chosen.includes(demand));
  }
}

function oneAfterTheOther(refused: readonly (readonly Demand[])[]): readonly Demand[] {
  const chosen: Demand[] = [];
  for (const by of refused) {
    const [first] = by;
    if (first !== undefined && !by.some((demand) => chosen.includes(demand))) chosen.push(first);
  }
  return chosen;
}
