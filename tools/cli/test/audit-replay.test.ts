import { EMPTY_TREE } from '@eleventh/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plumb } from './by-hand.ts';
import { deliveredWorld } from './delivery.ts';
import { commandOf, doByHand, type Step, step } from './history-step.ts';
import { runHere } from './in-process.ts';
import type { World } from './world.ts';

// SEED=<number> replays a history; another seed finds others.
const SEED = Number(process.env.SEED ?? 5);
const RUNS = Number(process.env.RUNS ?? 3);
const parameters = { seed: SEED, numRuns: RUNS, endOnFailure: true, includeErrorInReport: true } as const;

/** A step of any history, or a release tag that somebody puts by hand on a commit so far back. */
type Event = Step | { readonly kind: 'tag by hand'; readonly back: number; readonly major: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 20, arbitrary: step },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('tag by hand' as const),
      back: fc.integer({ min: 0, max: 3 }),
      major: fc.integer({ min: 2, max: 9 }),
    }),
  },
);

/** What ran in an environment, as plain Git tells. */
interface Ran {
  readonly commit: string | null;
  readonly release: string | null;
  readonly recipe: string;
  readonly services: Readonly<Record<string, string>>;
}

/** Returns a world in which plain Git, like everything else, believes that it is this time. */
function at(world: World, time: number): World {
  const date = new Date(time).toISOString();
  const env = { ...world.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  return Object.create(world, { env: { value: env } }) as World;
}

async function happen(world: World, event: Event, now: number): Promise<void> {
  const then = at(world, now);
  if (event.kind === 'tag by hand') {
    const commits = plumb(then, ['rev-list', '--first-parent', 'env/prod']).split('\n');
    const tag = `v${event.major}.0.0`;
    const isTaken = plumb(then, ['tag', '--list', tag]) !== '';
    if (!isTaken) plumb(then, ['tag', '-a', '-m', 'By hand', tag, commits[event.back] ?? 'env/prod']);
    return;
  }
  const command = commandOf(then, event);
  if (command === null) return doByHand(then, event);
  // The clock of the command alone says when it was; a command that is refused changes nothing.
  const { stderr } = await runHere(then, command, { now, env: { GIT_AUTHOR_DATE: '', GIT_COMMITTER_DATE: '' } });
  expect(stderr).not.toContain('INTERNAL');
}

/** Returns what runs everywhere now, told by plain Git alone. */
function running(world: World): Record<string, Ran> {
  const tags = plumb(world, ['tag', '--list', '--merged', 'env/prod', '--sort=-version:refname']).split('\n');
  const highest = tags.find((tag) => /^v\d+\.\d+\.\d+$/.test(tag)) ?? null;
  return {
    staging: ranAt(world, 'env/staging', null),
    preprod: ranAt(world, 'env/preprod', null),
    prod: ranAt(world, highest, highest),
  };
}

function ranAt(world: World, revision: string | null, release: string | null): Ran {
  if (revision === null) return { commit: null, release, recipe: EMPTY_TREE, services: {} };
  const recipe = plumb(world, ['ls-tree', '--object-only', revision, 'apps']) || EMPTY_TREE;
  // Where nothing runs, there is a workspace all the same.
  const patterns = ['-e', 'eleventh.dev/commit:', '-e', '^kind: Workspace'];
  const lines = plumb(world, ['grep', ...patterns, revision]).split('\n');
  const services = lines.flatMap((line) => {
    const [, id, commit] = /:apps\/(.+)\/kustomization\.yaml:.*"([0-9a-f]{40})"/.exec(line) ?? [];
    return id === undefined || commit === undefined ? [] : [[id, commit] as const];
  });
  const commit = plumb(world, ['rev-parse', `${revision}^{commit}`]);
  return { commit, release, recipe, services: Object.fromEntries(services) };
}

interface Report {
  readonly environments: readonly {
    readonly environment: string;
    readonly commit: string | null;
    readonly release: string | null;
    readonly recipe: string;
    readonly services: readonly { readonly id: string; readonly commit: string | null }[];
  }[];
}

async function reported(world: World, time: number): Promise<Record<string, Ran>> {
  const { code, stdout, stderr } = await runHere(world, [
    'report',
    'audit',
    '--json',
    '--at',
    new Date(time).toISOString(),
  ]);
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  const { environments } = JSON.parse(stdout) as Report;
  return Object.fromEntries(
    environments.map(({ environment, commit, release, recipe, services }) => {
      const builds = services.flatMap((one) => (one.commit === null ? [] : [[one.id, one.commit] as const]));
      return [environment, { commit, release, recipe, services: Object.fromEntries(builds) }];
    }),
  );
}

const START = Date.parse('2026-12-01T00:00:00Z');

describe(`report audit --at T (seed ${SEED})`, () => {
  it('says what a replay of the history to T would run', async () => {
    const later = fc.record({ event, seconds: fc.integer({ min: 1, max: 200_000 }) });
    const moments = fc.array(fc.noBias(fc.integer({ min: 0, max: 9999 }).map((part) => part / 9999)), {
      minLength: 10,
      maxLength: 10,
    });
    let states = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(later, { minLength: 25, maxLength: 40 }), moments, async (steps, parts) => {
        const world = await deliveredWorld();
        const record = [{ time: START, ran: running(world) }];
        let now = START;
        for (const { event, seconds } of steps) {
          now += seconds * 1000;
          await happen(world, event, now);
          record.push({ time: now, ran: running(world) });
        }
        // Random times, and those of the steps with the second before.
        const random = parts.map((part) => START + Math.floor(part * (now - START)));
        const edges = parts.flatMap((part) => {
          const time = record[Math.floor(part * (record.length - 1))]?.time ?? START;
          return [time, Math.max(START, time - 1000)];
        });
        for (const time of [...random, ...edges, START, now]) {
          const last = record.findLast((one) => one.time <= time);
          expect(await reported(world, time), `at ${new Date(time).toISOString()}`).toEqual(last?.ran);
        }
        states += new Set(record.map(({ ran }) => JSON.stringify(ran))).size;
      }),
      parameters,
    );
    // Which is worth something only where much happened.
    expect(states).toBeGreaterThan(5 * RUNS);
  });
});
