import type { KubernetesObject } from '../objects/object.ts';
import { type BuildChange, buildChanges, isBuildAnnotation } from './build-annotations.ts';
import type { FieldChange } from './field-changes.ts';
import { formatKey, formatPath } from './field-path.ts';
import { type Highlight, highlights } from './highlights.ts';
import { changedObject, type ObjectChange, objectChanges } from './object-changes.ts';
import { changesWithoutSecrets, withoutSecrets } from './secret.ts';

type Changed = 'added' | 'removed' | 'changed';

/** A field that differs. `before` and `after` are null where there is nothing: `change` tells it from a null. */
export interface ShownField {
  /** As people write it: `spec.template.spec.containers[name=web].image`. */
  readonly path: string;
  /** `reordered`: the items of a list, told by their keys, stand in another order. */
  readonly change: Changed | 'reordered';
  readonly before: unknown;
  readonly after: unknown;
  /** Whether it is nothing but an annotation that says which build the object is. */
  readonly isBuild: boolean;
}

/** An object that differs. */
export interface ShownObject {
  readonly change: Changed;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** What it was called before, where its generator named it anew or it is in another namespace; else null. */
  readonly previous: { readonly namespace: string | null; readonly name: string } | null;
  /** By path; of an object that changes alone. */
  readonly fields: readonly ShownField[];
  /** The whole object, where it comes or goes; else null. */
  readonly content: KubernetesObject | null;
}

/** What stands out: objects are named `Kind/name`. */
export type ShownHighlight =
  | {
      readonly kind: 'image';
      readonly before: string | null;
      readonly after: string | null;
      readonly objects: readonly string[];
    }
  | {
      readonly kind: 'replicas';
      readonly before: number | null;
      readonly after: number | null;
      readonly object: string;
    }
  | { readonly kind: 'definition' | 'namespace'; readonly change: Changed; readonly object: string };

/** What a cluster would see, as it may be shown: nothing that a Secret holds is in it. */
export interface ShownDiff {
  readonly highlights: readonly ShownHighlight[];
  /** The annotations by which objects say which build they are, as far as they change. */
  readonly build: readonly BuildChange[];
  readonly objects: readonly ShownObject[];
}

/** Returns how two states of objects differ. @param isElsewhere whether they are of two environments. */
export function showDiff(
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  isElsewhere = false,
): ShownDiff {
  const changes = objectChanges(before, after, isElsewhere);
  return {
    highlights: highlights(changes).map(showHighlight),
    build: buildChanges(changes),
    objects: changes.map(showObject),
  };
}

function showObject(change: ObjectChange): ShownObject {
  const object = changedObject(change);
  const { apiVersion, kind, metadata } = object;
  const name = { namespace: metadata.namespace ?? null, name: metadata.name };
  const earlier = change.kind === 'changed' ? change.before.metadata : metadata;
  const previous = { namespace: earlier.namespace ?? null, name: earlier.name };
  const isSame = previous.name === name.name && previous.namespace === name.namespace;
  return {
    change: change.kind,
    apiVersion,
    kind,
    ...name,
    previous: isSame ? null : previous,
    fields: change.kind === 'changed' ? changesWithoutSecrets(object, change.fields).map(showField) : [],
    content: change.kind === 'changed' ? null : withoutSecrets(object),
  };
}

function showField(change: FieldChange): ShownField {
  const path = formatPath(change.path);
  const isBuild = isBuildAnnotation(change);
  if (change.kind === 'reordered') {
    return {
      path,
      change: change.kind,
      before: change.before.map(formatKey),
      after: change.after.map(formatKey),
      isBuild,
    };
  }
  return {
    path,
    change: change.kind,
    before: change.kind === 'added' ? null : change.before,
    after: change.kind === 'removed' ? null : change.after,
    isBuild,
  };
}

function showHighlight(one: Highlight): ShownHighlight {
  if (one.kind === 'image') return { ...one, objects: one.objects.map(label) };
  if (one.kind === 'replicas') return { ...one, object: label(one.object) };
  const kind = one.object.kind === 'Namespace' ? 'namespace' : 'definition';
  return { kind, change: one.change, object: label(one.object) };
}

function label({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.name}`;
}
