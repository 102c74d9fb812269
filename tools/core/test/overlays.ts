import type { Content } from './memory-snapshot.ts';

export const FOLDER = 'environments/prod/payments';
export const FILE = `${FOLDER}/kustomization.yaml`;
const PINNED = 'ghcr.io/acme/payments';

/** A repository with one pinned service of three containers. */
export const BASE: Readonly<Record<string, string>> = {
  'apps/payments/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - manifests/deployment.yaml
  - manifests/config.yaml
images:
  - {name: payments, newName: ${PINNED}, newTag: "abc"}
`,
  'apps/payments/manifests/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: payments}
spec:
  template:
    spec:
      initContainers: [{name: migrate, image: migrate}]
      containers: [{name: payments, image: payments}, {name: side, image: side}]
`,
  'apps/payments/manifests/config.yaml':
    '{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: b}}\n',
  'apps/ledger/kustomization.yaml': 'resources: []\n',
};

export const HEAD = 'namespace: bank\nresources: [../../../apps/payments]\n';

/** Returns a strategic merge patch of the Deployment as one line of flow YAML. */
export function merge(podSpec: string): string {
  return `{apiVersion: apps/v1, kind: Deployment, metadata: {name: payments}, spec: {template: {spec: ${podSpec}}}}`;
}

/** Returns a kustomization with one JSON patch of the Deployment. */
export function jsonPatch(...operations: string[]): string {
  return `${HEAD}patches:\n- target: {kind: Deployment}\n  patch: |-\n${operations.map((one) => `    - ${one}\n`).join('')}`;
}

/** Returns a kustomization with one replacement of the Deployment's own fields. */
function replacement(source: string, ...fieldPaths: string[]): string {
  return `${HEAD}replacements:
- source: {kind: Deployment, fieldPath: ${source}}
  targets: [{select: {kind: Deployment}, fieldPaths: ${JSON.stringify(fieldPaths)}}]
`;
}

function plugin(kind: string, rest: string): string {
  return `apiVersion: builtin\nkind: ${kind}\nmetadata: {name: x}\n${rest}\n`;
}

const EVIL_MERGE = merge('{containers: [{name: payments, image: evil}]}');
export const EVIL_IMAGES = `images: [{name: ${PINNED}, newName: evil}]\n`;
const EVIL_TRANSFORMER = plugin('ImageTagTransformer', `imageTag: {name: ${PINNED}, newName: evil}`);
const EVIL_PATCH = '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "evil"}]';
const COMPONENT = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n';

export interface Overlay {
  /** The overlay's kustomization; further files by their path from its folder, or from the top after a slash. */
  readonly text: string;
  readonly files?: Readonly<Record<string, Content>>;
  /** The file that the refusal names, from the overlay's folder. */
  readonly names?: string;
  /** False where kustomize refuses the overlay too, or makes nothing of it (yet). */
  readonly isProven?: boolean;
}

/** Ways to set an image that only kustomize sees: each is refused for how it is written. Kustomize shows that it would have worked. */
export const HIDDEN: Readonly<Record<string, string>> = {
  'a merge key that repeats a field': `${HEAD}images: []\n<<: {images: [{name: ${PINNED}, newName: evil}]}\n`,
  'a merge key of an alias that repeats a field': `${HEAD}metadata: {annotations: &a {images: [{name: ${PINNED}, newName: evil}]}}\nimages: []\n<<: *a\n`,
  'a line separator': `${HEAD}# \u2028${EVIL_IMAGES}`,
  'a paragraph separator': `${HEAD}# \u2029${EVIL_IMAGES}`,
  'a next line': `${HEAD}# \u0085${EVIL_IMAGES}`,
  'a carriage return': `${HEAD}# \r${EVIL_IMAGES}`,
  'another version of YAML': `%YAML 1.1\n---\n${HEAD}!!binary aW1hZ2Vz: [{name: ${PINNED}, newName: evil}]\n`,
};

