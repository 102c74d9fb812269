import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { build, hasKubectl } from '../../test/kustomize.ts';
import {
  checkPlaces,
  fieldKeys,
  formatValues,
  type PinnedField,
  parseValues,
  pinnedFields,
  type ServiceField,
} from './build-field.ts';
import { formatPin } from './pin.ts';

const COMMIT = '3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192';
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const IMAGE = { name: 'ghcr.io/acme/payments', repository: 'ghcr.io/acme/payments', tag: '2.3.1', digest: DIGEST };
const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: payments}
spec:
  chart: {spec: {chart: payments}}
  values:
    image: {repository: ghcr.io/acme/payments}
    sidecars: [{name: a, tag: x}, {name: b, tag: x}]
`;
const SERVICE = { id: 'payments', images: [IMAGE.repository] };
const files = (text: string, name = 'release.yaml') => new Map([[name, new TextEncoder().encode(text)]]);

describe('pinnedFields', () => {
  it('returns what of the build goes into each field', () => {
    const values = ['tag', 'digest', 'repository', 'reference', 'commit', 'version'] as const;
    const fields: ServiceField[] = values.map((value) => ({
      kind: 'HelmRelease',
      path: `spec.values.${value}`,
      value,
    }));
    const put = pinnedFields({ ...SERVICE, fields }, { commit: COMMIT, version: '2.3.1', images: [IMAGE] });
    expect(put.map(({ value }) => value)).toEqual([
      '2.3.1',
      DIGEST,
      'ghcr.io/acme/payments',
      `ghcr.io/acme/payments:2.3.1@${DIGEST}`,
      COMMIT,
      '2.3.1',
    ]);
    expect(put[0]?.keys).toEqual(['spec', 'values', 'tag']);
  });

  it.each([
    ['digest', '--image <repository>:<tag>@sha256:…'],
    ['version', '--version <SemVer>'],
  ] as const)('refuses a build without the %s that it needs', (value, hint) => {
    const image = { ...IMAGE, digest: undefined };
    expect(() =>
      pinnedFields({ ...SERVICE, fields: [{ path: 'image.it', value }] }, { commit: COMMIT, images: [image] }),
    ).toThrowError(
      expect.objectContaining({
        code: 'FIELD_WITHOUT_VALUE',
        exitCode: 3,
        message: `The build of payments has no ${value}, which goes to image.it.`,
        hint,
      }),
    );
  });
});

describe('fieldKeys', () => {
  it('takes dots apart, but those that are escaped', () => {
    expect(fieldKeys('spec.values.image\\.v1.tag')).toEqual(['spec', 'values', 'image.v1', 'tag']);
  });
});

describe('checkPlaces', () => {
  const field = (path: string, kind: string | undefined = 'HelmRelease', name?: string): PinnedField => ({
    ...{ kind, name, keys: fieldKeys(path), value: 'x' },
  });

  it.each(['spec.values.image.tag', 'spec.values.sidecars.1.tag', 'spec.values.new'])(
    'finds a place for %s',
    (path) => {
      expect(() => checkPlaces('payments', [field(path, 'HelmRelease', 'payments')], files(RELEASE))).not.toThrow();
    },
  );

  it.each([
    ['spec.values.images.tag', 'HelmRelease', undefined, 'no HelmRelease that could hold it'],
    ['spec.values.sidecars.2', 'HelmRelease', undefined, 'no HelmRelease that could hold it'],
    ['spec.values.image.tag', 'HelmRelease', 'ledger', 'no HelmRelease ledger that could hold it'],
    ['spec.values.image.tag', 'Application', undefined, 'no Application that could hold it'],
  ])('refuses %s of %s %s', (path, kind, name, where) => {
    expect(() => checkPlaces('payments', [field(path, kind, name)], files(RELEASE))).toThrowError(
      expect.objectContaining({
        code: 'FIELD_UNUSED',
        exitCode: 3,
        message: `The pin of payments has to go to ${path}, and its manifests have ${where}.`,
      }),
    );
  });

  it('refuses the values of a chart where there is none', () => {
    const values = { keys: ['image', 'tag'], value: 'x' };
    expect(() => checkPlaces('payments', [values], files(RELEASE))).toThrowError(/its manifests have no Chart\.yaml/);
    expect(() => checkPlaces('payments', [values], files('name: payments\n', 'Chart.yaml'))).not.toThrow();
  });
});

describe('formatValues', () => {
  const KEY = fc.oneof(
    fc.constantFrom('image', 'a.b', 'a b', 'no', '1', '"', ':'),
    fc.string({ unit: 'binary', minLength: 1 }),
  );
  const FIELD = fc.record({
    keys: fc.array(KEY, { minLength: 1, maxLength: 3 }),
    value: fc.oneof(fc.constantFrom('no', '1e3', '', '"', 'a: b'), fc.string({ unit: 'binary' })),
  });

  it('writes one map of all values', () => {
    expect(
      formatValues([
        { keys: ['image', 'repository'], value: 'ghcr.io/acme/payments' },
        { keys: ['image', 'tag'], value: '2.3.1' },
        { kind: 'HelmRelease', keys: ['spec'], value: 'elsewhere' },
      ]),
    ).toBe('image:\n  repository: "ghcr.io/acme/payments"\n  tag: "2.3.1"\n');
    expect(formatValues([{ kind: 'HelmRelease', keys: ['spec'], value: 'elsewhere' }])).toBeNull();
  });

  it('writes what is read back, by us and by any reader of YAML', () => {
    fc.assert(
      fc.property(FIELD, (field) => {
        const text = formatValues([field]) ?? '';
        expect(parseValues(text)).toEqual([field]);
        const expected = field.keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), field.value);
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(expected));
      }),
    );
  });

  it('takes nothing else for values', () => {
    for (const text of ['image: {tag: "1"}\n', 'image:\n    tag: "1"\n', 'tag: 1\n', '# x\ntag: "1"\n', 'tag: "1"', ''])
      expect(parseValues(text), text).toBeNull();
  });
});

describe.skipIf(!hasKubectl)('what kustomize makes of it', () => {
  it.each([
    ['spec.values.image.tag', (release: Release) => release.spec.values.image.tag],
    ['spec.values.image.repository', (release: Release) => release.spec.values.image.repository],
    ['spec.values.sidecars.1.tag', (release: Release) => release.spec.values.sidecars[1]?.tag],
    ['spec.values.a/b~c', (release: Release) => release.spec.values['a/b~c']],
  ])('puts the build to %s, and nothing else', async (path, found) => {
    const fields = [{ kind: 'HelmRelease', name: 'payments', keys: fieldKeys(path), value: '1e3' }];
    const pin = { commit: COMMIT, branch: 'main', resources: ['release.yaml'], images: [IMAGE], fields };
    const folder = (pinned: typeof pin | Omit<typeof pin, 'fields'>) =>
      build({ 'kustomization.yaml': formatPin(pinned), 'release.yaml': RELEASE }, '.');
    const { fields: _, ...unpatched } = pin;
    const [[patched], [before]] = (await Promise.all([folder(pin), folder(unpatched)])) as [Release[], Release[]];
    expect(found(patched as Release)).toBe('1e3');
    const count = (release: unknown) => JSON.stringify(release).split('1e3').length - 1;
    expect([count(patched), count(before)]).toEqual([1, 0]);
  });

  it('renders nothing of a chart, and does not complain', async () => {
    const pin = formatPin({ commit: COMMIT, branch: 'main', resources: [], images: [IMAGE] });
    expect(await build({ 'kustomization.yaml': pin }, '.')).toEqual([]);
  });
});

interface Release {
  readonly spec: {
    readonly values: {
      readonly [key: string]: unknown;
      readonly image: { readonly tag?: string; readonly repository: string };
      readonly sidecars: readonly { readonly tag: string }[];
    };
  };
}
