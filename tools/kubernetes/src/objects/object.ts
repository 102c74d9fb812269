import { readYaml } from '../sources/kubernetes-yaml.ts';

/** An object as manifests write it and a cluster would store it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Returns what names an object in its cluster: its API group (without the version), kind, namespace and name. */
export function objectKey({ apiVersion, kind, metadata }: KubernetesObject): string {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return [group, kind, metadata.namespace ?? '', metadata.name].join('/');
}

/** Returns the objects of a stream that a renderer printed, in its order and as a cluster would read them; the items of a List come each alone. */
export function parseObjects(text: string): KubernetesObject[] {
  const values = readYaml(text).documents.map((document): unknown => document.toJS({ maxAliasCount: -1 }));
  return values.flatMap((value) => (isList(value) ? value.items : [value])).filter(isObject);
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items);
}

function isObject(value: unknown): value is KubernetesObject {
  const { kind, apiVersion, metadata } = (value ?? {}) as Partial<KubernetesObject>;
  return typeof kind === 'string' && typeof apiVersion === 'string' && typeof metadata?.name === 'string';
}
