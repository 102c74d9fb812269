import type { KubernetesObject } from '../objects/object.ts';
import type { Path } from '../schemas/schema.ts';
import { at, type Fields, items, map } from './fields.ts';

/** A pod that an object is, or makes from a template. */
export interface Pod {
  readonly spec: Fields;
  readonly path: Path;
  readonly metadata: Fields;
}

const TEMPLATES: readonly Path[] = [['spec', 'template'], ['spec', 'jobTemplate', 'spec', 'template'], ['template']];

/** Returns the pod of an object: of a Pod, or of anything with a pod template such as a Deployment, a Job or a Rollout. */
export function podOf(object: KubernetesObject): Pod | undefined {
  if (object.kind === 'Pod' && object.apiVersion === 'v1') {
    return { spec: map(object.spec), path: ['spec'], metadata: map(object.metadata) };
  }
  for (const path of TEMPLATES) {
    const template = map(at(object, ...path));
    if (!Array.isArray(at(template, 'spec', 'containers'))) continue;
    return { spec: map(template.spec), path: [...path, 'spec'], metadata: map(template.metadata) };
  }
  return undefined;
}

/** A container of a pod, and where it stands in the object. */
export interface Container {
  readonly value: Fields;
  readonly path: Path;
  readonly name: string;
}

/** Returns the containers of a pod, those that run first too. */
export function containersOf({ spec, path }: Pod): Container[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) =>
    items(spec[field]).map(([index, value]) => {
      const fields = map(value);
      return { value: fields, path: [...path, field, index], name: String(fields.name) };
    }),
  );
}
