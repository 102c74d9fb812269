import { type KubernetesObject, objectKey } from '../objects/object.ts';
import { type CustomKind, customKind } from '../schemas/custom-schemas.ts';
import { groupOf } from '../schemas/kubernetes-schemas.ts';
import { at, items, labels, map } from './fields.ts';
import { type HostClaim, hostClaims } from './hosts.ts';
import { makesOthers } from './makers.ts';
import { containersOf, podOf } from './pods.ts';
import { type Provided, providedBy } from './provided.ts';
import { type Reference, referencesOf } from './references.ts';
import { type Selector, selectorsOf } from './selectors.ts';

/** Something of an object, by its key. */
type Of<T> = T & { readonly key: string };

/**
 * What of a service's objects the rest of an environment has to do with. It depends on the objects alone and survives
 * JSON, so that an environment is checked without rendering or reading again what did not change.
 */
export interface ServiceSummary {
  readonly keys: readonly string[];
  /** The custom kinds, `group/Kind`, of its objects: with another definition of these they fit differently. */
  readonly kinds: readonly string[];
  readonly definitions: readonly CustomKind[];
  readonly workloads: readonly Workload[];
  readonly services: readonly SummarizedService[];
  readonly hosts: readonly Of<HostClaim>[];
  readonly selectors: readonly Of<Selector>[];
  readonly references: readonly Of<Reference>[];
  readonly provided: readonly Provided[];
  /** The names of objects that make others, which no manifest shows. */
  readonly makers: readonly string[];
}

/** What runs pods. */
export interface Workload {
  readonly key: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The names of its containers' ports. */
  readonly ports: readonly string[];
}

export interface SummarizedService {
  readonly key: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** null: it selects no pods (ExternalName, or endpoints made by hand). */
  readonly selector: Readonly<Record<string, string>> | null;
  readonly ports: readonly { readonly name?: string; readonly number?: number; readonly target?: string }[];
}

/** Returns the summary of a service's rendered objects. */
export function summarize(objects: readonly KubernetesObject[]): ServiceSummary {
  const of = <T extends object>(each: (object: KubernetesObject) => readonly T[]): Of<T>[] =>
    objects.flatMap((object) => each(object).map((value) => ({ key: objectKey(object), ...value })));
  return {
    keys: objects.map(objectKey),
    kinds: [
      ...new Set(
        objects.map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`).filter((kind) => kind.includes('.')),
      ),
    ],
    definitions: objects.flatMap((object) => customKind(object) ?? []),
    workloads: objects.flatMap(workload),
    services: objects.flatMap(service),
    hosts: of(hostClaims),
    selectors: of(selectorsOf),
    references: of(referencesOf),
    provided: objects.flatMap(providedBy),
    makers: objects.filter(makesOthers).map(({ metadata }) => metadata.name),
  };
}

function workload(object: KubernetesObject): Workload[] {
  const pod = podOf(object);
  if (pod === undefined) return [];
  const ports = containersOf(pod).flatMap(({ value }) =>
    items(value.ports).flatMap(([, port]) => String(map(port).name ?? '')),
  );
  const own = {
    key: objectKey(object),
    namespace: object.metadata.namespace ?? '',
    labels: labels(pod.metadata.labels),
    ports: ports.filter((name) => name !== ''),
  };
  return [own, ...experiments(object).map((changed) => ({ ...own, labels: { ...own.labels, ...changed } }))];
}

/** Returns the labels that the pods of a Rollout's experiments have in place of its own. */
function experiments(object: KubernetesObject): Record<string, string>[] {
  if (object.kind !== 'Rollout') return [];
  return items(at(object, 'spec', 'strategy', 'canary', 'steps')).flatMap(([, step]) =>
    items(at(step, 'experiment', 'templates')).map(([, template]) => labels(at(template, 'metadata', 'labels'))),
  );
}

function service(object: KubernetesObject): SummarizedService[] {
  if (object.kind !== 'Service' || object.apiVersion !== 'v1') return [];
  const selector = labels(at(object, 'spec', 'selector'));
  const isSelecting = Object.keys(selector).length > 0 && at(object, 'spec', 'type') !== 'ExternalName';
  const ports = items(at(object, 'spec', 'ports')).map(([, port]) => {
    const { name, port: number, targetPort } = map(port);
    return {
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof number === 'number' ? { number } : {}),
      ...(typeof targetPort === 'string' ? { target: targetPort } : {}),
    };
  });
  return [
    {
      key: objectKey(object),
      namespace: object.metadata.namespace ?? '',
      labels: labels(object.metadata.labels),
      selector: isSelecting ? selector : null,
      ports,
    },
  ];
}
