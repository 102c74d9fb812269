import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkManifestNames, checkManifestObjects, type Files, imageNames, manifestResources } from './manifests.ts';

function files(texts: Readonly<Record<string, string>>): Files {
  return new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

const pod = (image: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: "${image}"}]}}\n`;

describe('checkManifestNames', () => {
  it.each([
    ['deployment.yaml', 'service.yaml', 'base/deployment.yaml'],
    ['kustomization.yaml', 'config/Caddyfile', 'config/.env', 'README'],
    ['über.yaml', '测试.yaml', "it's (1) [x] #1 & more.yaml", 'a'.repeat(200)],
    ['gitignore', '.gitkeep', '.github/x', 'x.gitattributes', 'git~x', 'console.yaml', 'com10.yaml'],
  ])('takes %s, %s, %s', (...paths) => {
    expect(() => checkManifestNames(paths)).not.toThrow();
  });

  it.each([
    '.gitattributes',
    'a/.gitattributes',
    '.GitAttributes',
    '.gitmodules',
    '.gitignore',
    '.git',
    '.git/config',
    '.GIT/x',
    'git~1',
    'GIT~2/x',
  ])('refuses %j, on which Git would act', (path) => {
    expect(() => checkManifestNames([path])).toThrowError(
      expect.objectContaining({
        code: 'MANIFESTS_NAME',
        message: `The manifest "${path}" is a file that Git itself acts on, so the mirrored bytes could change on checkout.`,
        details: { path },
      }),
    );
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'con',
    'NUL.yaml',
    'a/aux.yaml',
    'com1',
    'LPT9.txt',
    'a.',
    'a ',
    'a./b',
    'a:b',
    'a\\b',
    'a<b',
    'a>b',
    'a"b',
    'a|b',
    'a?b',
    'a*b',
    'a\nb',
    'a\0b',
    'a\u007fb',
    '.g\u200cit/config',
    'a\ufeff.yaml',
  ])('refuses %j, which some file system cannot hold', (path) => {
    expect(() => checkManifestNames([path])).toThrowError(expect.objectContaining({ code: 'MANIFESTS_NAME' }));
  });

  it.each([
    ['a.yaml', 'A.yaml'],
    ['base/x.yaml', 'Base/y.yaml'],
    ['a/b/c', 'a/B/d'],
    ['é.yaml', 'e\u0301.yaml'],
    ['É.yaml', 'e\u0301.yaml'],
  ])('refuses %s beside %s', (one, other) => {
    for (const paths of [
      [one, other],
      [other, one],
    ]) {
      expect(() => checkManifestNames(paths)).toThrowError(
        expect.objectContaining({ code: 'MANIFESTS_NAME', message: expect.stringContaining('in case alone') }),
      );
    }
  });

  it('counts bytes', () => {
    expect(() => checkManifestNames(['€'.repeat(67)])).toThrowError(
      expect.objectContaining({ message: expect.stringContaining('has a name of more than 200 bytes') }),
    );
  });

  it('does not care for the order', () => {
    const name = fc.constantFrom('a', 'A', 'b', 'B', 'c.yaml', 'C.yaml', 'é', 'e\u0301');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const isFine = (paths: string[]) => {
      try {
        checkManifestNames(paths);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.array(path, { maxLength: 4 }), (paths) => {
        expect(isFine([...paths].reverse())).toBe(isFine(paths));
      }),
    );
  });
});

describe('manifestResources', () => {
  it('lists the files one by one, sorted, and no others', () => {
    const given = files({
      'service.yaml': '',
      'deployment.yml': '',
      'a.json': '',
      'b/c.yaml': '',
      'README.md': '',
      Caddyfile: '',
    });
    expect(manifestResources(given)).toEqual([
      'manifests/a.json',
      'manifests/b/c.yaml',
      'manifests/deployment.yml',
      'manifests/service.yaml',
    ]);
  });

  it.each(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])('lists the folder when it has a %s', (name) => {
    expect(manifestResources(files({ [name]: '', 'deployment.yaml': '' }))).toEqual(['manifests']);
  });

  it('does not take one in a folder below for it', () => {
    expect(manifestResources(files({ 'base/kustomization.yaml': '' }))).toEqual(['manifests/base/kustomization.yaml']);
  });
});

describe('imageNames', () => {
  const names = (texts: Readonly<Record<string, string>>) => [...imageNames(files(texts))].sort();

  it('are those of every container in every document, without tag and digest', () => {
    const text = `\ufeffapiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers: [{name: migrate, image: ghcr.io/acme/migrate:1}]
      containers:
        - {name: payments, image: "payments:1@sha256:${'0'.repeat(64)}"}
        - {name: side, image: "localhost:5000/side"}
