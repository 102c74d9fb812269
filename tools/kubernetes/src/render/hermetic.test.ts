import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatUnpinned } from '@eleventh/core';
import { describe, expect, test } from 'vitest';
import { renderer, scratch } from '../../test/renderers.ts';
import { type Contents, TestSnapshot } from '../../test/snapshot.ts';
import { isFailure } from './environment.ts';
import { reach } from './hermetic.ts';

const BASE: Contents = {
  'apps/payments/kustomization.yaml': 'resources: [manifests/deployment.yaml]\n',
  'apps/payments/manifests/deployment.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments}\nspec: {}\n',
  'unrelated/secret.txt': 'not for a renderer',
};
const OVERLAY = 'environments/prod/payments/kustomization.yaml';
const FN = 'metadata: {name: x, annotations: {config.kubernetes.io/function: "exec: {path: ./make}"}}';
const BUILTIN = 'apiVersion: builtin\nkind: LabelTransformer\n';
const LIST = (kind: string) =>
  `apiVersion: builtin\nkind: ${kind}\nmetadata: {name: x}\nitems: [{apiVersion: builtin, kind: PatchTransformer, path: "https://example.com/a"}]\n`;

function overlay(text: string, files: Contents = {}): TestSnapshot {
  const beside = Object.entries(files).map(([path, content]) => [
    path.startsWith('/') ? path.slice(1) : `environments/prod/payments/${path}`,
    content,
  ]);
  return new TestSnapshot({ ...BASE, [OVERLAY]: text, ...Object.fromEntries(beside) });
}

