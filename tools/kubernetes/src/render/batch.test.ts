import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkout, hasKubectl, kustomize, renderer } from '../../test/renderers.ts';
import { type Contents, TestSnapshot } from '../../test/snapshot.ts';
import { isFailure, renderEnvironment } from './environment.ts';
import { inOrder, printed } from './stream.ts';

/** One generated service: what its manifests hold and what its overlay does with them. */
interface Service {
  readonly objects: readonly string[];
  readonly overlay: string;
  readonly pin: string;
  readonly namespace: string;
}

const deployment = (id: string, ref: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${id}, annotations: {}}
spec:
  template:
    spec:
      serviceAccountName: ${ref}
      containers:
      - {name: main, image: ${id}, envFrom: [{configMapRef: {name: ${ref}}}], env: [{name: A, value: "---"}]}
`;
const object = (apiVersion: string, kind: string, name: string, rest = '{}') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: "${name}"}\nspec: ${rest}\n`;
const ingress = (name: string) =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: ${name}\n  annotations:\n    a/snippet: |\n      x\n\n      kind: X\n\n      ---\n`;
const configMap = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata:\n  "text": |\n    a\n    ---\n    name: b\n`;
const binding = (name: string, subject: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${subject}}
subjects: [{kind: ServiceAccount, name: ${subject}}, {kind: ServiceAccount, name: ${subject}, namespace: raw}]
`;

/** Few names, so that services often speak of each other's objects, and sometimes have the same. */
const NAMES = ['a', 'b', 'c', 'settings'];
const name = (id: string) => fc.constantFrom(id, id, id, id, ...NAMES);

function service(id: string): fc.Arbitrary<Service> {
  const objects = fc.oneof(
    fc.tuple(name(id), name(id)).map(([own, ref]) => deployment(own, ref)),
    name(id).map((own) => object('v1', 'Service', own)),
    name(id).map((own) => object('v1', 'ServiceAccount', own)),
    name(id).map((own) => object('v1', 'ServiceAccount', own).replace('{name', '{namespace: raw, name')),
    name(id).map((own) => object('v1', 'Namespace', own)),
    name(id).map((own) => object('example.com/v1', 'Thing', own)),
    name(id).map((own) => object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', own)),
    name(id).map(configMap),
    name(id).map(ingress),
    name(id).map((own) => ingress(`${own}-0`)),
    fc.tuple(name(id), name(id)).map(([own, ref]) => binding(own, ref)),
    fc.constant(object('v1', 'Service', '123')),
  );
  const overlays = fc.oneof(
    { arbitrary: fc.constant(''), weight: 6 },
    { arbitrary: name(id).map((own) => `configMapGenerator: [{name: ${own}, literals: [a=b]}]\n`), weight: 4 },
    { arbitrary: name(id).map((own) => `secretGenerator: [{name: ${own}, literals: [x=${id}]}]\n`), weight: 2 },
    fc.constantFrom(
      'namePrefix: a-\n',
      'nameSuffix: -z\n',
      'commonAnnotations: {x: "y"}\n',
      'labels: [{pairs: {x: "y"}, includeSelectors: true}]\n',
      'buildMetadata: [originAnnotations, managedByLabel]\n',
      'sortOptions: {order: fifo}\n',
      'replicas: [{name: a, count: 3}]\n',
      'patches: [{target: {kind: Deployment}, patch: "[{op: replace, path: /metadata/name, value: other}]"}]\n',
      'patches: [{target: {kind: Service}, patch: "[{op: add, path: /metadata/annotations, value: {a: b}}]"}]\n',
      'openapi: {version: v1.20.4}\n',
      'resources: []\n',
      'unknown: field\n',
    ),
  );
  return fc.record({
    objects: fc.uniqueArray(objects, { maxLength: 4, selector: (text) => text.split('\n').slice(0, 4).join() }),
    overlay: overlays,
    pin: fc.constantFrom('', `images: [{name: ${id}, newName: ghcr.io/acme/${id}, newTag: "1"}]\n`),
    namespace: fc.constantFrom('', 'bank', 'bank', 'raw'),
  });
}

const IDS = ['alpha', 'beta', 'gamma', 'group/delta', 'epsilon', 'zeta'];

function contents(services: readonly Service[]): Contents {
  const files: Record<string, string> = {};
  services.forEach(({ objects, overlay, pin, namespace }, index) => {
    const id = IDS[index] ?? '';
    objects.forEach((text, number) => {
      files[`apps/${id}/manifests/${number}.yaml`] = text;
    });
    const resources = objects.map((_, number) => `manifests/${number}.yaml`).join(', ');
    files[`apps/${id}/kustomization.yaml`] = `kind: Kustomization\nresources: [${resources}]\n${pin}`;
    const up = '../'.repeat(2 + id.split('/').length);
    const list = overlay.startsWith('resources') ? '' : `resources: [${up}apps/${id}]\n`;
    files[`environments/prod/${id}/kustomization.yaml`] =
      `kind: Kustomization\n${namespace === '' ? '' : `namespace: ${namespace}\n`}${list}${overlay}`;
  });
  const listed = services.map((_, index) => `- ${IDS[index]}\n`).join('');
  files['environments/prod/kustomization.yaml'] = `kind: Kustomization\nmetadata: {name: prod}\nresources:\n${listed}`;
  return files;
}

describe.skipIf(!hasKubectl)('a batch', () => {
  const some = fc.tuple(...IDS.map((id) => service(id.slice(id.indexOf('/') + 1))));

  test('of any services prints for each what kubectl prints of it alone, and for all what it prints of all', async () => {
    const property = fc.asyncProperty(some, async (services) => {
      const files = contents(services);
      const root = checkout(files);
      const together = await renderer({ processors: 1 });
      const { outcomes, yaml } = await renderEnvironment(together, new TestSnapshot(files), 'prod');
      for (const outcome of outcomes) {
        const alone = await kustomize(root, `environments/prod/${outcome.service}`);
        expect(isFailure(outcome) ? null : outcome.yaml).toBe(alone);
      }
      if (!outcomes.some(isFailure)) expect(yaml).toBe(await kustomize(root, 'environments/prod'));
    });
    await fc.assert(property, { endOnFailure: true, numRuns: Number(process.env.RUNS ?? 6) });
  });
});

test('objects are read and ordered as kustomize prints them, whatever their text holds', () => {
  const one = 'apiVersion: v1\ndata:\n  text: |\n    ---\n    name: x\nkind: ConfigMap\nmetadata:\n  name: "123"\n';
  const two = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  labels:\n    name: x\n  name: bank\n';
  const stream = `${one}---\n${two}`;
  expect(printed(stream).map(({ name }) => name)).toEqual(['123', 'bank']);
  expect(inOrder(printed(stream))).toBe(`${two}---\n${one}`);
});
