import { isMap, suggestion } from '@eleventh/core';
import { formatProblem } from './format.ts';
import { type Path, pathText, type Schema, type SchemaProblem } from './schema.ts';

/** Stands for a value that cannot be seen: it fits anything. */
export const ANYTHING = Symbol('anything');

/** How values are judged. */
interface Judging {
  /** Returns the definition of a name. */
  readonly definition: (name: string) => Schema | undefined;
  /** Whether a field without a value counts as absent, as it does for Kubernetes' own kinds. */
  readonly nullIsAbsent: boolean;
  /** Whether fields that the schema does not have are told. Not within `anyOf` and the like. */
  readonly isStrict: boolean;
  readonly problems: SchemaProblem[];
}

/**
 * Returns what of a value does not fit a schema, in its order. Conditions in CEL (`x-kubernetes-validations`) are not
 * asked. Texts with a variable that is filled in later (`${…}`, as Flux does) fit anything.
 */
export function validate(
  value: unknown,
  schema: Schema,
  definition: (name: string) => Schema | undefined,
  nullIsAbsent: boolean,
  path: Path = [],
): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  judge(value, schema, path, { definition, nullIsAbsent, isStrict: true, problems });
  return problems;
}

/** Returns whether a text holds a variable that something fills in before the object reaches a cluster. */
export function isFilledIn(value: unknown): boolean {
  return typeof value === 'string' && /\$\{\w+[^}]*\}/.test(value);
}

function judge(value: unknown, written: Schema, path: Path, judging: Judging): void {
  const schema = written.$ref === undefined ? written : judging.definition(written.$ref);
  if (schema === undefined || value === ANYTHING || isFilledIn(value)) return;
  if (value === null && schema.nullable === true) return;
  if (!hasType(value, schema)) {
    add(judging, 'wrong-type', path, `${pathText(path)} has to be ${expected(schema)}, and is ${described(value)}`);
    return;
  }
  judgeValue(value, schema, path, judging);
  if (Array.isArray(value)) judgeItems(value, schema, path, judging);
  else if (isMap(value)) judgeFields(value, schema, path, judging);
  judgeBranches(value, schema, path, judging);
}

function hasType(value: unknown, schema: Schema): boolean {
  if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') {
    return typeof value === 'string' || Number.isInteger(value);
  }
  // Kubernetes reads a plain number as a quantity.
  if (schema.format === 'quantity' && typeof value === 'number') return true;
  if (value === undefined) return false;
  if (schema.type === undefined) return true;
  if (schema.type === 'object') return isMap(value);
  if (schema.type === 'array') return Array.isArray(value);
  if (schema.type === 'integer') return typeof value === 'bigint' || Number.isInteger(value);
  return value !== null && typeof value === schema.type;
}

function judgeValue(value: unknown, schema: Schema, path: Path, judging: Judging): void {
  const say = (what: string) => add(judging, 'bad-value', path, `${pathText(path)} has to be ${what}`);
  if (schema.enum !== undefined && !schema.enum.includes(value) && value !== '') {
    const near = typeof value === 'string' ? suggestion(value, schema.enum.map(String)) : undefined;
    const hint = near === undefined ? undefined : `Did you mean ${near} ?`;
    add(judging, 'bad-value', path, `${pathText(path)} has to be one of ${schema.enum.join(', ')}`, hint);
  }
  const format = schema.format === undefined ? undefined : formatProblem(schema.format, value);
  if (format !== undefined) say(format);
  if (typeof value === 'number') {
    const { minimum: least, maximum: most, multipleOf } = schema;
    if (least !== undefined && (schema.exclusiveMinimum === true ? value <= least : value < least))
      say(schema.exclusiveMinimum === true ? `above ${least}` : `${least} or more`);
    if (most !== undefined && (schema.exclusiveMaximum === true ? value >= most : value > most))
      say(schema.exclusiveMaximum === true ? `below ${most}` : `${most} or less`);
    if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) say(`a multiple of ${multipleOf}`);
  }
  if (typeof value === 'string') {
    const length = [...value].length;
    if (length < (schema.minLength ?? 0)) say(`${schema.minLength} characters or longer`);
    if (length > (schema.maxLength ?? length)) say(`${schema.maxLength} characters or shorter`);
    if (schema.pattern !== undefined && expression(schema.pattern)?.test(value) === false)
      say(`of the form ${schema.pattern}`);
  }
}

const expressions = new Map<string, RegExp | undefined>();

/** Returns a pattern as JavaScript reads it, or undefined for one of Go's that it cannot read. */
function expression(pattern: string): RegExp | undefined {
  if (!expressions.has(pattern)) expressions.set(pattern, compiled(pattern, 'u') ?? compiled(pattern, ''));
  return expressions.get(pattern);
}

function compiled(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}