/** Ways to reach out, by the code that refuses each. */
const ATTACKS: Readonly<Record<string, Readonly<Record<string, readonly [text: string, files?: Contents]>>>> = {
  RENDER_REMOTE: {
    'a base over HTTPS': ['resources: ["https://github.com/acme/base//prod?ref=main"]'],
    'a base over HTTP in capitals': ['resources: ["HTTP://example.com/a.yaml"]'],
    'a base of GitHub without a scheme': ['resources: [github.com/acme/base]'],
    'a base of GitHub in capitals, that stands here too': [
      'resources: [GitHub.com/acme/base]',
      { 'GitHub.com/acme/base/kustomization.yaml': 'namePrefix: x-' },
    ],
    'a base over SSH': ['resources: ["ssh://git@github.com/acme/base.git"]'],
    'a base in the short form of SSH': ['resources: ["git@github.com:acme/base"]'],
    'a base of another user over SSH': ['resources: ["deploy@example.com/acme/base"]'],
    'a base with git:: before it': ['resources: ["git::https://example.com/acme/base"]'],
    'a base of Mercurial': ['resources: ["hg::https://example.com/base"]'],
    'a base of a bucket': ['resources: ["s3::https://s3.amazonaws.com/bucket/base"]'],
    'a base in a file URL': ['resources: ["file:///etc"]'],
    'a base with two slashes': ['resources: [base//prod]', { 'base/prod/kustomization.yaml': 'namePrefix: x-' }],
    'a base with a query': ['resources: ["base?ref=main"]'],
    'a component': ['components: ["https://example.com/a/b"]'],
    'a base by its old name': ['bases: ["https://example.com/a/b"]'],
    'a base in capitals': ['RESOURCES: ["https://example.com/a/b"]'],
    'a base whose field has a long s': ['reſources: ["https://example.com/a/b"]'],
    'a base through a merge key': ['<<: {resources: ["https://example.com/a/b"]}'],
    'a base behind an anchor': ['metadata: {annotations: {a: &a "https://example.com/a/b"}}\nresources: [*a]'],
    'a base in a second document': ['resources: []\n---\nresources: ["https://example.com/a/b"]'],
    'a base in a nested folder': ['resources: [a]', { 'a/Kustomization': 'resources: ["https://example.com/a/b"]' }],
    'a patch': ['patches: [{path: "https://example.com/a.yaml"}]'],
    'a JSON patch': ['patchesJson6902: [{path: "https://example.com/a.yaml"}]'],
    'a strategic merge': ['patchesStrategicMerge: ["https://example.com/a.yaml"]'],
    'a strategic merge that looks like YAML': ['patchesStrategicMerge: ["https://example.com/a: b"]'],
    'a replacement': ['replacements: [{path: "https://example.com/a.yaml"}]'],
    'a schema': ['openapi: {path: "https://example.com/a.json"}'],
    'a definition': ['crds: ["https://example.com/a.json"]'],
    'a configuration': ['configurations: ["https://example.com/a.yaml"]'],
    'a file of a ConfigMap': ['configMapGenerator: [{name: a, files: ["a=https://example.com/a"]}]'],
    'variables of a Secret': ['secretGenerator: [{name: a, envs: ["https://example.com/a"]}]'],
    'a transformer': ['transformers: ["https://example.com/a.yaml"]'],
    'a transformer that looks like YAML': [
      `transformers:\n- |\n  github.com/acme/base: 1\n${BUILTIN.replace(/^/gm, '  ').trimEnd()}`,
    ],
    'a file of a plugin': [
      `generators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  files: ["https://example.com/a"]`,
    ],
    'a patch of a plugin in a file': [
      'transformers: [a.yaml]',
      { 'a.yaml': 'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\npath: https://example.com/a\n' },
    ],
    'a patch of a plugin that is JSON': [
      'transformers:\n- \'{"apiVersion": "builtin", "kind": "PatchTransformer", "path": "https://example.com/a"}\'',
    ],
    'a patch of a plugin in capitals': [
      'transformers: [a.yaml]',
      { 'a.yaml': 'apiVersion: builtin\nkind: PatchTransformer\nPATH: https://example.com/a\n' },
    ],
    'a patch of a plugin through a merge key': [
      'transformers: [a.yaml]',
      {
        'a.yaml':
          'apiVersion: builtin\nkind: PatchTransformer\nmetadata: &a {name: a, path: "https://example.com/a"}\n<<: *a\n',
      },
    ],
    'a patch of a second plugin': [
      'transformers: [a.yaml]',
      {
        'a.yaml': `${BUILTIN}---\napiVersion: builtin\nkind: PatchStrategicMergeTransformer\npaths: ["https://example.com/a"]\n`,
      },
    ],
    'a patch of a plugin in a nested folder of plugins': [
      'transformers: [a]',
      {
        'a/kustomization.yaml': 'resources: [b]',
        'a/b/kustomization.yaml': 'resources: [c.yaml]',
        'a/b/c.yaml': 'apiVersion: builtin\nkind: PatchJson6902Transformer\npath: https://example.com/a\n',
      },
    ],
    'a replacement of a plugin': [
      `transformers:\n- |\n  apiVersion: builtin\n  kind: ReplacementTransformer\n  replacements: [{path: "https://example.com/a"}]`,
    ],
    'values of a plugin': [
      `transformers:\n- |\n  apiVersion: builtin\n  kind: ValueAddTransformer\n  targetFilePath: https://example.com/a`,
    ],
    'variables of a plugin': [
      `generators:\n- |\n  apiVersion: builtin\n  kind: SecretGenerator\n  envs: ["https://example.com/a"]`,
    ],
    'a patch in the form of a strategic merge, as it was once': ['patches: ["https://example.com/a.yaml"]'],
    'a component of a component': [
      'components: [a]',
      { 'a/kustomization.yaml': 'kind: Component\ncomponents: ["https://example.com/a/b"]' },
    ],
    'a generator of a base': [
      'resources: [a]',
      { 'a/kustomization.yaml': 'generators: ["https://example.com/a.yaml"]' },
    ],
    'a file whose key has an equals sign': ['configMapGenerator: [{name: a, files: ["a=b=https://example.com/a"]}]'],
    'a path that leaves the repository': ['resources: [../../../../../etc]'],
    'a patch that leaves the repository': ['patches: [{path: ../../../../etc/passwd}]'],
    'a path that leaves and comes back': ['resources: [../../../../repo/apps/payments]'],
    'an absolute path': ['resources: [/etc]'],
    'an absolute file of a ConfigMap': ['configMapGenerator: [{name: a, files: [/etc/passwd]}]'],
  },
  RENDER_LINK: {
    'a link to a base': ['resources: [a]', { a: { link: '../../../apps/payments' } }],
    'a link to a file': ['configMapGenerator: [{name: a, files: [a]}]', { a: { link: '/etc/passwd' } }],
    'a link on the way': ['resources: [a/b.yaml]', { a: { link: '/etc' } }],
    'a kustomization that is a link': ['resources: [a]', { 'a/kustomization.yaml': { link: '/etc/passwd' } }],
    'a submodule': ['resources: [a]', { a: { submodule: '0'.repeat(40) } }],
  },
  RENDER_PLUGIN: {
    'a generator that runs a program': ['generators: [a.yaml]', { 'a.yaml': `apiVersion: a/v1\nkind: Maker\n${FN}\n` }],
    'a transformer in a container': [
      `transformers:\n- |\n  apiVersion: a/v1\n  kind: Changer\n  ${FN.replace('exec: {path: ./make}', 'container: {image: evil}')}`,
    ],
    'a validator': ['validators: [a.yaml]', { 'a.yaml': 'apiVersion: a/v1\nkind: Checker\nmetadata: {name: x}\n' }],
    'a second plugin of a file': ['transformers: [a.yaml]', { 'a.yaml': `${BUILTIN}---\napiVersion: a/v1\nkind: B\n` }],
    'a plugin in a folder of plugins': [
      'generators: [a]',
      { 'a/kustomization.yaml': 'resources: [b.yaml]', 'a/b.yaml': `apiVersion: a/v1\nkind: Maker\n${FN}\n` },
    ],
    'plugins in a list': ['transformers: [a.yaml]', { 'a.yaml': LIST('XList') }],
    'plugins in a list of a plugin folder': [
      'generators: [a]',
      { 'a/kustomization.yaml': 'resources: [b.yaml]', 'a/b.yaml': LIST('PatchTransformerList') },
    ],
    'plugins in a list within the kustomization': [`transformers:\n- |\n${LIST('List').replace(/^(?=.)/gm, '  ')}`],
    'plugins in a list of functions': ['validators: [a.yaml]', { 'a.yaml': LIST('ResourceList') }],
    'a plugin that only forks of kustomize have': [
      'generators: [a.yaml]',
      { 'a.yaml': 'apiVersion: builtin\nkind: GitConfigMapGenerator\nmetadata: {name: a}\n' },
    ],
    'a plugin without a kind': ['generators: [a.yaml]', { 'a.yaml': 'apiVersion: builtin\nmetadata: {name: a}\n' }],
    'plugins in a sequence': [
      'generators: [a.yaml]',
      { 'a.yaml': '- apiVersion: builtin\n  kind: ConfigMapGenerator\n' },
    ],
    ...Object.fromEntries(
      [
        'patches: [{target: {kind: LabelTransformer}, patch: "[{op: add, path: /path, value: \'https://example.com/a\'}]"}]',
        'patchesStrategicMerge: ["{apiVersion: builtin, kind: LabelTransformer, metadata: {name: a}, path: x}"]',
        'transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: p}\n  patch: "[]"',
        'configMapGenerator: [{name: a}]',
        'replacements: [{source: {kind: LabelTransformer, fieldPath: metadata.name}, targets: []}]',
        'components: [../c]',
        'vars: [{name: A, objref: {kind: LabelTransformer, name: a}}]',
        'configurations: [../c.yaml]',
        'namePrefix: a-',
        'Images: [{name: a, newName: b}]',
      ].map((field): [string, [string, Contents]] => [
        `a folder of plugins with ${field.split(':')[0]}`,
        [
          'generators: [a]',
          {
            'a/kustomization.yaml': `resources: [b.yaml]\n${field}\n`,
            'a/b.yaml': `${BUILTIN}metadata: {name: a}\n`,
            'c/kustomization.yaml': 'kind: Component\n',
            'c.yaml': '',
          },
        ],
      ]),
    ),
    'a folder of plugins with patches further down': [
      'transformers: [a]',
      {
        'a/kustomization.yaml': 'resources: [b]',
        'a/b/kustomization.yaml': 'resources: [c.yaml]\npatches: [{patch: "[]"}]',
        'a/b/c.yaml': `${BUILTIN}metadata: {name: a}\n`,
      },
    ],
    'a chart as a plugin': [
      'generators: [a.yaml]',
      { 'a.yaml': 'apiVersion: builtin\nkind: HelmChartInflationGenerator\n' },
    ],
  },
  RENDER_CHART: {
    'a chart of a repository': ['helmCharts: [{name: a, repo: "https://charts.example.com"}]'],
    'a chart by its old name': ['helmChartInflationGenerator: [{chartName: a}]'],
  },
  RENDER_MISSING: {
    'a file that is not there': ['resources: [a.yaml]'],
    'a folder without a kustomization': ['resources: [a]', { 'a/b.yaml': '' }],
  },
  BAD_YAML: {
    'a word that a tag hides': ['resources: [!!binary aHR0cHM6Ly9leGFtcGxlLmNvbS9hL2I=]'],
    'a word that a tag of another version hides': [
      '%YAML 1.1\n---\nresources: [!!binary aHR0cHM6Ly9leGFtcGxlLmNvbS9hL2I=]',
    ],
    'a word that a tag of its own hides': [
      '%TAG !y! tag:yaml.org,2002:\n---\nresources: [!y!binary aHR0cHM6Ly9leGFtcGxlLmNvbS9hL2I=]',
    ],
    'a field that a merge key repeats, which kustomize takes': [
      'resources: []\n<<: {resources: ["https://example.com/a/b"]}',
    ],
    'a field behind a line separator': ['kind: Kustomization # \u2028resources: ["https://example.com/a/b"]'],
    'a field behind a paragraph separator': ['kind: Kustomization # \u2029resources: ["https://example.com/a/b"]'],
    'a field behind a next line': ['kind: Kustomization # \u0085resources: ["https://example.com/a/b"]'],
    'a field behind a carriage return': ['kind: Kustomization # \rresources: ["https://example.com/a/b"]'],
    'a field that is there twice': ['resources: []\nresources: ["https://example.com/a/b"]'],
  },
};

