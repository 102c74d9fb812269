import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { build, hasKubectl } from '../../test/kustomize.ts';
import { isMap } from './field-name.ts';
import { formatPin, formatUnpinned, type Pin, parsePin, pinnedReference } from './pin.ts';

const COMMIT = '3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192';
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

const PIN: Pin = {
  commit: COMMIT,
  branch: 'main',
  source: 'https://github.com/acme/payments',
  built: '2026-11-20T09:12:44Z',
  version: '2.3.1',
  resources: ['manifests/deployment.yaml', 'manifests/service.yaml'],
  images: [{ name: 'payments', repository: 'ghcr.io/acme/payments', tag: COMMIT, digest: DIGEST }],
};

/** Words that one reader of YAML or another takes for something else than a text. */
const NASTY = [
  'no',
  'on',
  'y',
  '~',
  '1e3',
  '0x1f',
  '012',
  '1:20',
  '1_000',
  '.inf',
  '',
  ' ',
  ' a ',
  '"',
  "'",
  '\\',
  '# a',
  'a: b',
  '- a',
  '*a',
  '&a',
  '!!binary YQ==',
  '{a: b}',
  '[a',
  '%a',
  '@a',
  '`a',
  '|',
  '>',
  '---',
  '...',
  '<<',
  '=',
  'null',
  '2026-11-20',
  '9'.repeat(40),
  'ü',
  '😀',
  '\t',
  'a\nb',
  'a\r\nb',
  '\u0085',
  '\u2028',
  '\ufeff',
  '$A',
];
const TEXT = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
const ANY_PIN = fc.record<Pin>({
  commit: fc.oneof(fc.stringMatching(/^[0-9a-f]{40}$/), fc.stringMatching(/^[0-9]{40}$/)),
  branch: TEXT,
  source: fc.option(TEXT, { nil: undefined }),
  built: fc.option(TEXT, { nil: undefined }),
  version: fc.option(fc.constantFrom('0.0.0', '2.3.1', '1.0.0-rc.1', '1.0.0-0a.1e3'), { nil: undefined }),
  resources: fc.array(
    fc.oneof(
      TEXT,
      TEXT.map((name) => `manifests/${name}`),
    ),
    { maxLength: 4 },
  ),
  images: fc.array(
    fc.record({ name: TEXT, repository: TEXT, tag: TEXT, digest: fc.option(TEXT, { nil: undefined }) }),
    { maxLength: 3 },
  ),
  fields: fc.option(
    fc.array(
      fc.record({
        kind: fc.constantFrom('HelmRelease', 'Application'),
        name: fc.option(fc.constantFrom('payments', 'pay.ments'), { nil: undefined }),
        keys: fc.array(fc.oneof(TEXT, fc.constantFrom('a/b', 'a~1', '0', 'values')), { minLength: 1, maxLength: 4 }),
        value: TEXT,
      }),
      { minLength: 1, maxLength: 3 },
    ),
    { nil: undefined },
  ),
});

describe('formatPin', () => {
  it('writes what kustomize and people read', () => {
    expect(formatPin(PIN)).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/deployment.yaml
        - manifests/service.yaml
      images:
        - name: "payments"
          newName: "ghcr.io/acme/payments"
          newTag: "3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192"
          digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      commonAnnotations:
        eleventh.dev/commit: "3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192"
        eleventh.dev/branch: "main"
        eleventh.dev/source: "https://github.com/acme/payments"
        eleventh.dev/built: "2026-11-20T09:12:44Z"
        eleventh.dev/version: "2.3.1"
      "
    `);
  });

  it('writes the least for a service without images', () => {
    const pin: Pin = { commit: COMMIT, branch: 'main', resources: ['manifests'], images: [] };
    expect(formatPin(pin)).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests
      commonAnnotations:
        eleventh.dev/commit: "3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192"
        eleventh.dev/branch: "main"
      "
    `);
    expect(parsePin('topics', formatPin(pin))).toEqual(pin);
  });

  it('writes what is read back, whatever the words', () => {
    fc.assert(
      fc.property(ANY_PIN, (pin) => {
        expect(parsePin('payments', formatPin(pin))).toEqual(pin);
        expect(formatPin(parsePin('payments', formatPin(pin))!)).toBe(formatPin(pin));
      }),
      { numRuns: 500 },
    );
  });
});

/** A comment that says nothing: only a reader of YAML takes a pin that has one. */
const BY_YAML = '# any YAML\n';
const outcome = (text: string) => {
  try {
    return parsePin('payments', text);
  } catch (error) {
    return String(error);
  }
};

