import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../objects/object.ts';
import { readYaml } from './kubernetes-yaml.ts';
import { SourceIndex } from './source-index.ts';

const BASE = `apiVersion: v1
kind: Service
metadata: {name: payments}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: proxy
          image: envoy:1.34.1
        - name: payments
          image: payments
          env: &env
            - {name: A, value: "1"}
`;

const OVERLAY = `resources:
  - ../../../apps/payments
namespace: bank-prod
replicas:
  - {name: payments, count: 4}
patches:
  - path: memory.yaml
  - target: {kind: Deployment, name: pay.*}
    patch: |
      - op: add
        path: /spec/template/spec/priorityClassName
        value: high
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: payments}
      spec:
        template:
          spec:
            containers:
              - name: payments
                command: [serve]
configMapGenerator:
  - name: settings
    literals:
      - A=1
      - B=2
`;

const index = new SourceIndex(
  new Map([
    [
      'apps/payments/kustomization.yaml',
      'resources: [manifests/all.yaml]\nimages:\n  - name: payments\n    newTag: 1.4.2\n',
    ],
    ['apps/payments/manifests/all.yaml', BASE],
    ['environments/prod/payments/kustomization.yaml', OVERLAY],
    [
      'environments/prod/payments/memory.yaml',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments}\nspec:\n  template:\n    spec:\n      containers:\n        - name: payments\n          resources: {limits: {memory: 1Gi}}\n',
    ],
  ]),
  'environments/prod/payments',
);

const DEPLOYMENT: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'payments', namespace: 'bank-prod' },
  spec: {
    replicas: 4,
    template: {
      spec: {
        priorityClassName: 'high',
        containers: [
          { name: 'proxy', image: 'envoy:1.34.1' },
          {
            name: 'payments',
            image: 'payments:1.4.2',
            env: [{ name: 'A', value: '1' }],
            command: ['serve'],
            resources: { limits: { memory: '1Gi' } },
          },
        ],
      },
    },
  },
};

const POD = ['spec', 'template', 'spec'];

describe('the place of a field', () => {
  it.each([
    ['that the base sets', [...POD, 'containers', 1, 'env', 0, 'value'], 'apps/payments/manifests/all.yaml:19:25'],
    ['of another container', [...POD, 'containers', 0, 'image'], 'apps/payments/manifests/all.yaml:15:11'],
    ['that the pin sets', [...POD, 'containers', 1, 'image'], 'apps/payments/kustomization.yaml:3:5'],
    [
      'that a patch of a file sets',
      [...POD, 'containers', 1, 'resources', 'limits', 'memory'],
      'environments/prod/payments/memory.yaml:9:32',
    ],
    [
      'that an inline patch sets',
      [...POD, 'containers', 1, 'command', 0],
      'environments/prod/payments/kustomization.yaml:22:27',
    ],
    ['that a JSON patch sets', [...POD, 'priorityClassName'], 'environments/prod/payments/kustomization.yaml:12:9'],
    ['that the overlay sets by name', ['spec', 'replicas'], 'environments/prod/payments/kustomization.yaml:5:22'],
    ['of the overlay’s namespace', ['metadata', 'namespace'], 'environments/prod/payments/kustomization.yaml:3:1'],
    ['that nothing sets', ['spec', 'selector'], 'apps/payments/manifests/all.yaml:9:1'],
  ])('%s', (_, path, place) => {
    const { file, line, column } = index.locate(DEPLOYMENT, path);
    expect(`${file}:${line}:${column}`).toBe(place);
  });

  it('of what a generator makes is its literal', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings-6ct58987ht' }, data: { B: '2' } };
    expect(index.locate(object, ['data', 'B'])).toEqual({
      file: 'environments/prod/payments/kustomization.yaml',
      line: 27,
      column: 9,
    });
  });

  it('of what no file writes is the kustomization', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'chart' } };
    expect(index.locate(object, ['data'])).toEqual({ file: 'apps/payments/kustomization.yaml', line: 1, column: 1 });
  });
});

it('finds fields that kustomize takes in any case', () => {
  const overlay = `Resources: [../../../apps/payments]
NAMESPACE: bank-prod
Images:
  - {Name: payments, NewTag: 1.4.2}
Patches:
  - Path: ./sub/../memory.yaml
  - Target: {kind: Deployment}
    Patch: |-
      - {op: replace, path: /spec/replicas, value: 4}
  - target: {kind: Deployment}
    path: priority.yaml
ſecretGenerator:
  - {Name: credentials, Literals: [A=1, B=2]}
`;
  const files = new Map([
    ...index.files,
    ['environments/prod/payments/kustomization.yaml', overlay],
    [
      'environments/prod/payments/priority.yaml',
      '- {op: add, path: /spec/template/spec/priorityClassName, value: high}\n',
    ],
  ]);
  const folding = new SourceIndex(files, 'environments/prod/payments');
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'credentials' }, data: { B: 'Mg==' } };
  const place = (path: (string | number)[], object: KubernetesObject = DEPLOYMENT) => {
    const { file, line, column } = folding.locate(object, path);
    return `${file.replace('environments/prod/payments/', '')}:${line}:${column}`;
  };
  expect([
    place(['metadata', 'namespace']),
    place(['spec', 'replicas']),
    place([...POD, 'priorityClassName']),
    place([...POD, 'containers', 1, 'image']),
    place([...POD, 'containers', 1, 'resources', 'limits', 'memory']),
    place(['data', 'B'], secret),
  ]).toEqual([
    'kustomization.yaml:2:1',
    'kustomization.yaml:9:45',
    'priority.yaml:1:58',
    'kustomization.yaml:4:5',
    'memory.yaml:9:32',
    'kustomization.yaml:13:41',
  ]);
});

it('knows an object by its name whatever is put around it on the way', () => {
  const config = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const files = new Map([
    [
      'environments/prod/a/kustomization.yaml',
      'namePrefix: p-\nnameSuffix: -s\nresources: [../../../apps/a, ../shared]\n',
    ],
    ['environments/prod/shared/kustomization.yaml', 'namePrefix: x-\nnameSuffix: -y\nresources: [a.yaml]\n'],
    ['environments/prod/shared/a.yaml', config('all')],
    ['apps/a/kustomization.yaml', 'resources: [unnamed.yaml, a.yaml]\n'],
    ['apps/a/unnamed.yaml', config('""')],
    ['apps/a/a.yaml', config('p')],
  ]);
  const shared = new SourceIndex(files, 'environments/prod/a');
  const fileOf = (name: string) => shared.sourceOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })?.file;
  expect(['p-p-s', 'p-x-all-y-s', 'x-p-all-s-y', 'other'].map(fileOf)).toEqual([
    'apps/a/a.yaml',
    'environments/prod/shared/a.yaml',
    undefined,
    undefined,
  ]);
});

it('reads YAML as Kubernetes does', () => {
  const { documents } = readYaml('[yes, on, y, 0755, 0o17, 1:30, 2020-01-01, 1_000, "yes", 1e3, ~, .5]');
  expect(documents[0]?.toJS()).toEqual([true, true, true, 493, 15, '1:30', '2020-01-01', 1000, 'yes', 1000, null, 0.5]);
});
