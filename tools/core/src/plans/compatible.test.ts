import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pin } from '../files/pin.ts';
import type { ServiceId } from '../names/names.ts';
import { breaksIn, type Requirements } from '../rules/requires.ts';
import type { Search, Wanted } from './build-search.ts';
import { newestCompatible } from './compatible.ts';

const IDS = ['cards', 'ledger', 'payments', 'web'];

function pin(id: ServiceId, age: number, version: string | undefined): Pin {
  return { commit: `${id}${age}`.padEnd(40, '0'), branch: 'main', version, resources: [], images: [] };
}

/** All builds of some services, newest first. */
type Builds = ReadonlyMap<ServiceId, readonly Pin[]>;

const builds: fc.Arbitrary<Builds> = fc
  .tuple(
    ...IDS.map((id) =>
      fc
        .array(fc.constantFrom('1.0.0', '1.1.0', '2.0.0', '2.1.0-rc.1', '3.0.0', undefined), {
          minLength: 1,
          maxLength: 4,
        })
        .map((versions) => [id, versions.map((version, age) => pin(id, age, version))] as const),
    ),
  )
  .map((all) => new Map(all));

const range = fc.constantFrom('<2', '>=2', '1', '2 || 3', '>=1.1', '*', '>=2.1.0-rc.1');
const requirements: fc.Arbitrary<Requirements> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...IDS), fc.constantFrom(...IDS), range), {
    maxLength: 6,
    selector: ([by, id]) => `${by} ${id}`,
  })
  .map((all) => {
    const found = new Map<ServiceId, Record<ServiceId, string>>();
    for (const [by, id, asked] of all) found.set(by, { ...found.get(by), [id]: asked });
    return found;
  });

/** Looks for builds among these, newest first. */
function among(all: Builds) {
  return async (wanted: ReadonlyMap<ServiceId, Wanted>): Promise<Search> => {
    const found = new Map<ServiceId, { pin: Pin; folder: string }>();
    for (const [id, { accepts }] of wanted)
      for (const one of all.get(id) ?? [])
        if (!found.has(id) && (await accepts(one))) found.set(id, { pin: one, folder: one.commit });
    return { found, isWhole: true };
  };
}

/**
 * Returns the best of all combinations that hold together: first the one that moves the fewest services, then the one
 * that goes back the fewest builds, then the one whose first service is the newest. null: there is none.
 */
function bestOf(all: Builds, asked: Requirements): readonly number[] | null {
  let combinations: number[][] = [[]];
  for (const id of IDS)
    combinations = combinations.flatMap((ages) => (all.get(id) ?? []).map((_, age) => [...ages, age]));
  const holding = combinations.filter((ages) => {
    const pins = IDS.map((id, index) => [id, all.get(id)?.[ages[index] ?? 0] as Pin] as const);
    return breaksIn(new Map(pins), asked).length === 0;
  });
  const cost = (ages: readonly number[]) => [
    ages.filter((age) => age > 0).length,
    ages.reduce((a, b) => a + b, 0),
    ...ages,
  ];
  const better = (a: readonly number[], b: readonly number[]) => {
    const [one, other] = [cost(a), cost(b)];
    const at = one.findIndex((value, index) => value !== other[index]);
    return at === -1 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
  };
  return holding.sort(better)[0] ?? null;
}

describe('newestCompatible', () => {
  it('finds what trying every combination finds', async () => {
    await fc.assert(
      fc.asyncProperty(builds, requirements, async (all, asked) => {
        const going = new Map(IDS.map((id) => [id, all.get(id)?.[0] as Pin]));
        const best = bestOf(all, asked);
        const facts = { going, fixed: new Set<string>(), requirements: asked, from: 'staging' };
        const made = newestCompatible({ ...facts, enters: async () => true, search: among(all) });
        if (best === null) {
          await expect(made).rejects.toMatchObject({ code: 'NOTHING_COMPATIBLE', exitCode: 3 });
          return;
        }
        const found = await made;
        expect(IDS.map((id) => found.get(id)?.pin ?? going.get(id))).toEqual(
          IDS.map((id, index) => all.get(id)?.[best[index] ?? 0]),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves out what may not enter, and says so where it would have been the one', async () => {
    const all: Builds = new Map([
      [
        'ledger',
        [pin('ledger', 0, '3.0.0'), pin('ledger', 1, '2.2.0'), pin('ledger', 2, '2.1.0'), pin('ledger', 3, undefined)],
      ],
      ['web', [pin('web', 0, '1.0.0')]],
    ]);
    const going = new Map([...all].map(([id, [newest]]) => [id, newest as Pin]));
    const choosing = (range: string, isWhole = true) =>
      newestCompatible({
        ...{ going, fixed: new Set<string>(), requirements: new Map([['web', { ledger: range }]]), from: 'staging' },
        enters: async (_, { version }) => version !== '2.2.0',
        search: async (wanted) => ({ ...(await among(all)(wanted)), isWhole }),
      });
    expect((await choosing('2')).get('ledger')?.pin.version).toBe('2.1.0');
    await expect(choosing('>=2.2 <3')).rejects.toMatchObject({
      message:
        'No build of ledger that ran in staging is what web (>=2.2 <3) requires, but 2.2.0 (ledger1), which may not go on. 1 of 3 have no version.',
      hint: 'eleventh log --service ledger',
      details: { service: 'ledger', requiredBy: [{ by: 'web', range: '>=2.2 <3' }], change: ['apps/web/service.yaml'] },
    });
    await expect(choosing('1', false)).rejects.toMatchObject({
      message: expect.stringMatching(/^No build of ledger that ran in staging \(its newest 10000 states\) is what/),
    });
  });
});