function judgeItems(items: readonly unknown[], schema: Schema, path: Path, judging: Judging): void {
  const say = (what: string) => add(judging, 'bad-value', path, `${pathText(path)} has to have ${what}`);
  if (items.length < (schema.minItems ?? 0)) say(`${schema.minItems} items or more`);
  if (items.length > (schema.maxItems ?? items.length)) say(`${schema.maxItems} items or less`);
  const { items: inner } = schema;
  if (inner !== undefined) for (const [index, item] of items.entries()) judge(item, inner, [...path, index], judging);
  const isMapList = schema['x-kubernetes-list-type'] === 'map';
  const keys = schema.keys ?? (isMapList ? schema['x-kubernetes-list-map-keys'] : undefined);
  if (keys !== undefined) judgeKeys(items, keys, path, judging);
  const isSet = schema.uniqueItems === true || schema['x-kubernetes-list-type'] === 'set';
  if (isSet && new Set(items.map((item) => JSON.stringify(item))).size < items.length) say('no item twice');
}

/** Tells of items that are the same by their keys: the server merges such lists by them. */
function judgeKeys(items: readonly unknown[], keys: readonly string[], path: Path, judging: Judging): void {
  if (!judging.isStrict) return;
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    // Of the keys of Kubernetes' own lists, the protocol of a port alone has a value when it is left out.
    const values = keys.map((key) => (isMap(item) ? (item[key] ?? (key === 'protocol' ? 'TCP' : null)) : null));
    if (values.includes(null)) continue;
    const first = seen.get(JSON.stringify(values));
    if (first === undefined) seen.set(JSON.stringify(values), index);
    else {
      const same = keys.map((key, at) => `${key} ${values[at]}`).join(', ');
      const message = `${pathText([...path, index])} has the ${same} of item ${first}: a list that is merged by these can hold it once`;
      add(judging, 'duplicate-item', [...path, index], message);
    }
  }
}

function judgeFields(value: Readonly<Record<string, unknown>>, schema: Schema, path: Path, judging: Judging): void {
  const { properties, additionalProperties } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  for (const name of schema.required ?? []) {
    const isThere = value[name] !== undefined && !(judging.nullIsAbsent && value[name] === null);
    if (!isThere) add(judging, 'missing-field', path, `${pathText([...path, name])} is missing`);
  }
  const count = Object.keys(value).length;
  const most = schema.maxProperties ?? count;
  if (count < (schema.minProperties ?? 0) || count > most) {
    add(judging, 'bad-value', path, `${pathText(path)} has ${count} fields, and may not have so many or few`);
  }
  for (const [name, inner] of Object.entries(value)) {
    const at = [...path, name];
    const known = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    const own = known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (own !== undefined) {
      if (inner === null && judging.nullIsAbsent) continue;
      judge(inner, own, at, judging);
    } else if (
      judging.isStrict &&
      properties !== undefined &&
      (additionalProperties === undefined || additionalProperties === false) &&
      schema['x-kubernetes-preserve-unknown-fields'] !== true &&
      !(isEmbedded && EMBEDDED.includes(name))
    ) {
      const near = suggestion(
        name,
        Object.keys(properties).filter((field) => !Object.hasOwn(value, field)),
      );
      const hint = near === undefined ? undefined : `Did you mean ${near} ?`;
      add(judging, 'unknown-field', at, `${pathText(at)} is not a known field`, hint);
    }
  }
}

const EMBEDDED = ['apiVersion', 'kind', 'metadata'];

function judgeBranches(value: unknown, schema: Schema, path: Path, judging: Judging): void {
  const fits = (branch: Schema): boolean => {
    const problems: SchemaProblem[] = [];
    judge(value, branch, path, { ...judging, isStrict: false, problems });
    return problems.length === 0;
  };
  for (const branch of schema.allOf ?? []) judge(value, branch, path, { ...judging, isStrict: false });
  const say = (what: string) => add(judging, 'bad-value', path, `${pathText(path) || 'the object'} ${what}`);
  if (schema.anyOf !== undefined && !schema.anyOf.some(fits)) say('fits none of the forms that it can have');
  if (schema.oneOf !== undefined) {
    const count = schema.oneOf.filter(fits).length;
    if (count !== 1) say(`fits ${count === 0 ? 'none' : count} of the forms of which it has to have one`);
  }
  if (schema.not !== undefined && fits(schema.not)) say('has a form that it must not have');
}

function add(judging: Judging, rule: SchemaProblem['rule'], path: Path, message: string, hint?: string): void {
  judging.problems.push({ rule, path, message: `${message}.`, hint });
}

function expected({ type, format, ...schema }: Schema): string {
  if (format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true) return 'a whole number or a text';
  if (format === 'quantity') return 'a quantity such as 250m or 512Mi';
  return NAMES[type ?? ''] ?? 'something';
}

const NAMES: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

/** Returns what a value is, without repeating a text: it may be a secret. */
function described(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'number' || typeof value === 'boolean')
    return `${NAMES[typeof value] === 'a number' ? 'the number ' : ''}${value}`;
  return Array.isArray(value) ? 'a list' : (NAMES[typeof value] ?? typeof value);
}
