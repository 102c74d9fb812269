import { EleventhError, planPromotion, type View } from '@eleventh/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { figuresOf, firstEntries } from './month/figures.ts';
import { type Mode, modesOf } from './month/modes.ts';
import { live } from './month/month.ts';
import type { Promoted } from './month/record.ts';
import { ASSUMED, HOUR, MINUTE, type Setting, START } from './month/setting.ts';
import { type Start, startOf } from './month/start.ts';
import type { World } from './month/world.ts';

const SETTING = { services: 20, pins: 20, suite: 20 * MINUTE, soak: 2 * HOUR, bad: 0.2, days: 3 };

let start: Start;
beforeAll(async () => {
  start = await startOf({ ...SETTING, seed: 0 });
});

describe.each(modesOf('2h').map((mode) => [mode.name, mode] as const))('three days of %s', (_, mode) => {
  test('keep the laws, whatever the seed', async () => {
    const seeds = fc.integer({ min: 1, max: 1_000_000 });
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = await live({ ...SETTING, seed }, mode, start);
        for (const promoted of world.promotions) {
          checkTests(world, promoted);
          if (promoted.to === 'prod') checkSoak(world, promoted);
          await checkAsked(world, promoted);
        }
        checkBad(world);
        await checkCounts(world);
      }),
      { numRuns: 2 },
    );
  });
});

test('a month depends on its seed alone', async () => {
  const [mode] = modesOf('2h') as [Mode];
  const lived = async (seed: number) => {
    const setting: Setting = { ...SETTING, days: 1, seed };
    const world = await live(setting, mode, await startOf(setting));
    return { figures: figuresOf(world), refs: world.repository.refs };
  };
  expect(await lived(7)).toEqual(await lived(7));
  expect((await lived(7)).refs).not.toEqual((await lived(8)).refs);
});

/** What policy asks for, told from the log of the suites: the gates have no part in it. */
function checkTests({ mode, runs, builds }: World, { to, at, recipe, builds: entered }: Promoted): void {
  const policy = mode[to];
  if (policy.includes('tests: [integration')) {
    const passed = runs.filter((run) => run.recipe === recipe && run.end <= at);
    expect(passed.at(-1)).toMatchObject({ hasPassed: true });
    expect(passed.some(({ hasPassed, hasMoved }) => hasPassed && !hasMoved)).toBe(true);
  }
  if (!policy.includes('suite: unit')) return;
  for (const commit of entered.values()) {
    const build = builds.get(commit);
    expect(build?.isBad === true && build.isFoundAlone).toBe(false);
    expect(at).toBeGreaterThanOrEqual((build?.at ?? Number.NaN) + ASSUMED.unit);
  }
}

/** Adds up how long preprod ran what came to prod, from the log of promotions. */
function checkSoak(world: World, { at, recipe, builds }: Promoted): void {
  const { mode, setting, promotions } = world;
  const into = promotions.filter((one) => one.to === 'preprod' && one.at <= at);
  const ran = (counts: (state: ReadonlyMap<string, string>, recipe: string) => boolean) => {
    const state = new Map<string, string>();
    return into.reduce((sum, one, index) => {
      for (const [id, build] of one.builds) state.set(id, build);
      const end = into[index + 1]?.at ?? at;
      return counts(state, one.recipe) ? sum + end - one.at : sum;
    }, 0);
  };
  if (!mode.prod.includes('of: builds}}')) {
    expect(ran((_, there) => there === recipe)).toBeGreaterThanOrEqual(setting.soak);
    return;
  }
  for (const [id, build] of builds) {
    // What ran there from the start has soaked a day before the first.
    if (world.running.has(build)) continue;
    expect(ran((state) => state.get(id) === build)).toBeGreaterThanOrEqual(setting.soak);
  }
}

/** Asks for a promotion again as it was asked for: it passes and makes the same, and without evidence it is refused. */
async function checkAsked(world: World, promoted: Promoted): Promise<void> {
  const { to, at, before, source, only, allowDowngrade, commit, builds } = promoted;
  const ask = (view: View, name: string) =>
    planPromotion(view, { source: name, to, only, allowDowngrade, noTag: false, now: at });
  const view = world.repository.view(before);
  const name = [...before.tags].find(([, tag]) => world.mode.candidates && tag.commit === source)?.[0] ?? source;
  const again = await ask(view, name);
  expect(again.gates.filter(({ passes }) => !passes)).toEqual([]);
  expect(again.branches[0]?.snapshot.tree).toBe((await view.commit(commit)).tree);
  const branches = new Map(before.branches);
  branches.delete('attestations');
  if (builds.size === 0) return;
  const without = ask(world.repository.view({ ...before, branches }), name);
  await expect(without).rejects.toSatisfy((error) => error instanceof EleventhError && error.code === 'POLICY_REFUSED');
}

/** What the integration suite has to pass, no bad build gets into; else none that the unit suite finds. */
function checkBad(world: World): void {
  for (const target of ['preprod', 'prod'] as const) {
    const bad = [...firstEntries(world, target).keys()].flatMap((commit) => {
      const build = world.builds.get(commit);
      return build?.isBad === true ? [build] : [];
    });
    if (world.mode.preprod.includes('integration')) expect(bad).toEqual([]);
    expect(bad.filter(({ isFoundAlone }) => isFoundAlone)).toEqual([]);
  }
}

async function checkCounts(world: World): Promise<void> {
  const { attempts, promotions, closed, repository, pinned, running, mode } = world;
  expect(attempts.made).toBe(promotions.length + attempts.refused + attempts.empty);
  const reasons = [...closed.preprod.values(), ...closed.prod.values()].reduce((sum, count) => sum + count, 0);
  expect(reasons).toBeGreaterThanOrEqual(attempts.refused);
  const into = (to: Promoted['to']) => promotions.filter((one) => one.to === to);
  for (const to of ['preprod', 'prod'] as const) {
    const made = (await commitsOf(world, `env/${to}`)).filter(({ committer }) => committer.time * 1000 >= START);
    expect(made.map(({ oid }) => oid)).toEqual(
      into(to)
        .map(({ commit }) => commit)
        .reverse(),
    );
  }
  const releases = [...repository.refs.tags.keys()].filter((tag) => !tag.includes('-rc.'));
  expect(releases).toHaveLength(1 + into('prod').length);
  const ran = new Set<string>();
  for (const { oid } of await commitsOf(world, 'env/staging'))
    for (const commit of (await world.stateAt(oid)).runs.values()) ran.add(commit);
  expect([...ran].sort()).toEqual([...pinned.keys()].sort());
  const figures = figuresOf(world);
  expect(figures.pinned).toBe(pinned.size - running.size);
  expect(figures.toProd * world.setting.days).toBeCloseTo(into('prod').length);
  expect(figures.counting).toBeLessThanOrEqual(figures.runs);
  const [preprod, prod] = [firstEntries(world, 'preprod'), firstEntries(world, 'prod')];
  for (const [commit, at] of prod) expect(preprod.get(commit)).toBeLessThanOrEqual(at);
  if (mode.preprodHolds) expect(into('prod').length).toBeLessThanOrEqual(into('preprod').length);
}

async function commitsOf({ repository }: World, branch: string) {
  const view = repository.view();
  const commits = [];
  for await (const commit of view.line(view.refs.branches.get(branch) ?? '')) commits.push(commit);
  return commits;
}