---
---
apiVersion: batch/v1
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: nightly}]}}}}}
`;
    expect(names({ 'a.yaml': text })).toEqual(['ghcr.io/acme/migrate', 'localhost:5000/side', 'nightly', 'payments']);
  });

  it('are found in a List, in JSON, behind anchors and merge keys', () => {
    const list = `{apiVersion: v1, kind: List, items: [${pod('listed')}]}`;
    const anchors =
      'apiVersion: v1\nkind: Pod\nx: &base {image: anchored}\nspec: {containers: [{name: a, <<: *base}, *base]}\n';
    expect(
      names({
        'a.yaml': list,
        'b.json': JSON.stringify({ spec: { containers: [{ image: 'json:1' }] } }),
        'c.yml': anchors,
      }),
    ).toEqual(['anchored', 'json', 'listed']);
  });

  it('are not those that kustomize cannot replace', () => {
    const text = `apiVersion: v1
kind: Pod
image: a
spec: {ephemeralContainers: [{image: b}], containers: [{name: c}, {image: 1}], volumes: [{image: {reference: d}}]}
---
{apiVersion: v1, kind: ConfigMap, data: {image: e, x: "containers: [{image: f}]"}}
`;
    expect(names({ 'a.yaml': text, 'notes.txt': pod('g'), 'README.md': '# h' })).toEqual([]);
  });

  it('are those after the renames of a kustomization of their own', () => {
    const kustomization = `resources: [a.yaml]
images:
  - {name: payments, newName: registry.example.com/payments, newTag: "1"}
  - {name: side, newTag: "2"}
  - {name: unused, newName: other}
`;
    const texts = { 'kustomization.yaml': kustomization, 'a.yaml': pod('payments'), 'b.yaml': pod('side:1') };
    expect(names(texts)).toEqual(['registry.example.com/payments', 'side']);
  });

  it('are those after renames in a field that only kustomize takes for `images`', () => {
    const kustomization = 'Resources: [a.yaml]\nImages: [{Name: payments, NewName: registry.example.com/payments}]\n';
    expect(names({ 'kustomization.yaml': kustomization, 'a.yaml': pod('payments') })).toEqual([
      'registry.example.com/payments',
    ]);
  });

  it.each([
    [
      'broken YAML',
      'a: 1\nb: [\n',
      'is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (line 3).',
    ],
    [
      'an alias of nothing',
      'a: *b\n',
      'is not valid YAML: Unresolved alias (the anchor must be set before the alias): b.',
    ],
  ])('are refused for %s, with file and line', (_, text, problem) => {
    expect(() => imageNames(files({ 'a.yaml': text }))).toThrowError(
      expect.objectContaining({
        code: 'BAD_MANIFEST',
        message: `manifests/a.yaml ${problem}`,
        details: { path: 'a.yaml' },
      }),
    );
  });

  it('are refused for bytes that are no text, and for a bomb of aliases', () => {
    expect(() => imageNames(new Map([['a.yaml', new Uint8Array([0xff])]]))).toThrowError(
      expect.objectContaining({ code: 'NOT_UTF8' }),
    );
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`;
    expect(() => imageNames(files({ 'a.yaml': bomb }))).toThrowError(expect.objectContaining({ code: 'BAD_MANIFEST' }));
    expect(() => imageNames(files({ 'a.yaml': '['.repeat(50_000) }))).toThrowError(
      expect.objectContaining({ code: 'BAD_MANIFEST' }),
    );
  });

  it('let a key that is given twice to kubectl', () => {
    expect(names({ 'a.yaml': 'spec:\n  containers: [{image: a}]\n  containers: [{image: b}]\n' })).toEqual(['b']);
  });
});

describe('checkManifestObjects', () => {
  it('takes Kubernetes objects, empty documents and files that it does not list', () => {
    expect(() =>
      checkManifestObjects(files({ 'a.yaml': `---\n${pod('a')}---\n# nothing\n`, 'values.txt': 'a: 1' })),
    ).not.toThrow();
  });

  it('asks nothing of files that a kustomization lists', () => {
    expect(() => checkManifestObjects(files({ 'kustomization.yaml': '', 'values.yaml': 'a: 1' }))).not.toThrow();
  });

  it.each(['a: 1\n', '[1]\n', 'Hello.\n', 'apiVersion: v1\n', `${pod('a')}---\nkind: Pod\n`])('refuses %j', (text) => {
    expect(() => checkManifestObjects(files({ 'a.yaml': text }))).toThrowError(
      expect.objectContaining({
        code: 'BAD_MANIFEST',
        message: 'manifests/a.yaml holds something that is not a Kubernetes object (it has no apiVersion and kind).',
      }),
    );
  });

  it('refuses a folder without any', () => {
    for (const texts of [{}, { 'README.md': '# a' }] as Record<string, string>[])
      expect(() => checkManifestObjects(files(texts))).toThrowError(
        expect.objectContaining({ code: 'MANIFESTS_EMPTY' }),
      );
  });
});
