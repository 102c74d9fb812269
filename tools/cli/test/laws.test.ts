import { cpSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitByHand, type Put, plumb } from './by-hand.ts';
import { deliveredWorld, pinning, SERVICES } from './delivery.ts';
import { runHere } from './in-process.ts';
import { sha, World } from './world.ts';

// SEED=<number> replays; another seed tries others.
const SEED = Number(process.env.SEED ?? 7);
const parameters = {
  seed: SEED,
  numRuns: Number(process.env.RUNS ?? 6),
  endOnFailure: true,
  includeErrorInReport: true,
};

interface Build {
  readonly id: string;
  readonly number: number;
  readonly branch: string;
  readonly files: Readonly<Record<string, string>> | null;
}

const fileName = fc.constantFrom('a.yaml', 'b.json', 'sub/c.yml', 'notes.txt', 'ünïcode.yaml', 'with space.yaml');
const object = fc
  .integer({ min: 0, max: 9 })
  .map((value) => `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x${value}"}}\n`);
const build = (id: string): fc.Arbitrary<Build> =>
  fc.record({
    id: fc.constant(id),
    number: fc.integer({ min: 2, max: 30 }),
    branch: fc.constantFrom('main', 'feature/x', 'no', '1e3'),
    files: fc.option(fc.dictionary(fileName, object, { minKeys: 1 }), { nil: null }),
  });

/** Pins a build in this process; a service whose manifests use no image is pinned without one. */
async function pin(world: World, { id, number, branch, files }: Build, name: string): Promise<void> {
  const deployment = `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"containers": [{"image": "ghcr.io/bank/${id}"}]}}\n`;
  const folder = files === null ? null : world.files(`k8s/${name}`, { 'deployment.json': deployment, ...files });
  const more = folder === null ? [] : ['--manifests', folder];
  await done(world, ...pinning(id, number, '--branch', branch, '--allow-downgrade', ...more));
}

async function done(world: World, ...args: readonly string[]): Promise<{ changed: boolean; tag: string | null }> {
  const { code, stdout, stderr } = await runHere(world, [...args, '--json']);
  expect(code, `${args.join(' ')}\n${stderr}`).toBe(0);
  return JSON.parse(stdout) as { changed: boolean; tag: string | null };
}

const treeOf = (world: World, revision: string) => plumb(world, ['rev-parse', `${revision}^{tree}`]);