/** Ways to set an image: every one is refused. Kustomize shows that each would have worked. */
export const SETTING: Readonly<Record<string, Overlay>> = {
  images: { text: HEAD + EVIL_IMAGES },
  'images in capitals': { text: HEAD + EVIL_IMAGES.replace('images', 'IMAGES') },
  'images by the old name imageTags': { text: `${HEAD}imageTags: [{name: ${PINNED}, newTag: evil}]\n` },
  'images beside bases': { text: `bases: [../../../apps/payments]\n${EVIL_IMAGES}` },
  'images through a merge key': { text: `<<: {images: [{name: ${PINNED}, newName: evil}]}\n${HEAD}` },
  'images of a kustomization.yml in a nested folder': {
    text: 'resources: [nested]\n',
    files: { 'nested/kustomization.yml': `resources: [../../../../apps/payments]\n${EVIL_IMAGES}` },
    names: 'nested/kustomization.yml',
  },
  'images of a component': {
    text: `${HEAD}components: [../../components/debug]\n`,
    files: { '/environments/components/debug/kustomization.yaml': COMPONENT + EVIL_IMAGES },
    names: '../../components/debug/kustomization.yaml',
  },
  'images of a component of a component': {
    text: `${HEAD}components: [one]\n`,
    files: {
      'one/kustomization.yaml': `${COMPONENT}components: [../two]\n`,
      'two/kustomization.yaml': COMPONENT + EVIL_IMAGES,
    },
    names: 'two/kustomization.yaml',
  },
  'an inline strategic merge': { text: `${HEAD}patches:\n- patch: |-\n    ${EVIL_MERGE}\n` },
  'an inline strategic merge in capitals': { text: `${HEAD}Patches:\n- Patch: |-\n    ${EVIL_MERGE}\n` },
  'a strategic merge in a file': {
    text: `${HEAD}patches: [{path: patch.yaml}]\n`,
    files: { 'patch.yaml': EVIL_MERGE },
    names: 'patch.yaml',
  },
  'the second patch of a file': {
    text: `${HEAD}patches: [{path: patch.yaml}]\n`,
    files: { 'patch.yaml': `${merge('{containers: [{name: side, tty: true}]}')}\n---\n${EVIL_MERGE}\n` },
    names: 'patch.yaml',
  },
  'a strategic merge of a container after a harmless one': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{containers: [{name: side, tty: true}, {name: payments, image: evil}]}')}\n`,
  },
  'a strategic merge of a List': {
    text: `${HEAD}patches:\n- patch: |-\n    {apiVersion: v1, kind: List, items: [${EVIL_MERGE}]}\n`,
  },
  'a strategic merge that calls itself a ConfigMap': {
    text: `${HEAD}patches:\n- target: {kind: Deployment}\n  patch: |-\n    ${EVIL_MERGE.replace('Deployment', 'ConfigMap')}\n`,
  },
  'a strategic merge with an anchor': {
    text: `${HEAD}patches:\n- patch: |-\n    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: payments, annotations: &evil {name: payments, image: evil}}
    spec: {template: {spec: {containers: [*evil]}}}\n`,
  },
  'a strategic merge with a merge key': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{containers: [{name: payments, <<: {image: evil}}]}')}\n`,
  },
  'a strategic merge of an init container': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{initContainers: [{name: migrate, image: evil}]}')}\n`,
  },
  'a strategic merge of an ephemeral container': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{ephemeralContainers: [{name: debug, image: evil}]}')}\n`,
  },
  'a strategic merge that takes an image away': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{containers: [{name: payments, image: null}]}')}\n`,
  },
  'a strategic merge of an image volume': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{volumes: [{name: evil, image: {reference: evil}}]}')}\n`,
  },
  'patchesStrategicMerge inline': { text: `${HEAD}patchesStrategicMerge:\n- |-\n  ${EVIL_MERGE}\n` },
  'patchesStrategicMerge inline on one line': {
    text: `${HEAD}patchesStrategicMerge: [${JSON.stringify(EVIL_MERGE)}]\n`,
  },
  'patchesStrategicMerge with a file': {
    text: `${HEAD}patchesStrategicMerge: [patch.yaml]\n`,
    files: { 'patch.yaml': EVIL_MERGE },
    names: 'patch.yaml',
  },
  'patchesJson6902 with a file': {
    text: `${HEAD}patchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: payments}\n  path: patch.json\n`,
    files: { 'patch.json': EVIL_PATCH },
    names: 'patch.json',
  },
  'a JSON patch as a string of JSON': {
    text: `${HEAD}patches:\n- target: {kind: Deployment}\n  patch: '${EVIL_PATCH}'\n`,
  },
  'a JSON patch with escapes': {
    text: `${HEAD}patches:\n- target: {kind: Deployment}\n  patch: '${EVIL_PATCH.replace('/image', '/\\u0069mage')}'\n`,
  },
  'a JSON patch in a file': {
    text: `${HEAD}patches: [{target: {kind: Deployment}, path: patch.yaml}]\n`,
    files: { 'patch.yaml': EVIL_PATCH },
    names: 'patch.yaml',
  },
  'a JSON patch that replaces an image': {
    text: jsonPatch('{op: replace, path: /spec/template/spec/containers/0/image, value: evil}'),
  },
  'a JSON patch with a word before the pointer': {
    text: jsonPatch('{op: replace, path: x/spec/template/spec/containers/0/image, value: evil}'),
  },
  'a JSON patch that replaces an image after a harmless change': {
    text: jsonPatch(
      '{op: test, path: /spec/template/spec/containers/0/name, value: payments}',
      '{op: add, path: /spec/replicas, value: 3}',
      '{op: replace, path: /spec/template/spec/containers/0/image, value: evil}',
    ),
  },
  'a JSON patch that adds a container': {
    text: jsonPatch('{op: add, path: /spec/template/spec/containers/-, value: {name: evil, image: evil}}'),
  },
  'a JSON patch that replaces the containers': {
    text: jsonPatch('{op: replace, path: /spec/template/spec/containers, value: [{name: evil, image: evil}]}'),
  },
  'a JSON patch that replaces the pod': {
    text: jsonPatch('{op: replace, path: /spec/template/spec, value: {containers: [{name: evil, image: evil}]}}'),
  },
  'a JSON patch that removes an image': {
    text: jsonPatch('{op: remove, path: /spec/template/spec/containers/0/image}'),
  },
  'a JSON patch that copies onto an image': {
    text: jsonPatch('{op: copy, from: /metadata/name, path: /spec/template/spec/containers/0/image}'),
  },
  'a JSON patch that copies a container': {
    text: jsonPatch('{op: copy, from: /spec/template/spec/containers/1, path: /spec/template/spec/containers/0}'),
  },
  'a JSON patch that moves all containers': {
    text: jsonPatch('{op: move, from: /spec/template/spec/initContainers, path: /spec/template/spec/containers}'),
  },
  'a JSON patch that moves an image away': {
    text: jsonPatch('{op: move, from: /spec/template/spec/containers/0/image, path: /metadata/annotations}'),
  },
  'a replacement of an image': {
    text: replacement('metadata.name', 'spec.template.spec.containers.[name=payments].image'),
  },
  'a replacement whose field has a long s': {
    text: replacement('metadata.name', 'spec.template.spec.containers.*.image').replace(
      'fieldPaths',
      'fieldPath\u017f',
    ),
  },
  'a replacement of every image': { text: replacement('metadata.name', 'spec.template.spec.containers.*.image') },
  'a replacement of a container by another': {
    text: replacement('spec.template.spec.containers.1', 'spec.template.spec.containers.0'),
  },
  'a replacement of the containers by others': {
    text: replacement('spec.template.spec.initContainers', 'spec.template.spec.containers'),
  },
  'a replacement from a ConfigMap, after a harmless one': {
    text: `${HEAD}configMapGenerator: [{name: x, literals: [image=evil]}]\nreplacements:
- source: {kind: ConfigMap, name: x, fieldPath: data.image}
  targets:
  - {select: {kind: ConfigMap, name: settings}, fieldPaths: [data.a]}
  - {select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.1.image]}\n`,
  },
  'a replacement in capitals': {
    text: replacement('metadata.name', 'spec.template.spec.containers.0.image').replace('fieldPaths', 'FieldPaths'),
  },
  'a replacement in a file': {
    text: `${HEAD}replacements: [{path: replacement.yaml}]\n`,
    files: {
      'replacement.yaml':
        'source: {kind: Deployment, fieldPath: metadata.name}\ntargets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image]}]\n',
    },
    names: 'replacement.yaml',
  },
  'an image transformer in a file': {
    text: `${HEAD}transformers: [transformer.yaml]\n`,
    files: { 'transformer.yaml': EVIL_TRANSFORMER },
    names: 'transformer.yaml',
  },
  'an inline image transformer': { text: `${HEAD}transformers:\n- |-\n${EVIL_TRANSFORMER.replace(/^/gm, '  ')}\n` },
  'a namespace transformer with a field of its own': {
    text: `${HEAD}transformers: [transformer.yaml]\n`,
    files: {
      'transformer.yaml': plugin(
        'NamespaceTransformer',
        'fieldSpecs: [{path: spec/template/spec/containers/image, create: true}]',
      ).replace('name: x', 'name: x, namespace: evil'),
    },
    names: 'transformer.yaml',
  },
  'a prefix transformer with a field of its own': {
    text: `${HEAD}transformers: [transformer.yaml]\n`,
    files: {
      'transformer.yaml': plugin(
        'PrefixTransformer',
        'prefix: evil/\nfieldSpecs: [{path: "spec/template/spec/containers[]/image"}]',
      ),
    },
    names: 'transformer.yaml',
  },
  'a configuration by which a name prefix reaches images': {
    text: `${HEAD}namePrefix: evil-\nconfigurations: [fields.yaml]\n`,
    files: { 'fields.yaml': 'namePrefix: [{path: spec/template/spec/containers/image}]\n' },
    names: 'fields.yaml',
  },
  'a configuration by which replicas reach images': {
    text: `${HEAD}replicas: [{name: payments, count: 3}]\nconfigurations: [fields.yaml]\n`,
    files: { 'fields.yaml': 'replicas: [{Path: spec/template/spec/containers/image, kind: Deployment}]\n' },
    names: 'fields.yaml',
  },
  'labels of containers': {
    text: `${HEAD}labels: [{pairs: {image: evil}, fields: [{path: spec/template/spec/containers, kind: Deployment}]}]\n`,
  },
  'an object of its own with an image': {
    text: 'resources: [../../../apps/payments, debug.yaml]\n',
    files: {
      'debug.yaml':
        '{apiVersion: v1, kind: Pod, metadata: {name: debug}, spec: {containers: [{name: a, image: evil}]}}',
    },
    names: 'debug.yaml',
  },
  'an object of its own after a harmless one': {
    text: 'resources: [../../../apps/payments, more.yaml]\n',
    files: {
      'more.yaml': `{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}
---
{apiVersion: v1, kind: Pod, metadata: {name: debug}, spec: {containers: [{name: a, image: evil}]}}
`,
    },
    names: 'more.yaml',
  },
  'an object of its own, in a List': {
    text: 'resources: [../../../apps/payments, debug.yaml]\n',
    files: {
      'debug.yaml':
        '{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: debug}, spec: {containers: [{name: a, image: evil}]}}]}',
    },
    names: 'debug.yaml',
  },
  'a custom resource with an image': {
    text: 'resources: [../../../apps/payments, custom.yaml]\n',
    files: { 'custom.yaml': '{apiVersion: example.com/v1, kind: Runner, metadata: {name: x}, spec: {image: evil}}' },
    names: 'custom.yaml',
    isProven: false,
  },
};

