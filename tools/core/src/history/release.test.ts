import fc from 'fast-check';
import { gt } from 'semver';
import { describe, expect, it } from 'vitest';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import type { Environment } from '../files/environment.ts';
import { formatPin, type Pin } from '../files/pin.ts';
import type { Bump } from '../names/version.ts';
import {
  bumpFor,
  candidates,
  type Release,
  releases,
  releasesOn,
  releaseTag,
  releaseVersion,
  type ServiceChange,
  serviceChanges,
  tagsAt,
} from './release.ts';
import type { Commit, View } from './snapshot.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

/** Returns a change of a service from one version to another; null where it is absent, `''` for a build without one. */
function change(from: string | null, to: string | null): ServiceChange {
  const pin = (version: string | null): Pin | null =>
    version === null
      ? null
      : { commit: A, branch: 'main', resources: [], images: [], version: version === '' ? undefined : version };
  return {
    id: 'payments',
    from: from === null ? null : A,
    to: to === null ? null : B,
    before: pin(from),
    after: pin(to),
  };
}

function release(version: string): Release {
  return { tag: `v${version}`, version, commit: A };
}

describe('bumpFor', () => {
  it.each<[string | null, string | null, Bump]>([
    ['1.0.0', null, 'major'],
    ['', null, 'major'],
    [null, '9.0.0', 'minor'],
    [null, '', 'minor'],
    ['1.9.9', '2.0.0', 'major'],
    ['0.9.0', '1.0.0', 'major'],
    ['1.0.0', '3.1.0', 'major'],
    ['1.0.0', '1.1.0', 'minor'],
    ['1.0.0', '1.1.0-rc.1', 'minor'],
    ['1.0.0', '1.0.1', 'patch'],
    ['1.0.0', '1.0.0', 'patch'],
    ['1.1.0-rc.1', '1.1.0', 'patch'],
    ['2.0.0', '1.9.0', 'patch'],
    ['1.2.0', '1.1.0', 'patch'],
    ['', '2.0.0', 'patch'],
    ['2.0.0', '', 'patch'],
    ['', '', 'patch'],
  ])('from %j to %j is %s', (from, to, bump) => {
    expect(bumpFor([change(from, to)])).toBe(bump);
  });

  it('is the highest of all, in any order, and a patch for none', () => {
    expect(bumpFor([])).toBe('patch');
    const versions = fc.constantFrom(null, '', '1.0.0', '1.0.1', '1.1.0', '2.0.0');
    const one = fc.tuple(versions, versions).filter(([from, to]) => from !== null || to !== null);
    const order: readonly Bump[] = ['patch', 'minor', 'major'];
    fc.assert(
      fc.property(fc.array(one), (pairs) => {
        const each = pairs.map(([from, to]) => order.indexOf(bumpFor([change(from, to)])));
        expect(bumpFor(pairs.map(([from, to]) => change(from, to)))).toBe(order[Math.max(0, ...each)]);
      }),
    );
  });
});

describe('releaseVersion', () => {
  const EXISTING = [release('1.4.2'), release('1.10.0'), release('1.9.9')];

  it('begins at 1.0.0', () => {
    expect(releaseVersion([], {}, [change(null, '5.0.0')], false)).toBe('1.0.0');
  });

  it.each<[string | null, string | null, string]>([
    ['1.0.0', null, '2.0.0'],
    [null, '1.0.0', '1.11.0'],
    ['1.0.0', '1.0.1', '1.10.1'],
  ])('goes on from the highest release by what changed: %j to %j is %s', (from, to, version) => {
    expect(releaseVersion(EXISTING, {}, [change(from, to)], false)).toBe(version);
  });

  it('is a patch for a tree that was released before, even when that removes a service', () => {
    expect(releaseVersion(EXISTING, {}, [change('1.0.0', null)], true)).toBe('1.10.1');
  });

  it('is what a person asks for', () => {
    expect(releaseVersion(EXISTING, { bump: 'major' }, [], false)).toBe('2.0.0');
    expect(releaseVersion(EXISTING, { version: 'v1.12.0' }, [], false)).toBe('1.12.0');
    expect(releaseVersion(EXISTING, { version: '1.12.0', bump: 'patch' }, [], true)).toBe('1.12.0');
    expect(releaseVersion([], { version: '0.0.1' }, [], false)).toBe('0.0.1');
  });

  it.each([
    [
      '1.10.0',
      'VERSION_NOT_HIGHER',
      '1.10.0 is not above 1.10.0, the highest release there is: agents deploy the highest tag.',
      '--version 1.10.1',
    ],
    [
      '1.4.3',
      'VERSION_NOT_HIGHER',
      '1.4.3 is not above 1.10.0, the highest release there is: agents deploy the highest tag.',
      '--version 1.10.1',
    ],
    ['2.0.0-rc.1', 'BAD_VERSION', '2.0.0-rc.1 is a pre-release; a release has three numbers.', '--version 2.0.0'],
    [
      '2.0',
      'BAD_VERSION',
      '"2.0" is not a SemVer version.',
      'Write three numbers, such as 2.3.1 (https://semver.org).',
    ],
  ])('refuses %s', (version, code, message, hint) => {
    expect(() => releaseVersion(EXISTING, { version }, [], false)).toThrowError(
      expect.objectContaining({ code, message, hint, exitCode: 2 }),
    );
  });

  it('is above every release there is, whatever changed', () => {
    const number = fc.nat({ max: 20 });
    const version = fc.tuple(number, number, number).map((numbers) => numbers.join('.'));
    const pair = fc.constantFrom(
      change(null, ''),
      change('', null),
      change('1.0.0', '1.1.0'),
      change('1.0.0', '1.0.0'),
    );
    fc.assert(
      fc.property(fc.array(version), fc.array(pair), fc.boolean(), (versions, changes, isKnownTree) => {
        const next = releaseVersion(versions.map(release), {}, changes, isKnownTree);
        for (const other of versions) expect(gt(next, other)).toBe(true);
      }),
    );
  });
});

