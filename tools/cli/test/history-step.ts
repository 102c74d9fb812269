import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { commitByHand, plumb } from './by-hand.ts';
import { builtAt, SERVICES } from './delivery.ts';
import { sha, type World } from './world.ts';

const ENVIRONMENTS = ['staging', 'preprod', 'prod'] as const;
type Name = (typeof ENVIRONMENTS)[number];

/** What happens next in a history: a command line, or something done by hand with plain Git. */
export type Step =
  | { readonly kind: 'pin'; readonly id: string; readonly build: number; readonly branch: string }
  | { readonly kind: 'update'; readonly environment: Name }
  | {
      readonly kind: 'promote';
      readonly to: 'preprod' | 'prod';
      readonly only: readonly string[];
      readonly noTag: boolean;
    }
  | { readonly kind: 'rollback'; readonly environment: Name; readonly only: readonly string[]; readonly back: number }
  | { readonly kind: 'release' | 'compose' }
  | { readonly kind: 'service'; readonly verb: 'add' | 'remove'; readonly id: string }
  | { readonly kind: 'review'; readonly environment: Name; readonly id: string; readonly value: number }
  | { readonly kind: 'revert'; readonly environment: Name; readonly back: number }
  | { readonly kind: 'damage'; readonly environment: Name; readonly path: string }
  | { readonly kind: 'hotfix'; readonly environment: Name; readonly id: string; readonly value: number };

const ids = fc.constantFrom(...SERVICES, 'cards');
const environments = fc.constantFrom(...ENVIRONMENTS);
const numbers = fc.integer({ min: 1, max: 40 });
const only = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.uniqueArray(ids, { minLength: 1, maxLength: 2 }) },
);
const damages = fc.constantFrom(
  'environments/prod/payments/kustomization.yaml',
  'environments/staging/kustomization.yaml',
  'environments/prod/environment.yaml',
  '.github/workflows/x.yaml',
  'README.md',
);

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('pin' as const),
      id: ids,
      build: numbers,
      branch: fc.constantFrom('main', 'main', 'main', 'feature'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('update' as const), environment: environments }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('promote' as const),
      to: fc.constantFrom('preprod', 'prod'),
      only,
      noTag: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('rollback' as const),
      environment: environments,
      only,
      back: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('release' as const, 'compose' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('service' as const),
      verb: fc.constantFrom('add', 'remove'),
      id: fc.constantFrom('cards', 'ledger'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('review' as const),
      environment: environments,
      id: fc.constantFrom(...SERVICES),
      value: numbers,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('revert' as const),
      environment: environments,
      back: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('damage' as const), environment: environments, path: damages }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('hotfix' as const),
      environment: environments,
      id: fc.constantFrom(...SERVICES),
      value: numbers,
    }),
  },
);

/** Returns the command line of a step, or null for what is done by hand. */
export function commandOf(world: World, step: Step): string[] | null {
  switch (step.kind) {
    case 'pin':
      return ['pin', step.id, '--commit', sha(step.build), '--branch', step.branch, '--built', builtAt(step.build)];
    case 'update':
      return ['update', step.environment];
    case 'promote':
      return [
        'promote',
        step.to === 'prod' ? 'preprod' : 'staging',
        '--to',
        step.to,
        ...flags(step.only),
        ...(step.noTag ? ['--no-tag'] : []),
      ];
    case 'rollback': {
      const to =
        step.back === 0
          ? []
          : [
              '--to',
              plumb(world, [
                'rev-list',
                '--first-parent',
                `--skip=${step.back}`,
                '--max-count=1',
                `env/${step.environment}`,
              ]),
            ];
      return ['rollback', step.environment, ...(to[1] === '' ? [] : to), ...flags(step.only)];
    }
    case 'release':
    case 'compose':
      return [step.kind];
    case 'service':
      return ['service', step.verb, step.id, ...(step.verb === 'add' ? ['--image', `ghcr.io/bank/${step.id}`] : [])];
    default:
      return null;
  }
}

const flags = (only: readonly string[]) => only.flatMap((id) => ['--only', id]);

/** Does by hand what a step says. */
export async function doByHand(world: World, step: Step): Promise<void> {
  if (step.kind === 'review') {
    commitByHand(world, 'main', {
      [`environments/${step.environment}/${step.id}/extra.yaml`]: `value: ${step.value}\n`,
    });
  } else if (step.kind === 'damage') {
    commitByHand(world, `env/${step.environment}`, { [step.path]: 'damaged: true\n' });
  } else if (step.kind === 'hotfix') {
    commitByHand(world, `env/${step.environment}`, { [`apps/${step.id}/manifests/hotfix.txt`]: `${step.value}\n` });
  } else if (step.kind === 'revert') {
    await revert(world, `env/${step.environment}`, step.back);
  }
}

/** Reverts the commit so many before the head of a branch, bare; nothing when there is none or Git sees a conflict. */
async function revert(world: World, branch: string, back: number): Promise<void> {
  const [undone = ''] = plumb(world, ['rev-list', '--first-parent', '--min-parents=1', branch]).split('\n').slice(back);
  if (undone === '') return;
  const checkout = join(world.root, 'by-hand');
  if (!existsSync(checkout)) await world.git(world.root, 'clone', '--quiet', world.remote, checkout);
  await world.git(checkout, 'fetch', '--quiet');
  await world.git(checkout, 'checkout', '--quiet', '--force', '--detach', `origin/${branch}`);
  try {
    await world.git(checkout, 'revert', '--no-edit', undone);
  } catch {
    // A conflict, or nothing left to undo: a person would give it up as well.
    await world.git(checkout, 'revert', '--quit');
    return;
  }
  await world.git(checkout, 'push', '--quiet', 'origin', `HEAD:${branch}`);
}
