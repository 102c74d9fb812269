import type { KubernetesObject } from '../objects/object.ts';
import { groupOf } from './kubernetes-schemas.ts';
import type { Schema } from './schema.ts';

/** A version of a custom resource: its schema, if it has one. */
interface CustomVersion {
  readonly schema?: Schema | undefined;
  readonly served: boolean;
}

/** What a CustomResourceDefinition says, as far as objects are held against it. Survives JSON. */
export interface CustomKind {
  readonly group: string;
  readonly kind: string;
  readonly global: boolean;
  readonly versions: Readonly<Record<string, CustomVersion>>;
}

/** Returns what a CustomResourceDefinition defines, or undefined for any other object, or one that cannot be read. */
export function customKind(object: KubernetesObject): CustomKind | undefined {
  if (object.kind !== 'CustomResourceDefinition' || groupOf(object.apiVersion) !== 'apiextensions.k8s.io')
    return undefined;
  const spec = (object.spec ?? {}) as Definition;
  if (typeof spec.group !== 'string' || typeof spec.names?.kind !== 'string') return undefined;
  const written = spec.versions ?? (spec.version === undefined ? [] : [{ name: spec.version, served: true }]);
  const versions = written.map(({ name, served, schema }): [string, CustomVersion] => {
    const own = (schema ?? spec.validation)?.openAPIV3Schema;
    return [
      String(name),
      { served: served !== false, schema: own && rooted(own, spec.preserveUnknownFields === true) },
    ];
  });
  return {
    group: spec.group,
    kind: spec.names.kind,
    global: spec.scope === 'Cluster',
    versions: Object.fromEntries(versions),
  };
}

interface Definition {
  readonly group?: string;
  readonly scope?: string;
  readonly names?: { readonly kind?: string };
  readonly version?: string;
  readonly preserveUnknownFields?: boolean;
  readonly validation?: { readonly openAPIV3Schema?: Schema };
  readonly versions?: readonly {
    readonly name?: string;
    readonly served?: boolean;
    readonly schema?: { readonly openAPIV3Schema?: Schema };
  }[];
}

/** Returns a schema with the fields that every object has, and without words for people. */
function rooted(schema: Schema, keepsUnknown: boolean): Schema {
  const { properties = {}, ...rest } = withoutWords(schema) as Schema;
  const metadata: Schema = { $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
  return {
    ...rest,
    ...(keepsUnknown || schema.properties === undefined ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
    properties: { ...properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata },
  };
}

/** Returns a schema without descriptions, which are most of it. A property may be called `description`. */
function withoutWords(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutWords(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => isNames || !WORDS.has(key));
  return Object.fromEntries(
    kept.map(([key, inner]) => [
      key,
      key === 'default' || key === 'enum' ? inner : withoutWords(inner, key === 'properties' && !isNames),
    ]),
  );
}

const WORDS = new Set(['description', 'example', 'externalDocs', 'title', 'x-kubernetes-validations']);

/** The custom resources that an environment knows, by group and kind. */
export type CustomKinds = ReadonlyMap<string, CustomKind>;

/** Returns kinds by `group/Kind`; of two definitions of one kind, the later one counts. */
export function customKinds(kinds: Iterable<CustomKind>): CustomKinds {
  return new Map([...kinds].map((kind) => [`${kind.group}/${kind.kind}`, kind]));
}
