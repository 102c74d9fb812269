import { fields, splitImage } from '@eleventh/core';
import type { KubernetesObject } from '../objects/object.ts';
import type { Layer } from '../sources/kustomization.ts';
import type { SourceIndex } from '../sources/source-index.ts';
import { selects } from '../sources/target.ts';
import { type Fields, items, map, text } from '../summary/fields.ts';
import { containersOf, podOf } from '../summary/pods.ts';
import type { Report, ServiceRule } from './rule.ts';

export const overlayNamesNothing: ServiceRule = {
  id: 'overlay-names-nothing',
  severity: 'warning',
  title: 'A kustomization names what is not there.',
  what: 'The target of a patch, an entry of `images` or of `replicas` in an overlay or a pin that fits none of the service’s objects.',
  why: 'Kustomize passes over it without a word, or refuses to build. Mostly the object was renamed, and what the overlay was for does not hold any more.',
  mend: 'Correct the name, or remove the entry.',
  example: `# environments/prod/payments/kustomization.yaml
resources:
  - ../../../apps/payments
patches:
  - target: {kind: Deployment, name: payment}
    path: resources.yaml`,
  *service({ objects, index }): Iterable<Report> {
    // Mostly all is found among the rendered objects, and no file has to be read.
    if (missing([], objects, index).next().done === true) return;
    // What a chart or a generator brings is known from the rendered objects alone.
    if (index.objects.every(({ isPatch }) => isPatch) && objects.length === 0) return;
    const written = index.objects.filter(({ isPatch }) => !isPatch).map(({ value }) => value);
    yield* missing(written, objects, index);
  },
};

function* missing(
  written: readonly Fields[],
  objects: readonly KubernetesObject[],
  index: SourceIndex,
): Generator<Report> {
  for (const layer of index.own) {
    yield* targets(layer, written, objects, index);
    yield* images(layer, written, objects, index);
    yield* replicas(layer, written, objects, index);
  }
}

function* targets(layer: Layer, written: readonly Fields[], objects: readonly KubernetesObject[], index: SourceIndex) {
  for (const field of ['patches', 'patchesjson6902']) {
    for (const [at, patch] of items(layer.value[field])) {
      const { target } = fields(patch);
      if (target === undefined || target === null) continue;
      const candidates = [...written, ...objects, ...generators(index)] as KubernetesObject[];
      const isObject = ({ apiVersion, kind }: KubernetesObject) =>
        typeof apiVersion === 'string' && typeof kind === 'string';
      if (candidates.some((object) => isObject(object) && selects(target, object))) continue;
      const { kind = 'object', name } = fields(target);
      const message = `The patch is for ${String(kind)}${name === undefined ? '' : ` ${String(name)}`}, which the service does not have.`;
      yield { place: index.fieldPlace(layer, [field, at, 'target']), message };
    }
  }
}

/** Returns what generators make, under the names that patches know. */
function generators(index: SourceIndex): Fields[] {
  const made = { configmapgenerator: 'ConfigMap', secretgenerator: 'Secret' };
  return index.build.layers.flatMap(({ value }) =>
    Object.entries(made).flatMap(([field, kind]) =>
      items(value[field]).map(([, item]) => ({ apiVersion: 'v1', kind, metadata: { name: fields(item).name } })),
    ),
  );
}

function* images(layer: Layer, written: readonly Fields[], objects: readonly KubernetesObject[], index: SourceIndex) {
  const known = [...written, ...objects].flatMap((object) => {
    const pod = podOf(object as KubernetesObject);
    return pod === undefined ? [] : containersOf(pod).map(({ value }) => splitImage(String(value.image)).repository);
  });
  const hidden = [...written, ...objects].some(
    (object) => hasImage(object) && podOf(object as KubernetesObject) === undefined,
  );
  for (const [at, image] of items(layer.value.images)) {
    const { name, newname } = fields(image);
    if (hidden || known.some((repository) => repository === name || repository === newname)) continue;
    if (text(name) === undefined || /[^\w./:-]/.test(String(name))) continue;
    const message = `The service has no image ${String(name)}, so the entry changes nothing.`;
    yield { place: index.fieldPlace(layer, ['images', at, 'name']), message };
  }
}

/** Returns whether a custom resource, or anything else without a pod template, names an image. */
function hasImage(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasImage);
  return Object.entries(map(value)).some(([key, inner]) => /image|containers?$/i.test(key) || hasImage(inner));
}

function* replicas(layer: Layer, written: readonly Fields[], objects: readonly KubernetesObject[], index: SourceIndex) {
  const names = new Set([...written, ...objects].map((object) => map(map(object).metadata).name));
  for (const [at, entry] of items(layer.value.replicas)) {
    const name = text(fields(entry).name);
    if (name === undefined || names.has(name)) continue;
    const message = `The service has no workload ${name} whose replicas could be set.`;
    yield { place: index.fieldPlace(layer, ['replicas', at, 'name']), message };
  }
}
