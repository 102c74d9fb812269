import { nameHint } from '@eleventh/core';
import type { KubernetesObject } from '../objects/object.ts';
import type { CustomKinds } from './custom-schemas.ts';
import { withDefaults } from './defaults.ts';
import { groupOf, type VersionSchemas } from './kubernetes-schemas.ts';
import { removal } from './removed.ts';
import type { Schema, SchemaProblem } from './schema.ts';
import { ANYTHING, validate } from './validator.ts';

/**
 * Returns what of an object does not fit the schema of its kind: one of Kubernetes' own, or a custom one. Where nothing
 * knows the kind, that is the only problem.
 */
export function checkObject(object: KubernetesObject, schemas: VersionSchemas, custom: CustomKinds): SchemaProblem[] {
  const { apiVersion, kind } = object;
  const known = schemas.kind(apiVersion, kind);
  if (known !== undefined) return validate(plain(object), known, schemas.definition, true);
  const defined = custom.get(`${groupOf(apiVersion)}/${kind}`);
  const version = defined?.versions[apiVersion.slice(apiVersion.indexOf('/') + 1)];
  if (defined !== undefined && version?.served !== true) {
    const served = Object.entries(defined.versions).filter(([, { served: is }]) => is);
    return [
      gone(
        `${kind} is not defined in ${apiVersion}`,
        served.map(([name]) => `${defined.group}/${name}`),
      ),
    ];
  }
  if (version?.schema !== undefined) return validateCustom(object, version.schema, schemas);
  return [withoutSchema(object, schemas)];
}

/** Returns the API versions and kinds are gone, or that nothing knows them. */
function withoutSchema({ apiVersion, kind }: KubernetesObject, schemas: VersionSchemas): SchemaProblem {
  const removed = removal(apiVersion, kind);
  if (removed !== undefined) {
    const problem = `${kind} of ${apiVersion} is gone since Kubernetes ${removed.since}`;
    return gone(problem, removed.instead === '' ? [] : [removed.instead]);
  }
  const others = schemas.versionsOf(groupOf(apiVersion), kind);
  if (others.length > 0) return gone(`Kubernetes ${schemas.name} has no ${kind} of ${apiVersion}`, others);
  const own = schemas.kindsOf(groupOf(apiVersion));
  if (own.length > 0) {
    const problem = `Kubernetes ${schemas.name} has no ${kind} of ${apiVersion}.`;
    return { rule: 'unknown-kind', path: ['kind'], message: problem, hint: nameHint(kind, own) };
  }
  const message = `Nothing knows ${kind} of ${apiVersion}, so its fields were not checked.`;
  return {
    rule: 'no-schema',
    path: ['kind'],
    message,
    hint: 'Put its CustomResourceDefinition into environments/crds/',
  };
}

function gone(problem: string, instead: readonly string[]): SchemaProblem {
  const hint = instead.length === 0 ? undefined : `apiVersion: ${instead.join(' or ')}`;
  return { rule: 'removed-api', path: ['apiVersion'], message: `${problem}.`, hint };
}

/** A field without a value counts as absent in what Kubernetes itself defines, and in `metadata` of any object. */
function validateCustom(object: KubernetesObject, schema: Schema, schemas: VersionSchemas): SchemaProblem[] {
  const { metadata = {}, ...properties } = schema.properties ?? {};
  const rest = { ...schema, properties: { ...properties, metadata: {} } };
  const own = validate(withDefaults(plain(object), rest), rest, schemas.definition, false);
  return [...validate(object.metadata, metadata, schemas.definition, true, ['metadata']), ...own];
}

/** Returns an object without what SOPS adds and takes away again before the object reaches a cluster. */
function plain(object: KubernetesObject): unknown {
  if (object.sops === undefined) return object;
  const { sops, ...rest } = object;
  return decrypted(rest);
}

/** Returns a value with what may stand for anything in place of what is encrypted: that is a text, whatever it was. */
function decrypted(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('ENC[') ? ANYTHING : value;
  if (Array.isArray(value)) return value.map(decrypted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decrypted(inner)]));
}