describe.each(Object.entries(ATTACKS))('%s', (code, attacks) => {
  test.each(Object.entries(attacks))('refuses %s before any renderer starts', async (_, [text, files]) => {
    const folder = scratch();
    const program = join(folder, 'kustomize');
    const mark = join(folder, 'ran');
    writeFileSync(program, `#!/bin/sh\necho "$1" >> '${mark}'\necho v5.7.1\n`);
    chmodSync(program, 0o755);
    const marking = await renderer({ env: { PATH: process.env.PATH, KUSTOMIZE: program } });
    const [refused] = await marking.render(overlay(`${text}\n`, files), [{ environment: 'prod', service: 'payments' }]);
    expect(refused !== undefined && isFailure(refused) && refused.error).toMatchObject({ code, exitCode: 3 });
    expect(readFileSync(mark, 'utf8')).toBe('version\n');
    // The mark tells: what is allowed does start it.
    await marking.render(overlay('resources: [../../../apps/payments]\n'), [
      { environment: 'prod', service: 'payments' },
    ]);
    expect(readFileSync(mark, 'utf8')).toBe('version\nbuild\n');
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});

test('follows a folder that lists plugins', async () => {
  const plugins = overlay('transformers: [a]\ngenerators: [b]\n', {
    'a/kustomization.yaml': 'kind: Kustomization\nmetadata: {name: a}\nresources: [a.yaml]\n',
    'a/a.yaml': 'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: patch.yaml\n',
    'b/kustomization.yaml': formatUnpinned(['b.yaml']),
    'b/b.yaml': 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [a=b.txt]\n',
    'patch.yaml': '[]\n',
    'b.txt': '',
    'a/patch.yaml': 'not meant',
  });
  const { sources } = await reach(plugins, 'prod', 'payments');
  expect(sources.map(({ path }) => path.replace('environments/prod/payments/', ''))).toEqual([
    ...[
      'a/a.yaml',
      'a/kustomization.yaml',
      'b.txt',
      'b/b.yaml',
      'b/kustomization.yaml',
      'kustomization.yaml',
      'patch.yaml',
    ],
  ]);
});

test('lists what is reached and nothing else', async () => {
  const snapshot = overlay(
    `resources: [../../../apps/payments, ../../shared]
components: [../../debug/]
patches: [{path: patch.yaml}]
patchesStrategicMerge: [merge.yaml, "{apiVersion: v1, kind: Service, metadata: {name: a}}"]
configMapGenerator: [{name: a, files: [a.txt, b=c.txt], envs: [d.env], env: e.env}]
replacements: [{path: replacement.yaml}]
openapi: {path: schema.json}
crds: [crd.json]
configurations: [fields.yaml]
transformers: [label.yaml]
`,
    {
      '/environments/shared/kustomization.yml': 'namePrefix: a-\n',
      '/environments/debug/kustomization.yaml': 'kind: Component\n',
      'label.yaml': `${BUILTIN}metadata: {name: x}\n`,
      ...Object.fromEntries(
        [
          'patch.yaml',
          'merge.yaml',
          'a.txt',
          'c.txt',
          'd.env',
          'e.env',
          'replacement.yaml',
          'schema.json',
          'crd.json',
          'fields.yaml',
          'unused.yaml',
        ].map((name) => [name, '']),
      ),
    },
  );
  const { sources, isApart } = await reach(snapshot, 'prod', 'payments');
  expect(isApart).toBe(true);
  expect(sources.map(({ path }) => path.replace('environments/prod/payments/', ''))).toEqual([
    'apps/payments/kustomization.yaml',
    'apps/payments/manifests/deployment.yaml',
    'environments/debug/kustomization.yaml',
    ...[
      'a.txt',
      'c.txt',
      'crd.json',
      'd.env',
      'e.env',
      'fields.yaml',
      'kustomization.yaml',
      'label.yaml',
      'merge.yaml',
    ],
    ...['patch.yaml', 'replacement.yaml', 'schema.json'],
    'environments/shared/kustomization.yml',
  ]);
});
