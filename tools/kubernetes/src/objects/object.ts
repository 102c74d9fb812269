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

/** What a renderer printed: its objects, and what of it a cluster would not take for one. */
export interface ReadObjects {
  readonly objects: readonly KubernetesObject[];
  readonly misfits: readonly Misfit[];
}

/** What a cluster would refuse before it looks at any schema. */
export interface Misfit {
  /** Without: it is no object at all. */
  readonly object?: KubernetesObject;
  readonly path: readonly string[];
  /** One sentence. */
  readonly message: string;
}

/** Returns the objects of a stream that a renderer printed, in its order and as a cluster would read them; the items of a List come each alone. */
export function parseObjects(text: string): readonly KubernetesObject[] {
  return readObjects(text).objects;
}

/**
 * Returns the same with what is no object. A name or namespace that is a number, say, is there as its text, and a name
 * that the API server would make (`generateName`) ends with a star.
 */
export function readObjects(text: string): ReadObjects {
  const objects: KubernetesObject[] = [];
  const misfits: Misfit[] = [];
  for (const document of readYaml(text).documents) {
    const [error] = document.errors;
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    if (error !== undefined)
      misfits.push({ path: [], message: `It comes to what is no YAML: ${error.message.replace(/\.$/, '')}.` });
    // Some readers take the last of a key that is there twice; of anything else only a part could be read.
    if (error !== undefined && error.code !== 'DUPLICATE_KEY') continue;
    for (const item of isList(value) ? value.items : [value]) {
      if (item === null || item === undefined) continue;
      const [object, ...wrong] = named(item);
      if (object !== undefined) objects.push(object);
      if (error === undefined) misfits.push(...wrong);
    }
  }
  return { objects, misfits };
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  const { kind, items } = (value ?? {}) as { kind?: unknown; items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items);
}

/** Returns a value as an object with a name, if it can be one, and what is wrong with it. */
function named(value: unknown): [KubernetesObject | undefined, ...Misfit[]] {
  const { kind, apiVersion, metadata } = value as { kind?: unknown; apiVersion?: unknown; metadata?: unknown };
  if (typeof kind !== 'string' || typeof apiVersion !== 'string')
    return [
      undefined,
      { path: [], message: 'It comes to a document without apiVersion and kind, which is no object.' },
    ];
  const { name, namespace, generateName, ...more } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  const made = typeof generateName === 'string' && generateName !== '' ? `${generateName}*` : undefined;
  const own = scalarText(name) ?? made;
  if (own === undefined)
    return [undefined, { path: [], message: `It comes to an object of kind ${kind} without a name.` }];
  const place = scalarText(namespace);
  if (own === name && place === namespace) return [value as KubernetesObject];
  const object = {
    ...(value as KubernetesObject),
    metadata: {
      ...more,
      ...(made === undefined ? {} : { generateName }),
      ...(place === undefined ? {} : { namespace: place }),
      name: own,
    },
  };
  const misfits = Object.entries({ name, namespace }).flatMap(([field, found]): Misfit[] =>
    found == null || typeof found === 'string'
      ? []
      : [
          {
            object,
            path: ['metadata', field],
            message: `metadata.${field} has to be a string, and is a ${typeof found}.`,
          },
        ],
  );
  return [object, ...misfits];
}

function scalarText(value: unknown): string | undefined {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
