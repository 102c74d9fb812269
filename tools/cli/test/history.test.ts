import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plumb } from './by-hand.ts';
import { deliveredWorld } from './delivery.ts';
import { commandOf, doByHand, type Step, step } from './history-step.ts';
import { runHere } from './in-process.ts';
import type { World } from './world.ts';

// SEED=<number> replays a history; another seed finds others.
const SEED = Number(process.env.SEED ?? 11);
const RUNS = Number(process.env.RUNS ?? 3);
const parameters = { seed: SEED, numRuns: RUNS, endOnFailure: true, includeErrorInReport: true } as const;

type Refs = ReadonlyMap<string, string>;

function refsOf(world: World): Refs {
  const lines = plumb(world, ['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}

/** Returns what a state holds outside `apps/`, without the derived files. */
function outside(world: World, revision: string): string {
  const lines = plumb(world, ['ls-tree', '-r', revision]).split('\n');
  return lines.filter((line) => !/\t(?:apps\/|environments\/[^/]+\/kustomization\.yaml$)/.test(line)).join('\n');
}

function isReviewed(world: World, revision: string): boolean {
  const held = outside(world, revision);
  return plumb(world, ['rev-list', '--first-parent', 'main'])
    .split('\n')
    .some((commit) => outside(world, commit) === held);
}

/** Returns which refs a step's command may move. */
function mayMove(step: Step): RegExp {
  switch (step.kind) {
    case 'pin':
      return /^refs\/heads\/env\/staging$/;
    case 'update':
      return new RegExp(`^refs/heads/env/${step.environment}$`);
    case 'promote':
      return step.to === 'prod' ? /^refs\/(?:heads\/env\/prod|tags\/v\d+\.\d+\.\d+)$/ : /^refs\/heads\/env\/preprod$/;
    case 'rollback':
      return step.environment === 'prod'
        ? /^refs\/(?:heads\/env\/prod|tags\/v\d+\.\d+\.\d+)$/
        : new RegExp(`^refs/heads/env/${step.environment}$`);
    case 'release':
      return /^refs\/tags\/v\d+\.\d+\.\d+$/;
    case 'compose':
      return /^refs\/tags\/v\d+\.\d+\.\d+-rc\.\d+$/;
    default:
      return /^refs\/heads\/main$/;
  }
}

/** Checks what has to hold after any command, whatever happened before. */
async function check(world: World, step: Step, command: readonly string[], before: Refs): Promise<void> {
  const { code, stdout, stderr } = await runHere(world, [...command, '--json']);
  const what = `${command.join(' ')}\n${stdout}${stderr}`;
  const after = refsOf(world);
  const moved = [...new Set([...before.keys(), ...after.keys()])].filter((ref) => before.get(ref) !== after.get(ref));
  expect(stderr, what).not.toContain('INTERNAL');
  if (code !== 0) {
    expect(moved, what).toEqual([]);
    expect(JSON.parse(stdout), what).toHaveProperty('error.code');
    return;
  }
  expect(moved.length > 0, what).toBe((JSON.parse(stdout) as { changed: boolean }).changed);
  for (const ref of moved) {
    expect(ref, what).toMatch(mayMove(step));
    if (ref.startsWith('refs/tags/')) checkTag(world, ref, before, what);
    else checkBranch(world, step, ref, before, what);
  }
  checkResult(world, step, moved, before, what);
  // What is removed is unknown from then on.
  if (step.kind === 'service' && step.verb === 'remove') return;
  if (step.kind === 'rollback' && step.only.some((id) => !exists(world, `env/${step.environment}`, `apps/${id}`)))
    return;
  const again = await runHere(world, [...command, '--json']);
  expect(again, `${what}\nand again:\n${again.stdout}${again.stderr}`).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(again.stdout), `${what}\nand again:\n${again.stdout}`).toMatchObject({ changed: false });
  expect([...refsOf(world)], what).toEqual([...after]);
}

function exists(world: World, revision: string, path: string): boolean {
  return plumb(world, ['ls-tree', revision, path]) !== '';
}

/** A tag is new and annotated; a release's stands on the head of its branch. */
function checkTag(world: World, ref: string, before: Refs, what: string): void {
  expect(before.has(ref), what).toBe(false);
  expect(plumb(world, ['cat-file', '-t', ref]), what).toBe('tag');
  if (ref.includes('-rc.')) return;
  expect(plumb(world, ['rev-parse', `${ref}^{commit}`]), what).toBe(plumb(world, ['rev-parse', 'env/prod']));
}

/** A branch went forward, with one parent each, and to a reviewed state unless it was damaged before. */
function checkBranch(world: World, step: Step, ref: string, before: Refs, what: string): void {
  const old = before.get(ref) ?? '';
  const added = plumb(world, ['rev-list', '--parents', `^${old}`, ref]).split('\n');
  expect(
    added.filter((line) => line.split(' ').length !== 2),
    what,
  ).toEqual([]);
  expect(plumb(world, ['rev-parse', `${ref}~${added.length}`]), what).toBe(old);
  if (ref === 'refs/heads/main') return;
  // A rollback by name restores damage as well.
  if (step.kind === 'rollback' && step.back > 0 && step.only.length === 0) return;
  const isWhole = step.kind === 'update' || (step.kind === 'promote' && step.only.length === 0);
  if (isWhole || isReviewed(world, old)) expect(isReviewed(world, ref), what).toBe(true);
}

/** Checks what a command promises about the trees that it makes. */
function checkResult(world: World, step: Step, moved: readonly string[], before: Refs, what: string): void {
  const tree = (revision: string) => plumb(world, ['rev-parse', revision]);
  if (step.kind === 'update') expect(outside(world, `env/${step.environment}`), what).toBe(outside(world, 'main'));
  if (step.kind !== 'promote' || !moved.includes(`refs/heads/env/${step.to}`)) return;
  const [source, target] = [step.to === 'prod' ? 'env/preprod' : 'env/staging', `env/${step.to}`];
  if (step.only.length === 0) {
    expect(tree(`${target}^{tree}`), what).toBe(tree(`${source}^{tree}`));
    return;
  }
  const old = before.get(`refs/heads/${target}`) ?? '';
  const touched = plumb(world, ['diff-tree', '-r', '--name-only', old, target]).split('\n');
  expect(
    touched.filter((path) => !step.only.some((id) => path.startsWith(`apps/${id}/`))),
    what,
  ).toEqual([]);
  for (const id of step.only) expect(tree(`${target}:apps/${id}`), what).toBe(tree(`${source}:apps/${id}`));
}

describe(`on random histories (seed ${SEED})`, () => {
  it('every command moves the refs it should and no other, forward, to reviewed states, and once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 25, maxLength: 40 }), async (steps) => {
        const world = await deliveredWorld();
        for (const step of steps) {
          const before = refsOf(world);
          const command = commandOf(world, step);
          if (command === null) await doByHand(world, step);
          else await check(world, step, command, before);
          for (const report of [
            ['status', '--json'],
            ['log', 'prod', '--json'],
            ['diff', 'staging', 'prod', '--json'],
          ]) {
            const result = await runHere(world, report);
            expect(result, `${report.join(' ')} after ${JSON.stringify(step)}`).toMatchObject({ code: 0, stderr: '' });
          }
        }
        expect(plumb(world, ['fsck', '--strict', '--no-dangling'])).toBe('');
      }),
      parameters,
    );
  });
});