describe('serviceChanges', () => {
  const pinned = (version: string) => formatPin({ commit: A, branch: 'main', resources: [], images: [], version });
  const before = new MemorySnapshot({
    'apps/accounts/kustomization.yaml': pinned('1.0.0'),
    'apps/payments/kustomization.yaml': pinned('1.0.0'),
    'apps/risk/fraud/kustomization.yaml': pinned('1.0.0'),
    'apps/web/kustomization.yaml': 'broken: [\n',
  });

  it('are the services that differ, with what ran before and after', async () => {
    const after = await before.with([
      { path: 'apps/payments/kustomization.yaml', put: { file: pinned('1.1.0') } },
      { path: 'apps/risk', put: null },
      { path: 'apps/ledger/kustomization.yaml', put: { file: pinned('2.0.0') } },
      { path: 'apps/web/kustomization.yaml', put: { file: pinned('3.0.0') } },
    ]);
    const changes = await serviceChanges(before, after);
    expect(changes.map(({ id, before, after }) => [id, before?.version ?? null, after?.version ?? null])).toEqual([
      ['ledger', null, '2.0.0'],
      ['payments', '1.0.0', '1.1.0'],
      ['risk/fraud', '1.0.0', null],
      ['web', null, '3.0.0'],
    ]);
    expect(changes.map(({ from, to }) => [from !== null, to !== null])).toEqual([
      [false, true],
      [true, true],
      [true, false],
      [true, true],
    ]);
    expect(await serviceChanges(after, after)).toEqual([]);
  });

  it('fail for a pin that cannot be read at all', async () => {
    const after = await before.with([{ path: 'apps/web/kustomization.yaml', put: { file: new Uint8Array([0xff]) } }]);
    await expect(serviceChanges(before, after)).rejects.toMatchObject({ code: 'NOT_UTF8' });
  });
});

describe('tags', () => {
  const prod: Environment = {
    name: 'prod',
    branch: 'env/prod',
    from: ['preprod'],
    policy: { digests: 'optional' },
    release: { tag: 'v{version}' },
  };
  const names: Readonly<Record<string, string>> = {
    'v1.0.0': A,
    'v1.10.0': B,
    'v1.9.0': A,
    'v2.0.0-rc.1': B,
    'eu-v9.0.0': B,
    v3: B,
    'vv4.0.0': B,
    latest: A,
  };
  const tags = new Map(Object.entries(names).map(([tag, commit]) => [tag, { oid: commit, commit }]));
  const view = { refs: { head: 'main', branches: new Map(), tags } } as unknown as View;

  it('name the releases of an environment, highest first', () => {
    expect(releases(view, prod)).toEqual([
      { tag: 'v1.10.0', version: '1.10.0', commit: B },
      { tag: 'v1.9.0', version: '1.9.0', commit: A },
      { tag: 'v1.0.0', version: '1.0.0', commit: A },
    ]);
    expect(releases(view, { ...prod, release: { tag: 'eu-v{version}' } }).map(({ tag }) => tag)).toEqual(['eu-v9.0.0']);
    expect(releases(view, { ...prod, release: undefined })).toEqual([]);
  });

  it('are found along a line of history, the highest of each commit, newest commit first', async () => {
    const line = async function* (): AsyncIterable<Commit> {
      for (const oid of ['c'.repeat(40), A, 'd'.repeat(40), B]) yield { oid } as Commit;
    };
    const found = async (limit?: number) =>
      (await releasesOn(view, prod, line(), limit)).map(({ release, commit }) => [release.tag, commit.oid]);
    expect(await found()).toEqual([
      ['v1.9.0', A],
      ['v1.10.0', B],
    ]);
    expect(await found(1)).toEqual([['v1.9.0', A]]);
    expect(await releasesOn(view, { ...prod, release: undefined }, line())).toEqual([]);
  });

  it('stand at a commit', () => {
    expect(tagsAt(view, prod, A)).toEqual(['v1.9.0', 'v1.0.0']);
    expect(tagsAt(view, prod, 'c'.repeat(40))).toEqual([]);
  });

  it('name the candidates', () => {
    expect(candidates(view, 'v{version}')).toEqual([{ tag: 'v2.0.0-rc.1', version: '2.0.0-rc.1', commit: B }]);
  });

  it('are made in the form of their environment', () => {
    expect(releaseTag(prod, '1.2.3')).toBe('v1.2.3');
    expect(releaseTag({ ...prod, release: { tag: 'eu/{version}' } }, '1.2.3')).toBe('eu/1.2.3');
  });
});