describe('parsePin of our own form', () => {
  it('reads our own form as a reader of YAML does, whatever the words', () => {
    fc.assert(
      fc.property(ANY_PIN, (pin) => {
        expect(parsePin('payments', `${BY_YAML}${formatPin(pin)}`)).toEqual(pin);
      }),
      { numRuns: 500 },
    );
  });

  it('reads our own form as a reader of YAML does, whatever somebody changed in it', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 3 }),
      put: fc.constantFrom('', ' ', '\n', '"', '\\', "'", '#', ':', '-', 'a', '\\"', '\\u0041', '\n  - x', ' # x', '|'),
    });
    fc.assert(
      fc.property(ANY_PIN, fc.array(edit, { maxLength: 3 }), (pin, edits) => {
        const text = edits.reduce((before, { at, remove, put }) => {
          // The first letter stays: at the beginning some characters are directives.
          const start = 1 + (at % before.length);
          return before.slice(0, start) + put + before.slice(start + remove);
        }, formatPin(pin));
        expect(outcome(text)).toEqual(outcome(BY_YAML + text));
      }),
      { numRuns: 1000 },
    );
  });

  it('costs a fraction of what YAML costs', () => {
    const cost = (text: string) => {
      const times = Array.from({ length: 20 }, () => {
        const start = performance.now();
        for (let count = 0; count < 20; count += 1) parsePin('payments', text);
        return performance.now() - start;
      });
      return Math.min(...times);
    };
    expect(cost(formatPin(PIN)) * 3).toBeLessThan(cost(BY_YAML + formatPin(PIN)));
  });

  it('reads our own lines in another order, twice or alone as a reader of YAML does', () => {
    const lines = formatPin({ ...PIN, images: [...PIN.images, ...PIN.images] }).split('\n');
    fc.assert(
      fc.property(fc.array(fc.nat({ max: lines.length - 1 })), fc.nat({ max: lines.length }), (moved, end) => {
        const text = [...lines.slice(0, end), ...moved.map((index) => lines[index]), ...lines.slice(end)].join('\n');
        expect(outcome(text)).toEqual(outcome(BY_YAML + text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('formatUnpinned', () => {
  it('writes the resources alone, which is no pin', () => {
    expect(formatUnpinned(['manifests/deployment.yaml', 'manifests/a b.yaml', 'manifests/no'])).toMatchInlineSnapshot(`
      "apiVersion: kustomize.config.k8s.io/v1beta1
      kind: Kustomization
      resources:
        - manifests/deployment.yaml
        - "manifests/a b.yaml"
        - manifests/no
      "
    `);
    expect(parsePin('payments', formatUnpinned(PIN.resources))).toBeNull();
    expect(parsePin('payments', formatUnpinned([]))).toBeNull();
  });
});

describe('parsePin', () => {
  const text = formatPin(PIN);

  it.each([
    ['what is no YAML', 'resources: [\n', 'it is not YAML'],
    ['two documents', `${text}---\n${text}`, 'it is not YAML'],
    ['a key given twice', `${text}commonAnnotations: {}\n`, 'it is not YAML'],
    ['an empty file', '', 'the file is not what a pin holds'],
    ['a list', '- a\n', 'apiVersion is not what a pin holds'],
    ['another kind', text.replace('kind: Kustomization', 'kind: Component'), 'kind is not what a pin holds'],
    ['a patch of its own', `${text}patches: [{patch: "kind: A"}]\n`, 'patches.0.target is not what a pin holds'],
    [
      'a patch that merges',
      `${text}patches: [{target: {kind: A}, patch: "kind: A"}]\n`,
      'a patch does more than set one field',
    ],
    [
      'a patch that takes away',
      `${text}patches: [{target: {kind: A}, patch: "[{op: remove, path: /a}]"}]\n`,
      'a patch does more than set one field',
    ],
    [
      'a patch of two fields',
      `${text}patches: [{target: {kind: A}, patch: "[{op: add, path: /a, value: x}, {op: add, path: /b, value: x}]"}]\n`,
      'a patch does more than set one field',
    ],
    [
      'a patch of a number',
      `${text}patches: [{target: {kind: A}, patch: "[{op: add, path: /a, value: 1}]"}]\n`,
      'a patch does more than set one field',
    ],
    ['a patch that is no YAML', `${text}patches: [{target: {kind: A}, patch: "["}]\n`, 'it is not YAML'],
    ['a namespace', `${text}namespace: evil\n`, 'namespace is not what a pin holds'],
    ['a generator', `${text}configMapGenerator: []\n`, 'configMapGenerator is not what a pin holds'],
    ['components', `${text}components: [../ledger]\n`, 'components is not what a pin holds'],
    [
      'resources that are no list',
      text.replace(/resources:\n(?: .*\n)*/, 'resources: manifests\n'),
      'resources is not what a pin holds',
    ],
    ['an image without a tag', text.replace(/ +newTag: .*\n/, ''), 'images.0.newTag is not what a pin holds'],
    ['an image without a repository', text.replace(/ +newName: .*\n/, ''), 'images.0.newName is not what a pin holds'],
    [
      'an image with a suffix',
      text.replace(/( +)newTag/, '$1tagSuffix: x\n$1newTag'),
      'images.0.tagSuffix is not what a pin holds',
    ],
    ['a tag that is a number', text.replace(/newTag: .*/, 'newTag: 1e3'), 'images.0.newTag is not what a pin holds'],
    [
      'an annotation that is a number',
      text.replace(/branch: .*/, 'branch: 1'),
      'commonAnnotations.eleventh.dev/branch is not what a pin holds',
    ],
    ['no commit', text.replace(/.*dev\/commit.*\n/, ''), 'it names no commit of the service'],
    ['images alone', text.replace(/commonAnnotations:[\s\S]*/, ''), 'it names no commit of the service'],
    ['half a commit', text.replace(/dev\/commit: .*/, 'dev/commit: "3f2c9e1"'), 'it names no commit of the service'],
    [
      'a commit in capitals',
      text.replace(/dev\/commit: .*/, `dev/commit: "${COMMIT.toUpperCase()}"`),
      'it names no commit of the service',
    ],
    ['a version that nobody can order', text.replace('2.3.1', '2.3'), 'its version is not SemVer'],
    [
      'images behind a line separator',
      `${text.replace(/images:[\s\S]*?common/, 'common')}# \u2028images: []\n`,
      'it is not YAML',
    ],
    ['images behind a carriage return', `${text}# \rimages: []\n`, 'it is not YAML'],
    ['images that another version of YAML merges', `%YAML 1.1\n---\n${text}<<: {images: []}\n`, 'it is not YAML'],
    ['a version with a v', text.replace('2.3.1', 'v2.3.1'), 'its version is not SemVer'],
  ])('refuses %s', (_, foreign, problem) => {
    expect(foreign).not.toBe(text);
    expect(() => parsePin('payments', foreign)).toThrowError(
      expect.objectContaining({
        code: 'BAD_PIN',
        message: `apps/payments/kustomization.yaml is not a pin: ${problem}.`,
        hint: 'git log -p -- apps/payments/kustomization.yaml',
        details: { path: 'apps/payments/kustomization.yaml' },
      }),
    );
  });

  it('reads what people wrote by hand: comments, order, no quotes', () => {
    const byHand = `# pinned by hand
commonAnnotations: {eleventh.dev/commit: ${COMMIT}}
images:
  - {newTag: "1", newName: ghcr.io/acme/payments, name: payments}
resources:
  - manifests
kind: Kustomization
apiVersion: kustomize.config.k8s.io/v1beta1
`;
    expect(parsePin('payments', byHand)).toEqual({
      commit: COMMIT,
      branch: '',
      resources: ['manifests'],
      images: [{ name: 'payments', repository: 'ghcr.io/acme/payments', tag: '1' }],
    });
  });
});

describe('pinnedReference', () => {
  it('names the build', () => {
    const [image] = PIN.images;
    expect(pinnedReference(image!)).toBe(`ghcr.io/acme/payments:${COMMIT}@${DIGEST}`);
    expect(pinnedReference({ ...image!, digest: undefined })).toBe(`ghcr.io/acme/payments:${COMMIT}`);
  });
});

describe.skipIf(!hasKubectl)('kustomize', () => {
  // It makes a space of U+0085 by itself.
  it.each(NASTY.filter((word) => word !== '\u0085'))('reads %j as it was written', async (word) => {
    const pin: Pin = {
      ...PIN,
      branch: word,
      images: [{ name: 'payments', repository: 'a', tag: '1e3' }],
      resources: ['manifests/a.yaml'],
    };
    const objects = await build(
      {
        'apps/payments/kustomization.yaml': formatPin(pin),
        'apps/payments/manifests/a.yaml':
          '{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: payments}]}}',
      },
      'apps/payments',
    );
    const [pod] = objects ?? [];
    expect(isMap(pod) && pod.metadata).toMatchObject({
      annotations: { 'eleventh.dev/commit': COMMIT, 'eleventh.dev/branch': word, 'eleventh.dev/version': '2.3.1' },
    });
    expect(isMap(pod) && pod.spec).toEqual({ containers: [{ name: 'a', image: 'a:1e3' }] });
  });
});