describe(`the laws of the model (seed ${SEED})`, () => {
  it('pins of different services commute, and each alone is idempotent', async () => {
    const builds = fc
      .tuple(...SERVICES.map(build))
      .chain((all) => fc.tuple(fc.shuffledSubarray(all, { minLength: 3 }), fc.shuffledSubarray(all, { minLength: 3 })));
    await fc.assert(
      fc.asyncProperty(builds, async ([one, other]) => {
        const [here, there] = [await deliveredWorld(), new World()];
        cpSync(here.remote, there.remote, { recursive: true });
        for (const [world, order] of [
          [here, one],
          [there, other],
        ] as const) {
          for (const each of order) {
            await pin(world, each, each.id);
            const before = await world.refs();
            await pin(world, each, each.id);
            expect(await world.refs()).toBe(before);
          }
        }
        expect(treeOf(there, 'env/staging')).toBe(treeOf(here, 'env/staging'));
      }),
      parameters,
    );
  });

  it('a batch of pins makes the tree that they make one by one, and a batch again changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 2, max: 20 }), { minLength: 2, maxLength: 5 }),
        async (numbers) => {
          const [here, there] = [await deliveredWorld(), new World()];
          cpSync(here.remote, there.remote, { recursive: true });
          const pins = numbers.map((number, index) => ({ id: SERVICES[index % 3] ?? '', number }));
          for (const { id, number } of pins) await done(here, ...pinning(id, number, '--allow-downgrade'));
          const lines = pins.map(({ id, number }) => {
            const [, , , commit, , built] = pinning(id, number);
            return JSON.stringify({ id, commit, built, allowDowngrade: true });
          });
          const { code, stderr } = await runHere(there, ['pin', '--batch', '-'], { input: lines.join('\n') });
          expect(`${code} ${stderr}`).toBe('0 ');
          expect(treeOf(there, 'env/staging')).toBe(treeOf(here, 'env/staging'));
          expect(plumb(there, ['rev-list', '--count', 'env/staging'])).toBe(
            plumb(here, ['rev-list', '--count', 'env/staging']),
          );
        },
      ),
      parameters,
    );
  });

  it('an update heals any damage outside apps/, keeps apps/, and done again changes nothing', async () => {
    const path = fc.oneof(
      fc.constantFrom(
        'environments',
        'environments/prod',
        'environments/prod/kustomization.yaml',
        'environments/workspace.yaml',
        '.gitattributes',
        'README.md',
      ),
      fc.constantFrom(
        'environments/staging/payments',
        'environments/staging/risk',
        'environments/new/environment.yaml',
        'Apps/x',
        'apps2',
      ),
      fc
        .stringMatching(/^[a-z][a-z.]{0,8}\/[a-z]{1,5}$/)
        .filter((text) => !text.startsWith('apps/') && !text.includes('..')),
    );
    const put: fc.Arbitrary<Put> = fc.oneof(
      fc.constant(null),
      fc.string({ maxLength: 20 }),
      fc.constantFrom<Put>({ mode: '120000', content: '../x' }, { mode: '100755', content: 'x' }, { commit: sha(1) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('staging', 'preprod', 'prod'),
        fc.array(fc.tuple(path, put), { minLength: 1, maxLength: 4 }),
        async (environment, damages) => {
          const world = await deliveredWorld();
          const [branch, apps] = [`env/${environment}`, plumb(world, ['rev-parse', `env/${environment}:apps`])];
          const whole = treeOf(world, branch);
          for (const [at, what] of damages) {
            try {
              commitByHand(world, branch, { [at]: what });
            } catch {
              // A file cannot stand where a folder is: that damage is not done.
            }
          }
          const isDamaged = treeOf(world, branch) !== whole;
          expect(await done(world, 'update', environment)).toMatchObject({ changed: isDamaged });
          expect(treeOf(world, branch)).toBe(whole);
          expect(plumb(world, ['rev-parse', `${branch}:apps`])).toBe(apps);
          expect(await done(world, 'update', environment)).toMatchObject({ changed: false });
        },
      ),
      { ...parameters, numRuns: parameters.numRuns * 2 },
    );
  });

  it('a release and a rollback leave the tree as it was; back and forth by name is exact, with a higher patch each time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.constantFrom(...SERVICES), { minLength: 1 }), { minLength: 1, maxLength: 3 }),
        async (rounds) => {
          const world = await deliveredWorld();
          const releases = new Map([['v1.0.0', treeOf(world, 'env/prod')]]);
          for (const [index, services] of rounds.entries()) {
            for (const id of services) await done(world, ...pinning(id, index + 2));
            await done(world, 'promote', 'staging', '--to', 'preprod');
            const { tag } = await done(world, 'promote', 'preprod', '--to', 'prod');
            releases.set(tag ?? '', treeOf(world, 'env/prod'));
          }
          const all = [...releases];
          expect(await done(world, 'rollback', 'prod')).toMatchObject({ changed: true });
          expect(treeOf(world, 'env/prod')).toBe(all.at(-2)?.[1]);
          for (const [tag, tree] of all) {
            const { tag: made } = await done(world, 'rollback', 'prod', '--to', tag);
            expect(treeOf(world, 'env/prod')).toBe(tree);
            expect(treeOf(world, made ?? 'env/prod')).toBe(tree);
          }
          const tags = plumb(world, ['tag', '--list', '--sort=version:refname']).split('\n');
          expect(tags).toEqual(tags.map((_, index) => `v1.0.${index}`));
        },
      ),
      { ...parameters, numRuns: Math.ceil(parameters.numRuns / 2) },
    );
  });
});
