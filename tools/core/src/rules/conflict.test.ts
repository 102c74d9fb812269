import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewestExcluding } from './conflict.ts';
import { type Demand, meets, type Versioned } from './requires.ts';

const build = (version: string): Versioned => ({ commit: version.padEnd(40, '0'), version });
const builds = fc.uniqueArray(fc.constantFrom('1.0.0', '1.1.0', '2.0.0', '2.1.0', '3.0.0', '4.0.0'), { minLength: 1 });
const ranges = fc.array(fc.constantFrom('<2', '>=2', '1', '2', '3 || 1', '4 || 2', '>=3', '<4', '*'), { maxLength: 6 });

/** Returns the fewest demands that exclude all, found by trying every set of them. */
function fewestOf(all: readonly Versioned[], demands: readonly Demand[]): number | null {
  const sizes = Array.from({ length: 2 ** demands.length }, (_, bits) => demands.filter((_, at) => (bits >> at) & 1))
    .filter((some) => all.every((one) => some.some((demand) => !meets(one, demand))))
    .map(({ length }) => length);
  return sizes.length === 0 ? null : Math.min(...sizes);
}

describe('fewestExcluding', () => {
  it('names as few as exclude every build', () => {
    fc.assert(
      fc.property(builds, ranges, (versions, given) => {
        const all = versions.map(build);
        const demands = given.map((range, number) => ({ by: `svc${number}`, range }));
        const found = fewestExcluding(all, demands);
        const fewest = fewestOf(all, demands);
        expect(found.length).toBe(fewest ?? 0);
        if (fewest === null) return;
        expect(all.every((one) => found.some((demand) => !meets(one, demand)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('names enough where to find the fewest is too much work', () => {
    const all = Array.from({ length: 60 }, (_, major) => build(`${major}.0.0`));
    // Of so many majors each demand excludes three, in an order of its own.
    const demands = Array.from({ length: 100 }, (_, number) => {
      const excluded = [0, 1, 2].map((nth) => (number * 7 + nth * (11 + (number % 5))) % 60);
      return {
        by: `svc${number}`,
        range: all.flatMap((_, major) => (excluded.includes(major) ? [] : [`${major}`])).join(' || '),
      };
    });
    const found = fewestExcluding(all, demands);
    expect(found.length).toBeGreaterThan(0);
    expect(all.every((one) => found.some((demand) => !meets(one, demand)))).toBe(true);
  });
});
