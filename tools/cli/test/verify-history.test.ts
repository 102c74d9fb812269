import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Put, plumb } from './by-hand.ts';
import { builtAt, deliveredWorld, SERVICES } from './delivery.ts';
import { commandOf, doByHand, type Step, step } from './history-step.ts';
import { runHere } from './in-process.ts';
import { append } from './proven.ts';
import { sha, type World } from './world.ts';

// SEED=<number> replays a history; another seed finds others.
const SEED = Number(process.env.SEED ?? 11);
const RUNS = Number(process.env.RUNS ?? 3);
const MINUTE = 60_000;

type Name = 'staging' | 'preprod' | 'prod';

/** What people do besides what every history has. */
type Extra =
  | { readonly kind: 'back'; readonly id: string; readonly build: number }
  | { readonly kind: 'candidate'; readonly without: string }
  | { readonly kind: 'copy'; readonly to: 'preprod' | 'prod' }
  | { readonly kind: 'return'; readonly environment: Name; readonly back: number };

const extra: fc.Arbitrary<Extra> = fc.oneof(
  fc.record({
    kind: fc.constant('back' as const),
    id: fc.constantFrom(...SERVICES),
    build: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ kind: fc.constant('candidate' as const), without: fc.constantFrom(...SERVICES) }),
  fc.record({ kind: fc.constant('copy' as const), to: fc.constantFrom('preprod', 'prod') }),
  fc.record({
    kind: fc.constant('return' as const),
    environment: fc.constantFrom('staging', 'preprod', 'prod'),
    back: fc.integer({ min: 1, max: 3 }),
  }),
);

/** Steps that nobody could object to: nothing is damaged, and no manifest edited on an environment's branch. */
const legitimate = step.filter(({ kind }) => kind !== 'damage' && kind !== 'hotfix');
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: legitimate }, { weight: 1, arbitrary: extra }) as fc.Arbitrary<Step | Extra>,
  { minLength: 25, maxLength: 40 },
);

/** Returns the world as it is at a time. */
function at(world: World, now: number): World {
  const date = new Date(now).toISOString();
  const env = { ...world.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  return Object.assign(Object.create(world), { env });
}

/** Commits a state to a branch with plain Git, without any words of ours. */
function put(world: World, branch: string, revision: string, puts: Readonly<Record<string, Put>> = {}): void {
  if (plumb(world, ['rev-parse', `${branch}^{tree}`]) === plumb(world, ['rev-parse', `${revision}^{tree}`])) return;
  append(world, branch, puts, { base: plumb(world, ['rev-parse', revision]) });
}

async function doExtra(world: World, now: number, extra: Extra): Promise<void> {
  const run = (...args: string[]) => runHere(world, args, { now });
  if (extra.kind === 'back')
    await run('pin', extra.id, '--commit', sha(extra.build), '--built', builtAt(extra.build), '--allow-downgrade');
  else if (extra.kind === 'candidate') {
    const { code, stdout } = await run('compose', '--without', extra.without, '--json');
    if (code === 0) await run('promote', JSON.parse(stdout).tag ?? '', '--to', 'prod');
  } else if (extra.kind === 'return') {
    const [back = ''] = plumb(world, [
      'rev-list',
      '--first-parent',
      `--skip=${extra.back}`,
      '--max-count=1',
      `env/${extra.environment}`,
    ]).split('\n');
    if (back !== '') put(world, `env/${extra.environment}`, back);
  } else if (extra.kind === 'copy') {
    const { code } = await run('promote', extra.to === 'prod' ? 'preprod' : 'staging', '--to', extra.to, '--dry-run');
    // What the tool would promote, with the words of nobody.
    if (code === 0) put(world, `env/${extra.to}`, extra.to === 'prod' ? 'env/preprod' : 'env/staging');
  }
}

describe(`on random histories (seed ${SEED})`, () => {
  it('verify finds nothing wrong in what people and the tool did as they should', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const original = await deliveredWorld();
        let now = Date.parse('2026-11-20T12:00:00Z');
        const done: string[] = [];
        for (const step of all) {
          now += 10 * MINUTE;
          const world = at(original, now);
          const before = plumb(world, ['for-each-ref']);
          if (['back', 'candidate', 'copy', 'return'].includes(step.kind)) await doExtra(world, now, step as Extra);
          else {
            const command = commandOf(world, step as Step);
            if (command === null) await doByHand(world, step as Step);
            else await runHere(world, command, { now });
          }
          if (plumb(world, ['for-each-ref']) === before) continue;
          done.push(JSON.stringify(step));
          const { stdout, stderr } = await runHere(world, ['verify', '--repo', world.remote, '--json'], { now });
          expect(stderr).toBe('');
          expect(JSON.parse(stdout).findings, `after\n${done.join('\n')}`).toEqual([]);
        }
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
    );
  });
});
