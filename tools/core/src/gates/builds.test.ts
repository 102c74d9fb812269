import { describe, expect, it } from 'vitest';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import type { Policy } from '../files/policy.ts';
import type { ServiceId } from '../names/names.ts';
import { buildGatesOf, enforce, mayEnter as mayAllEnter } from './gates.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

function environment(policy: Policy): Environment {
  return { name: 'prod', branch: 'env/prod', from: ['preprod'], policy };
}

function pin(branch: string, ...images: { repository: string; digest?: string }[]): Pin {
  const pinned = images.map(({ repository, digest }) => ({ name: repository, repository, tag: '1', digest }));
  return { commit: 'abcdef0'.padEnd(40, '0'), branch, resources: [], images: pinned };
}

/** Nothing is known of any build, and nothing but the builds is looked at. */
function entry(environment: Environment, entering: ReadonlyMap<ServiceId, Pin>) {
  const evidence = new Evidence(new MemorySnapshot({}));
  return { environment, entering, evidence, now: 0, view: undefined as never, workspace: undefined as never };
}

const gates = (environment: Environment, entering: ReadonlyMap<ServiceId, Pin>) =>
  buildGatesOf(entry(environment, entering));
const mayEnter = (environment: Environment, id: ServiceId, one: Pin) =>
  mayAllEnter(entry(environment, new Map([[id, one]])));

const STRICT = environment({ serviceBranches: ['main', 'release/*'], digests: 'required' });
const OPEN = environment({ digests: 'optional' });

describe('gates', () => {
  it('are as many as the policy has rules', async () => {
    expect(await gates(OPEN, new Map())).toEqual([]);
    expect((await gates(STRICT, new Map())).map(({ rule }) => rule)).toEqual(['serviceBranches', 'digests']);
  });

  it('pass what is allowed', async () => {
    const entering = new Map([
      ['payments', pin('main', { repository: 'a', digest: DIGEST })],
      ['ledger', pin('release/2.1', { repository: 'a', digest: DIGEST })],
      ['topics', pin('main')],
    ]);
    expect((await gates(STRICT, entering)).every(({ passes, refused }) => passes && refused.length === 0)).toBe(true);
    for (const [id, one] of entering) expect(await mayEnter(STRICT, id, one)).toBe(true);
  });

  it.each([
    ['feature/x', 'abcdef0 was built from feature/x'],
    ['release/2.1/fix', 'abcdef0 was built from release/2.1/fix'],
    ['Main', 'abcdef0 was built from Main'],
    ['', 'abcdef0 was built from an unknown branch'],
  ])('keep out a build of the branch %j', async (branch, reason) => {
    const policy = environment({ serviceBranches: ['main', 'release/*'], digests: 'optional' });
    expect(await gates(policy, new Map([['payments', pin(branch)]]))).toMatchObject([
      { rule: 'serviceBranches', passes: false, refused: [{ service: 'payments', reason }] },
    ]);
    expect(await mayEnter(policy, 'payments', pin(branch))).toBe(false);
    expect(await mayEnter(OPEN, 'payments', pin(branch))).toBe(true);
  });

  it('keep out everything when no branch is allowed', async () => {
    expect(await mayEnter(environment({ serviceBranches: [], digests: 'optional' }), 'payments', pin('main'))).toBe(
      false,
    );
  });

  it('keep out a build one of whose images has no digest', async () => {
    const one = pin('main', { repository: 'a', digest: DIGEST }, { repository: 'b' });
    expect(await gates(environment({ digests: 'required' }), new Map([['payments', one]]))).toMatchObject([
      { rule: 'digests', passes: false, refused: [{ service: 'payments', reason: 'b:1 has no digest' }] },
    ]);
  });
});

describe('enforce', () => {
  it('lists every build that any rule keeps out, once with the ways on', async () => {
    const entering = new Map([
      ['accounts', pin('main', { repository: 'a', digest: DIGEST })],
      ['payments', pin('feature/x', { repository: 'ghcr.io/acme/payments' })],
      ['web', pin('feature/y', { repository: 'ghcr.io/acme/web', digest: DIGEST })],
    ]);
    const asked: string[][] = [];
    const checked = await gates(STRICT, entering);
    const check = () =>
      enforce(STRICT, checked, (services) => {
        asked.push(services);
        return `eleventh compose ${services.map((id) => `--without ${id}`).join(' ')}`;
      });
    expect(check).toThrowError(
      expect.objectContaining({
        code: 'POLICY_REFUSED',
        exitCode: 3,
        message:
          'prod takes builds of main, release/* only, which keeps out payments (abcdef0 was built from feature/x), web (abcdef0 was built from feature/y); prod takes images with a digest only, which keeps out payments (ghcr.io/acme/payments:1 has no digest).',
        hint: 'eleventh compose --without payments --without web',
        details: { environment: 'prod', gates: checked },
      }),
    );
    expect(asked).toEqual([['payments', 'web']]);
  });

  it('says nothing when all pass', async () => {
    const checked = await gates(STRICT, new Map());
    expect(() => enforce(STRICT, checked, () => expect.unreachable())).not.toThrow();
  });
});
