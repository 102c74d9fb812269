import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatService, parseService, servicePath } from './service.ts';

const HEAD = 'apiVersion: eleventh.dev/v1alpha1\nkind: Service\nmetadata:\n  name: payments\n';

describe('parseService', () => {
  it('returns what people say of a service', () => {
    const text = `${HEAD}spec:
  owner: team-payments
  source: https://github.com/acme/payments
  images: [ghcr.io/acme/payments, ghcr.io/acme/worker]
  manifests: workspace
  requires: {ledger: ">=2.1 <3"}
`;
    expect(parseService('payments', text)).toEqual({
      id: 'payments',
      owner: 'team-payments',
      source: 'https://github.com/acme/payments',
      images: ['ghcr.io/acme/payments', 'ghcr.io/acme/worker'],
      manifests: 'workspace',
      requires: { ledger: '>=2.1 <3' },
      fields: [],
    });
  });

  it('takes a service without images, whose CI owns the manifests, for the least', () => {
    expect(parseService('topics', `${HEAD}spec: {}\n`)).toEqual({
      id: 'topics',
      owner: undefined,
      source: undefined,
      images: [],
      manifests: 'ci',
      requires: {},
      fields: [],
    });
  });

  it('reads where a build goes besides images', () => {
    const spec = `spec:
  images: [ghcr.io/acme/payments]
  fields:
    - {kind: HelmRelease, name: payments, path: spec.values.image.tag, value: tag}
    - {path: 'image\\.v1.tag', value: version}
`;
    expect(parseService('payments', `${HEAD}${spec}`).fields).toEqual([
      { kind: 'HelmRelease', name: 'payments', path: 'spec.values.image.tag', value: 'tag' },
      { path: 'image\\.v1.tag', value: 'version' },
    ]);
  });

  it.each([
    ['{path: a.b, value: tag}', 'spec.fields is not valid: a.b has to name one of its images'],
    ['{path: a.b, value: tag, image: x}', 'spec.fields is not valid: a.b is about x, which is none of its images'],
    ['{path: a..b, value: commit}', 'spec.fields.0.path is not valid: keys between dots, as spec.values.image.tag'],
    ['{path: "", value: commit}', 'spec.fields.0.path is not valid: not a path'],
    ['{path: a, value: sha}', expect.stringContaining('spec.fields.0.value is not valid')],
    ['{path: a, value: commit, name: b}', 'spec.fields.0 is not valid: a name needs the kind of the object'],
    ['{path: a, value: commit, kind: "Helm.*"}', 'spec.fields.0.kind is not valid: not the kind of an object'],
    ['{path: a, value: commit, kind: A, name: "*"}', 'spec.fields.0.name is not valid: not the name of an object'],
  ])('refuses the field %s', (field, problem) => {
    const message = typeof problem === 'string' ? `apps/payments/service.yaml: ${problem}.` : problem;
    expect(() => parseService('payments', `${HEAD}spec:\n  fields:\n    - ${field}\n`)).toThrowError(
      expect.objectContaining({ code: 'INVALID_FILE', exitCode: 3, message }),
    );
  });

  it.each([
    ['images: [ghcr.io/acme/payments:1]', 'spec.images.0 is not valid: an image repository has neither tag nor digest'],
    ['images: ghcr.io/acme/payments', 'spec.images is not valid: Expected Array but received "ghcr.io/acme/payments"'],
    ['manifests: nobody', 'spec.manifests is not valid: Expected ("ci" | "workspace") but received "nobody"'],
    ['requires: {ledger: soon}', 'spec.requires.ledger is not valid: not a SemVer range'],
    ['requires: {ledger: 2}', 'spec.requires.ledger is not valid: Expected string but received 2'],
    ['requires: {Ledger: "*"}', 'spec.requires.Ledger is not valid: not a service id'],
    ['requires: {ledger/manifests: "*"}', 'spec.requires.ledger/manifests is not valid: not a service id'],
    [
      'requires: {prototype: "*"}',
      'spec.requires is not valid: a service called constructor or prototype cannot be required',
    ],
    ['requires: [ledger]', 'spec.requires.0 is not valid: not a SemVer range'],
    ['image: [a]', 'spec.image is not a known field'],
  ])('refuses %s', (line, problem) => {
    expect(() => parseService('payments', `${HEAD}spec:\n  ${line}\n`)).toThrowError(
      expect.objectContaining({
        code: 'INVALID_FILE',
        exitCode: 3,
        message: `apps/payments/service.yaml: ${problem}.`,
        hint: expect.stringMatching(/See apps\/payments\/service\.yaml:6$/),
      }),
    );
  });
});

describe('formatService', () => {
  it('writes the file that people go on from', () => {
    const service = {
      id: 'risk/fraud',
      owner: 'team-risk',
      source: 'https://github.com/acme/fraud',
      images: ['ghcr.io/acme/fraud'],
    };
    expect(formatService(service)).toMatchInlineSnapshot(`
      "apiVersion: eleventh.dev/v1alpha1
      kind: Service
      metadata:
        name: risk/fraud
      spec:
        owner: "team-risk"
        source: "https://github.com/acme/fraud"
        images:
          - ghcr.io/acme/fraud
        manifests: ci
      "
    `);
    expect(formatService({ id: 'topics', images: [] })).toMatchInlineSnapshot(`
      "apiVersion: eleventh.dev/v1alpha1
      kind: Service
      metadata:
        name: topics
      spec:
        manifests: ci
      "
    `);
    expect(servicePath('risk/fraud')).toBe('apps/risk/fraud/service.yaml');
  });

  it('writes what is read back, whatever the words', () => {
    const words = fc.oneof(
      fc.constantFrom('no', 'on', 'y', '1e3', 'null', '"', "'", '# a', 'a: b'),
      fc.string({ unit: 'binary' }),
    );
    const service = fc.record({
      id: fc.constantFrom('payments', 'no', '123', '1e3', 'null', 'true/y'),
      owner: fc.option(words, { nil: undefined }),
      source: fc.option(words, { nil: undefined }),
      images: fc.array(fc.constantFrom('ghcr.io/acme/payments', 'localhost:5000/a', '123', 'no', '1e3')),
    });
    fc.assert(
      fc.property(service, (given) => {
        expect(parseService(given.id, formatService(given))).toEqual({
          ...given,
          manifests: 'ci',
          requires: {},
          fields: [],
        });
      }),
    );
  });
});
