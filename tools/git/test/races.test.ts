import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BRANCH, race, type Setup, type WriterSetup } from './race.ts';
import { checkLaws } from './race-laws.ts';
import { build, manifests, SERVICES, workspace } from './race-workspace.ts';

const HOUR = 60 * 60 * 1000;
const start = await workspace();

/** A writer as every CI job is one; `strange` ones die, have a clock that is hours wrong, or want to go back. */
function writer(strange: boolean, id = fc.constantFrom<string>(...SERVICES)): fc.Arbitrary<WriterSetup> {
  const rarely = <T>(value: fc.Arbitrary<T>) =>
    strange ? fc.option(value, { nil: undefined, freq: 4 }) : fc.constant(undefined);
  return fc
    .record({
      id,
      number: fc.integer({ min: 8, max: 16 }),
      own: fc.option(fc.constantFrom('a', 'b')),
      allowDowngrade: rarely(fc.constant(true)).map((value) => value === true),
      startsAt: fc.integer({ min: 0, max: 4000 }),
      clockAhead: rarely(fc.integer({ min: -5 * HOUR, max: 5 * HOUR })).map((value) => value ?? 0),
      diesAt: rarely(fc.integer({ min: 1, max: 40 })),
    })
    .map(({ id, number, own, allowDowngrade, ...rest }) => ({
      ...rest,
      pin: { ...build(id, number), allowDowngrade, manifests: own === null ? undefined : manifests(own) },
    }));
}

function setups(strange: boolean): fc.Arbitrary<Setup> {
  return fc.record({
    seed: fc.integer(),
    writers: fc.array(writer(strange), { minLength: 2, maxLength: 6 }),
    faults: strange ? fc.constantFrom(0, 10, 40) : fc.constant(0),
    host: strange ? fc.constantFrom('open', 'open', 'plain', 'guarded', 'keeping') : fc.constant('open'),
    person: strange
      ? fc.array(fc.record({ at: fc.integer({ min: 0, max: 20_000 }), does: fc.constantFrom('revert', 'rewind') }), {
          maxLength: 2,
        })
      : fc.constant([]),
  });
}

/** To look for a smaller counterexample would take longer than a test may; the seed brings the same one back. */
const RUNS = { numRuns: 1000, endOnFailure: true };

describe('in every order in which writers can meet', () => {
  test('each pin is on the branch once, as if they had come one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(setups(false), async (setup) => checkLaws(start, setup, await race(start, setup))),
      RUNS,
    );
  });
  test('the same, whatever goes wrong', async () => {
    await fc.assert(
      fc.asyncProperty(setups(true), async (setup) => checkLaws(start, setup, await race(start, setup))),
      RUNS,
    );
  });
});

describe.each([
  ['in a crowd', false, [0]],
  ['in a crowd, of which some die', true, [0, 20]],
] as const)('%s', (_, strange, faults) => {
  test('each pin is on the branch once, as if they had come one after the other', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `service-${index}`);
    const begin = await workspace(ids);
    const crowd = fc.record({
      seed: fc.integer(),
      writers: fc.tuple(...ids.map((id) => writer(strange, fc.constant(id)))),
      faults: fc.constantFrom(...faults),
      host: fc.constant('open' as const),
      person: fc.constant([]),
      processors: fc.constantFrom(undefined, 2),
    });
    const check = async (setup: Setup) => checkLaws(begin, setup, await race(begin, setup));
    await fc.assert(fc.asyncProperty(crowd, check), { ...RUNS, numRuns: 40 });
  });
});

describe('three hundred writers at once, on two processors', () => {
  test('all land in a few pushes: those who wait leave the processors to the one who commits', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `service-${index}`);
    const crowd = { startsAt: 0, clockAhead: 0, diesAt: undefined };
    const writers = ids.map((id) => ({ ...crowd, pin: build(id, 11) }));
    const setup: Setup = { seed: 300, writers, faults: 0, host: 'open', person: [], processors: 2 };
    const begin = await workspace(ids);
    const outcome = await race(begin, setup);
    await checkLaws(begin, setup, outcome);
    const updates = outcome.server.moves.filter(({ ref }) => ref === `refs/heads/${BRANCH}`);
    expect(updates.length).toBeLessThanOrEqual(8);
    expect(outcome.took).toBeLessThan(240_000);
  });
});
