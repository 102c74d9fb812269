import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VersionSchemas } from '../src/schemas/kubernetes-schemas.ts';
import type { Schema } from '../src/schemas/schema.ts';

/** A JSON schema, draft 4. */
type Json = Record<string, unknown>;

const QUANTITY = '^[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$';
const BASE64 = '^(?:[A-Za-z0-9+/\\r\\n]{4})*(?:[A-Za-z0-9+/\\r\\n]{2}==|[A-Za-z0-9+/\\r\\n]{3}=)?$';

/** Writes a file for each kind of a version, named as kubeconform looks for them; returns the template of their place. */
export function writeJsonSchemas(schemas: VersionSchemas, folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of schemas.kinds) {
    const parts = name.split('/');
    const [kind, version, group = ''] = parts.reverse();
    const schema = schemas.kind(group === '' ? String(version) : `${group}/${version}`, String(kind));
    const file = [kind, ...(group === '' ? [] : [group.split('.')[0]]), version].join('-').toLowerCase();
    const definitions: Json = {};
    const root = json(schema ?? {}, false, schemas, definitions);
    writeFileSync(join(folder, `${file}.json`), JSON.stringify({ ...root, definitions }));
  }
  return `${folder}/{{.ResourceKind}}{{.KindSuffix}}.json`;
}

/** Returns the schema in JSON Schema's words; what it refers to is added to the definitions. */
function json(schema: Schema, isNullable: boolean, schemas: VersionSchemas, definitions: Json): Json {
  if (schema.$ref !== undefined) {
    const name = schema.$ref + (isNullable ? '.orNull' : '');
    if (definitions[name] === undefined) {
      definitions[name] = {};
      definitions[name] = json(schemas.definition(schema.$ref) ?? {}, isNullable, schemas, definitions);
    }
    return { $ref: `#/definitions/${name}` };
  }
  const made: Json = {};
  const types =
    schema.format === 'int-or-string'
      ? ['string', 'integer']
      : schema.format === 'quantity'
        ? ['string', 'number']
        : [schema.type];
  if (schema.type !== undefined) made.type = isNullable ? [...types, 'null'] : types;
  if (schema.format === 'quantity') made.pattern = QUANTITY;
  if (schema.format === 'byte') made.pattern = BASE64;
  if (schema.format === 'date-time') made.format = 'date-time';
  if (schema.format === 'int32') Object.assign(made, { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 });
  if (schema.enum !== undefined) made.enum = [...new Set([...schema.enum, '', ...(isNullable ? [null] : [])])];
  if (schema.required !== undefined) made.required = schema.required;
  if (schema.items !== undefined) made.items = json(schema.items, false, schemas, definitions);
  if (schema.properties !== undefined) {
    const isRequired = (name: string) => schema.required?.includes(name) === true;
    made.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, inner]) => [
        name,
        json(inner, !isRequired(name), schemas, definitions),
      ]),
    );
    made.additionalProperties = false;
  }
  if (typeof schema.additionalProperties === 'object')
    made.additionalProperties = json(schema.additionalProperties, true, schemas, definitions);
  return made;
}
