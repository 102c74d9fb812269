import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type AnySchemaObject } from 'ajv';
import addFormats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: AnySchemaObject;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: AnySchemaObject }>>;
  };
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
}

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: AnySchemaObject }>>;
}

/** An operation that was found for a request, with the values of its path. */
export interface Found {
  readonly id: string;
  readonly path: Readonly<Record<string, string>>;
  /** Returns what is wrong with what is asked. */
  askedWrong(query: URLSearchParams, body: unknown): string[];
  describes(status: number): boolean;
  /** Returns what is wrong with an answer. */
  answeredWrong(status: number, body: unknown): string[];
  /** Returns the smallest answer that fits, with these values in it. */
  answer(status: number, values: unknown): unknown;
}

/** An OpenAPI 3.0 document whose operations can be held to it. */
export class Description {
  readonly #document: Json & { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  readonly #ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { int32: true, int64: true, binary: true, 'repo.nwo': /^[^/\s]+\/[^/\s]+$/ },
  });

  constructor(name: 'github' | 'gitlab') {
    const text = readFileSync(join(import.meta.dirname, 'descriptions', `${name}.json`), 'utf8');
    this.#document = jsonSchema(JSON.parse(text));
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'host', ...this.#document });
  }

  find(method: string, pathname: string): Found | undefined {
    for (const [template, item] of Object.entries(this.#document.paths)) {
      const operation = item[method.toLowerCase()];
      const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
      const match = new RegExp(`^${template.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(pathname);
      if (operation === undefined || match === null) continue;
      const path = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
      return {
        id: operation.operationId,
        path,
        askedWrong: (query, body) => this.#askedWrong(operation, path, query, body),
        describes: (status) => operation.responses[status] !== undefined,
        answeredWrong: (status, body) => this.#answeredWrong(operation, status, body),
        answer: (status, values) => this.#fill(this.#schemaOf(operation, status), values),
      };
    }
    return undefined;
  }

  #askedWrong(operation: Operation, path: Found['path'], query: URLSearchParams, body: unknown): string[] {
    const known = (operation.parameters ?? []).map((parameter) => this.#resolved<Parameter>(parameter));
    const given = [
      ...Object.entries(path).map((pair) => ['path', ...pair]),
      ...[...query].map((pair) => ['query', ...pair]),
    ];
    const unknown = given.filter(([place, name]) => !known.some((one) => one.name === name && one.in === place));
    const missing = known.filter((one) => one.required && one.in === 'query' && !query.has(one.name));
    const bad = given.flatMap(([place, name, value]) => {
      const parameter = known.find((one) => one.name === name && one.in === place);
      return parameter === undefined
        ? []
        : this.#problems(parameter.schema, typed(parameter.schema, value ?? ''), `${place} ${name}`);
    });
    return [
      ...unknown.map(([place, name]) => `${place} has no ${name}`),
      ...missing.map(({ name }) => `query needs ${name}`),
      ...bad,
      ...this.#bodyWrong(operation, body),
    ];
  }

  #bodyWrong({ requestBody }: Operation, body: unknown): string[] {
    const schema = requestBody?.content['application/json']?.schema;
    if (schema === undefined) return body === undefined ? [] : ['there is no body'];
    if (body === undefined) return requestBody?.required === true ? ['there has to be a body'] : [];
    // The documents allow any other field, which a host leaves out in silence: to us that is a mistake.
    const names = new Set(this.#fields(schema));
    const others =
      names.size === 0 || typeof body !== 'object' || body === null
        ? []
        : Object.keys(body).filter((name) => !names.has(name));
    return [...others.map((name) => `body has no ${name}`), ...this.#problems(schema, body, 'body')];
  }

  #fields(schema: AnySchemaObject): string[] {
    const resolved = this.#resolved<AnySchemaObject>(schema);
    const parts = [...(resolved.oneOf ?? []), ...(resolved.anyOf ?? []), ...(resolved.allOf ?? [])];
    return [...Object.keys(resolved.properties ?? {}), ...parts.flatMap((part: AnySchemaObject) => this.#fields(part))];
  }

  #answeredWrong(operation: Operation, status: number, body: unknown): string[] {
    if (operation.responses[status] === undefined) return [`status ${status} is not described`];
    const schema = this.#schemaOf(operation, status);
    return schema === undefined ? [] : this.#problems(schema, body, 'answer');
  }

  #schemaOf({ responses }: Operation, status: number): AnySchemaObject | undefined {
    const response = responses[status];
    return response === undefined
      ? undefined
      : this.#resolved<Response>(response).content?.['application/json']?.schema;
  }

  #problems(schema: AnySchemaObject, value: unknown, place: string): string[] {
    const check = this.#ajv.compile(absolute(schema));
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message }) => `${place}${instancePath} ${message}`);
  }

  #resolved<T>(value: T | { readonly $ref: string }): T {
    if (typeof value !== 'object' || value === null || !('$ref' in value)) return value as T;
    const parts = String(value.$ref).split('/').slice(1);
    return this.#resolved<T>(parts.reduce<unknown>((inner, part) => (inner as Json)[part], this.#document) as T);
  }

  /** Returns the values, with the smallest that fits wherever something is required that they have not. */
  #fill(written: AnySchemaObject | undefined, values: unknown): unknown {
    if (written === undefined) return values;
    const schema = this.#resolved<AnySchemaObject>(written);
    if (values === null) return null;
    if (schema.allOf)
      return schema.allOf.reduce((all: unknown, part: AnySchemaObject) => this.#fill(part, all), values);
    const choices: AnySchemaObject[] | undefined = schema.oneOf ?? schema.anyOf;
    if (choices) {
      if (values === undefined && choices.some(({ type }) => type === 'null')) return null;
      return this.#fill(choices[0], values);
    }
    const types = [schema.type].flat();
    if (Array.isArray(values)) return values.map((value) => this.#fill(schema.items, value));
    if (values === undefined && types.includes('null')) return null;
    if (schema.properties === undefined || (values !== undefined && typeof values !== 'object'))
      return values ?? smallest(schema);
    const own = (values ?? {}) as Json;
    const names = new Set([...(schema.required ?? []), ...Object.keys(own)]);
    return Object.fromEntries([...names].map((name) => [name, this.#fill(schema.properties[name], own[name])]));
  }
}

/** Returns a document of OpenAPI 3.0 with `nullable` as JSON Schema says it. */
function jsonSchema<T>(value: T): T {
  if (Array.isArray(value)) return value.map(jsonSchema) as T;
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, jsonSchema(inner)]),
  ) as Record<string, unknown>;
  if (nullable !== true)
    return (nullable === undefined ? rest : { ...rest, ...(typeof nullable === 'object' ? { nullable } : {}) }) as T;
  if ('type' in rest)
    return {
      ...rest,
      type: [rest.type, 'null'],
      ...(Array.isArray(rest.enum) ? { enum: [...rest.enum, null] } : {}),
    } as T;
  return { anyOf: [rest, { type: 'null' }] } as T;
}

/** Returns a schema whose references lead into the document from wherever it stands. */
function absolute<T>(value: T): T {
  if (Array.isArray(value)) return value.map(absolute) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === '$ref' && typeof inner === 'string' ? `host${inner}` : absolute(inner),
  ]);
  return Object.fromEntries(entries);
}

/** Returns the value of a parameter as its type has it. */
function typed({ type }: AnySchemaObject, text: string): unknown {
  if ((type === 'integer' || type === 'number') && text !== '') return Number(text);
  if (type === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
  return type === 'array' ? text.split(',') : text;
}

function smallest({ type, enum: choices, format, minimum }: AnySchemaObject): unknown {
  if (Array.isArray(choices)) return choices[0];
  const [first] = [type].flat();
  if (first === 'integer' || first === 'number') return minimum ?? 1;
  if (first === 'boolean') return false;
  if (first === 'array') return [];
  if (first === 'object' || first === undefined) return {};
  if (format === 'uri') return 'https://git.example.com/';
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  return format === 'email' ? 'nobody@example.com' : 'text';
}