/** What cannot be told without running it: refused. */
export const UNCLEAR: Readonly<Record<string, Overlay>> = {
  'a chart': { text: `${HEAD}helmCharts: [{name: x, repo: "https://charts.example.com"}]\n` },
  'a chart by its old name': { text: `${HEAD}helmChartInflationGenerator: [{chartName: x}]\n` },
  'a field that nobody knows': { text: `${HEAD}imagesFrom: somewhere\n` },
  'a field of every object': { text: `${HEAD}constructor: {}\n` },
  'definitions of custom resources, which add fields': {
    text: `${HEAD}crds: [types.json]\n`,
    files: { 'types.json': '{}' },
  },
  'a generator that runs a program': {
    text: `${HEAD}generators: [generator.yaml]\n`,
    files: {
      'generator.yaml':
        'apiVersion: example.com/v1\nkind: Maker\nmetadata: {name: x, annotations: {config.kubernetes.io/function: "exec: {path: ./make}"}}\n',
    },
    names: 'generator.yaml',
  },
  'a transformer that runs a program': {
    text: `${HEAD}transformers:\n- |-\n  apiVersion: example.com/v1\n  kind: Changer\n  metadata: {name: x}\n`,
  },
  'a transformer that adds values': {
    text: `${HEAD}transformers: [transformer.yaml]\n`,
    files: {
      'transformer.yaml': plugin(
        'ValueAddTransformer',
        'value: evil\ntargets: [{selector: {kind: Deployment}, fieldPath: spec/template/spec/containers/0/image}]',
      ),
    },
    names: 'transformer.yaml',
  },
  'a folder of transformers': {
    text: `${HEAD}transformers: [made]\n`,
    files: { 'made/kustomization.yaml': 'resources: [transformer.yaml]\n', 'made/transformer.yaml': EVIL_TRANSFORMER },
  },
  'a remote folder': { text: `${HEAD.replace(']', ', "https://github.com/acme/base//prod?ref=main"]')}` },
  'a remote folder without a scheme': { text: `${HEAD.replace(']', ', github.com/acme/base]')}` },
  'a remote folder whose name stands here too': {
    text: `${HEAD.replace(']', ', github.com/acme/base]')}`,
    files: { 'github.com/acme/base/kustomization.yaml': 'resources: []\n' },
  },
  'a remote folder over SSH': { text: `${HEAD}components: ["git@github.com:acme/base"]\n` },
  'a remote patch': { text: `${HEAD}patches: [{path: "https://example.com/patch.yaml"}]\n` },
  'a file that is not there': { text: `${HEAD}patches: [{path: patch.yaml}]\n` },
  'a file outside the repository': {
    text: `${HEAD}patches: [{path: ../../../../patch.yaml}]\n`,
    files: { '/patch.yaml': '[]' },
  },
  'an absolute path': { text: `${HEAD}patches: [{path: /etc/patch.yaml}]\n` },
  'a link to a patch': {
    text: `${HEAD}patches: [{path: patch.yaml}]\n`,
    files: { 'patch.yaml': { link: 'real.yaml' }, 'real.yaml': EVIL_MERGE },
  },
  'a component that is a link': {
    text: `${HEAD}components: [debug]\n`,
    files: { debug: { link: 'real' }, 'real/kustomization.yaml': COMPONENT + EVIL_IMAGES },
  },
  'the manifests past the pin': {
    text: 'resources: [../../../apps/payments/manifests]\n',
    files: { '/apps/payments/manifests/kustomization.yaml': 'resources: [deployment.yaml]\n' },
  },
  'another service': { text: 'resources: [../../../apps/ledger]\n' },
};

