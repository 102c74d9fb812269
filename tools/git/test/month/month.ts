import { planApproval, planComposition } from '@eleventh/core';
import { sha256 } from './memory-repository.ts';
import type { Mode } from './modes.ts';
import type { Target } from './record.ts';
import { ASSUMED, DAY, HOUR, MINUTE, type Setting } from './setting.ts';
import { ENGINEER, type Start, underPolicy } from './start.ts';
import { World } from './world.ts';

/** Returns the world after a month under a mode, in which every write was a real plan and asked the real gates. */
export async function live(setting: Setting, mode: Mode, start: Start): Promise<World> {
  const world = new World(setting, mode, await underPolicy(start, mode), start.running);
  await world.live(
    mode.candidates === undefined ? [() => testStaging(world), () => job(world)] : [() => compose(world)],
  );
  return world;
}

/** Tests what staging runs, again and again, and promotes what has passed. */
async function testStaging(world: World): Promise<void> {
  const { mode, schedule, setting } = world;
  while (!world.isOver) {
    const { oid, recipe } = await world.at('env/staging');
    if (world.runs.some((run) => run.recipe === recipe && !run.hasMoved)) {
      await schedule.wait(2 * MINUTE);
      continue;
    }
    const start = world.now;
    world.isHeld = mode.suite === 'still';
    await schedule.wait(setting.suite);
    const hasPassed = await world.judge(oid, 'staging', start);
    // Before the pins go on, as `test staging integration && promote staging --to preprod` does.
    if (hasPassed && !mode.ofBuilds && (await mayMove(world))) await bring(world, 'staging', 'preprod');
    await world.release();
  }
}

/** Brings now and then to preprod what the end of a suite does not bring there. */
async function job(world: World): Promise<void> {
  while (!world.isOver) {
    if (world.mode.ofBuilds || (await hasMissed(world))) await bring(world, 'staging', 'preprod');
    await world.schedule.wait(ASSUMED.job);
  }
}

/** Returns whether a recipe has passed that preprod could not take then, and still is staging's newest. */
async function hasMissed(world: World): Promise<boolean> {
  const { recipe } = await world.at('env/staging');
  const hasPassed = world.runs.some((run) => run.recipe === recipe && run.hasPassed && !run.hasMoved);
  return hasPassed && (await mayMove(world));
}

async function mayMove(world: World): Promise<boolean> {
  return !world.mode.preprodHolds || (await isFree(world));
}

async function bring(world: World, source: 'staging' | 'preprod', to: Target): Promise<void> {
  const { mode, setting } = world;
  const [here, there] = [await world.at(`env/${source}`), await world.at(`env/${to}`)];
  if (here.recipe === there.recipe) return;
  // A commit by its id is taken as it is, without a look at those before it.
  let refused = await world.promote(mode.takes === 'newest-passing' ? source : here.oid, to);
  if (refused !== null && mode.takes === 'builds') {
    const out = new Set(refused);
    const others = [...here.runs].flatMap(([id, build]) => (there.runs.get(id) === build || out.has(id) ? [] : [id]));
    if (others.length > 0) refused = await world.promote(here.oid, to, others);
  }
  if (refused === null && to === 'preprod') world.later(setting.soak, () => bring(world, 'preprod', 'prod'));
}

/** Returns whether nothing waits in preprod for its way to prod, or what does is blocked. */
async function isFree(world: World): Promise<boolean> {
  const [preprod, prod] = [await world.at('env/preprod'), await world.at('env/prod')];
  return preprod.recipe === prod.recipe || [...preprod.runs.values()].some((build) => world.blocked.has(build));
}

/** Tests candidates when they are due, and what staging runs in between; brings what has passed to preprod, then to prod. */
async function compose(world: World): Promise<void> {
  const { schedule, setting } = world;
  let composedOn = -1;
  let ready: string | undefined;
  while (!world.isOver) {
    if (ready !== undefined && (await isFree(world))) {
      const tag = ready;
      ready = undefined;
      if ((await world.promote(tag, 'preprod')) === null) soak(world);
    }
    const slot = slotOf(world);
    const isDue = ready === undefined && slot !== undefined && slot > composedOn && (await isNearlyFree(world));
    const candidate = isDue ? await newCandidate(world) : undefined;
    const { oid, recipe } = candidate ?? (await world.at('env/staging'));
    const known = world.runs.find((run) => run.recipe === recipe);
    const start = world.now;
    if (known === undefined) {
      await schedule.wait(setting.suite);
      await world.judge(oid, undefined, start);
    } else if (candidate === undefined || !known.hasPassed) await schedule.wait(5 * MINUTE);
    const hasPassed = world.runs.some((run) => run.recipe === recipe && run.hasPassed);
    if (candidate === undefined || !hasPassed) continue;
    ready = candidate.tag;
    composedOn = slot ?? composedOn;
  }
}

/** Returns which candidate is due now, or undefined when none is. */
function slotOf({ mode, schedule }: World): number | undefined {
  const hour = (schedule.now % DAY) / HOUR;
  const day = Math.floor(schedule.now / DAY);
  if (mode.candidates === undefined) return undefined;
  if ('between' in mode.candidates) {
    const [first, last] = mode.candidates.between;
    return hour >= first && hour < last ? schedule.now : undefined;
  }
  const index = mode.candidates.at.findLastIndex((at) => at <= hour);
  return index < 0 || hour > 18 ? undefined : day * 100 + index;
}

/** Returns whether preprod is free by the time that a candidate has been tested. */
async function isNearlyFree(world: World): Promise<boolean> {
  if (await isFree(world)) return true;
  const last = world.promotions.findLast(({ to }) => to === 'preprod')?.at ?? 0;
  return world.now >= last + world.setting.soak - world.setting.suite;
}

async function newCandidate(world: World) {
  const plan = await world.act((view) => planComposition(view, { now: world.now }));
  const tag = plan.tag?.tag ?? plan.existing?.tag ?? '';
  const oid = world.repository.refs.tags.get(tag)?.commit ?? '';
  const { recipe } = await world.stateAt(oid);
  if (recipe === (await world.at('env/prod')).recipe) return undefined;
  return { tag, oid, recipe };
}

/** Has what preprod runs approved while it soaks, and released after that. */
function soak(world: World): void {
  const { setting } = world;
  world.later(setting.soak / 2, async () => {
    const saying = { by: ENGINEER, now: world.now, sha256 };
    await world.act((view) => planApproval(view, { name: 'preprod' }, { to: 'prod' }, saying), ENGINEER);
  });
  world.later(setting.soak, async () => {
    await world.promote('preprod', 'prod');
  });
}