/** What environments are for: none of this touches an image, as kustomize shows. */
export const HARMLESS: Readonly<Record<string, Overlay>> = {
  'the service alone': { text: HEAD },
  'the service by another spelling': { text: 'resources: [./../../../apps/./payments/]\n' },
  'every field that only names things': {
    text: `${HEAD}apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namePrefix: a-
nameSuffix: -z
commonAnnotations: {image: harmless}
labels: [{pairs: {image: harmless}, includeTemplates: true}]
replicas: [{name: payments, count: 3}]
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator: [{name: more, literals: [image=harmless]}]
secretGenerator: [{name: secret, literals: [image=harmless]}]
buildMetadata: [originAnnotations]
`,
  },
  'empty images': { text: `${HEAD}images: []\n` },
  'images of nothing': { text: `${HEAD}images:\n` },
  'a change of the environment': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{containers: [{name: payments, env: [{name: image, value: "evil"}], resources: {limits: {cpu: "1"}}}]}')}\n`,
  },
  'the policy for pulling': {
    text: `${HEAD}patches:\n- patch: |-\n    ${merge('{imagePullSecrets: [{name: registry}], containers: [{name: payments, imagePullPolicy: Always}]}')}\n`,
  },
  'JSON patches of other fields': {
    text: jsonPatch(
      '{op: test, path: /spec/template/spec/containers/1/image, value: side}',
      '{op: add, path: /spec/template/spec/containers/0/env, value: [{name: image, value: x}]}',
      '{op: copy, from: /spec/template/spec/containers/0/env, path: /spec/template/spec/containers/1/env}',
      '{op: add, path: /metadata/annotations, value: {image: harmless}}',
      '{op: add, path: /spec/template/spec/volumes, value: [{name: scratch, emptyDir: {}}]}',
      '{op: add, path: /metadata/labels, value: {}}',
      '{op: add, path: /metadata/labels/image, value: harmless}',
      '{op: add, path: /spec/template/spec/nodeSelector, value: {image: harmless}}',
    ),
  },
  'a key of a ConfigMap called image': {
    text: `resources: [../../../apps/payments, more.yaml]
patches:
- patch: |-
    {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {image: harmless}}
- target: {kind: ConfigMap, name: more}
  patch: |-
    - {op: replace, path: /data/image, value: other}
`,
    files: {
      'more.yaml': `{apiVersion: v1, kind: ConfigMap, metadata: {name: more}, data: {image: harmless}}
---
{apiVersion: v1, kind: ConfigMapList, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: most}, data: {image: x}}]}
---
{apiVersion: v1, kind: Secret, metadata: {name: secret}, stringData: {image: harmless}}
`,
    },
  },
  'an autoscaler, a disruption budget and a service with a selector': {
    text: 'resources: [../../../apps/payments, more.yaml]\n',
    files: {
      'more.yaml': `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: p}, spec: {maxReplicas: 9}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p}, spec: {selector: {matchLabels: {image: x}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: p}, spec: {selector: {image: x}}}
`,
    },
  },
  'a type with a property called image': {
    text: 'resources: [../../../apps/payments, type.yaml]\n',
    files: {
      'type.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: runners.example.com}
spec: {versions: [{name: v1, schema: {openAPIV3Schema: {properties: {image: {type: string}}}}}]}
`,
    },
  },
  'replacements of other fields': {
    text: replacement(
      'metadata.name',
      'metadata.labels.image',
      'metadata.annotations.example\\.com/image',
      'spec.template.spec.containers.[name=payments].name',
    )
      .replace('fieldPaths:', 'options: {create: true}, fieldPaths:')
      .replace('.[name=payments].name', '.0.workingDir'),
  },
  'a component with a patch in a file': {
    text: `${HEAD}components: [debug]\n`,
    files: {
      'debug/kustomization.yaml': `${COMPONENT}patches: [{path: patch.yaml}]\n`,
      'debug/patch.yaml': merge('{containers: [{name: payments, tty: true}]}'),
    },
  },
  'transformers that add labels and prefixes': {
    text: `${HEAD}transformers: [transformers.yaml]\n`,
    files: {
      'transformers.yaml': `${plugin('PrefixTransformer', 'prefix: a-\nfieldSpecs: [{path: metadata/name}]')}---
${plugin('LabelTransformer', 'labels: {image: x}\nfieldSpecs: [{path: metadata/labels, create: true}]')}`,
    },
  },
  'a generator of a ConfigMap': {
    text: `${HEAD}generators: [generator.yaml]\n`,
    files: { 'generator.yaml': plugin('ConfigMapGenerator', 'literals: [image=harmless]') },
  },
  'a configuration of other fields': {
    text: `${HEAD}configurations: [fields.yaml]\n`,
    files: { 'fields.yaml': 'namePrefix: [{path: metadata/name}]\nvarReference: [{path: spec/host, kind: Ingress}]\n' },
  },
  'folders that name each other once': {
    text: 'resources: [one, two]\n',
    files: {
      'one/kustomization.yaml': 'resources: [../../../../apps/payments]\n',
      'two/kustomization.yaml': 'namePrefix: two-\nresources: [config.yaml]\n',
      'two/config.yaml': '{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {image: y}}',
    },
  },
};

/** Returns all files of an overlay's repository by their path. */
export function repository({ text, files = {} }: Overlay): Record<string, Content> {
  const placed = Object.entries(files).map(([path, content]): [string, Content] => [
    path.startsWith('/') ? path.slice(1) : `${FOLDER}/${path}`,
    content,
  ]);
  return { ...BASE, [FILE]: text, ...Object.fromEntries(placed) };
}
