import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';

// What `diff --rendered` is held against: a comparison that knows nothing of how the product compares, and that reads
// what the product says as a person would, from the path, the kind of change and the two values.

/** An object as YAML writes it. */
export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A field that differs, as `diff --rendered --json` tells it. */
export interface ToldField {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed' | 'reordered';
  readonly before: unknown;
  readonly after: unknown;
}

/** Returns the objects of a stream of YAML. */
export function plainObjects(yaml: string): PlainObject[] {
  // Releases of the real thing give a key twice.
  const documents = parseAllDocuments(yaml, { uniqueKeys: false });
  return [...documents].map((document) => document.toJS() as PlainObject | null).filter((value) => value !== null);
}

/** Returns what an object is called: its kind, namespace and name. */
export function plainName({ kind, metadata }: PlainObject): string {
  return `${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
}

/** What has gone of an object's leaves and what has come, each a sorted list. */
export interface LeafChanges {
  readonly gone: readonly string[];
  readonly come: readonly string[];
}

/** Returns the leaves that one object has and the other lacks. */
export function plainChanges(before: unknown, after: unknown): LeafChanges {
  const [a, b] = [leaves(before), leaves(after)];
  return { gone: without(a, b), come: without(b, a) };
}

/** Returns the leaves that have gone and come by what the product tells. */
export function toldChanges(fields: readonly ToldField[]): LeafChanges {
  const side = (value: 'before' | 'after', lacks: ToldField['change']) =>
    fields
      .filter(({ change }) => change !== lacks && change !== 'reordered')
      .flatMap((field) => leaves(field[value], stepsOf(field.path).reduce<string>(below, '')))
      .sort();
  return { gone: side('before', 'added'), come: side('after', 'removed') };
}

/** The lists whose items are told apart by their names; in all others, an item is one of many. */
const NAMED = /\.(?:containers|initContainers|env|volumes)$/;

/** Returns every scalar of a value with the way to it: `.spec.containers[web].args[]="-v"`. */
function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}=${JSON.stringify(value)}`];
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, inside(path, item)));
  return Object.entries(value).flatMap(([field, inner]) => leaves(inner, below(path, field)));
}

function inside(list: string, item: unknown): string {
  return `${list}[${NAMED.test(list) ? (item as { name: string }).name : ''}]`;
}

function below(path: string, step: Step): string {
  if (typeof step === 'string') return `${path}.${step}`;
  return inside(path, typeof step === 'object' ? Object.fromEntries(step) : null);
}

/** Returns the sorted texts of a list without those of another, each as often as it is there. */
function without(texts: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  const kept = texts.filter((text) => {
    const place = left.indexOf(text);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
  return kept.sort();
}

/** One step of a path: a field, an item by its place, or an item by fields of its own. */
type Step = string | number | readonly (readonly [field: string, value: string])[];

const STEP = /\.?(?<field>[\w$-]+)|\[(?<quoted>"(?:[^"\\]|\\.)*")\]|\[(?<place>\d+)\]|\[(?<key>[^\]]+)\]/gy;

function stepsOf(path: string): Step[] {
  const found = [...path.matchAll(STEP)];
  if (found.map(([text]) => text).join('') !== path) throw new Error(`No path: ${path}`);
  return found.map(({ groups: { field, quoted, place, key } = {} }) => {
    if (key !== undefined) return keyOf(key);
    return place === undefined ? (field ?? String(JSON.parse(quoted ?? ''))) : Number(place);
  });
}

function keyOf(text: string): readonly (readonly [string, string])[] {
  return text.split(',').map((part) => {
    const [, field = '', value = ''] = /^(.*?)=(.*)$/.exec(part) ?? [];
    return [field, value.startsWith('"') ? String(JSON.parse(value)) : value] as const;
  });
}

type Told = ToldField & { readonly steps: readonly Step[] };

/**
 * Returns a value after the changes that the product tells of it; throws when one of them does not fit. A path does not
 * say where an item stands that is told by a key and that came: it is put where the newer value has it.
 */
export function afterChanges(before: unknown, fields: readonly ToldField[], newer: unknown): unknown {
  const told = fields.map((field) => ({ ...field, steps: stepsOf(field.path) }));
  return changed(before, told, newer);
}

function changed(value: unknown, told: readonly Told[], newer: unknown): unknown {
  const own = told.filter(({ steps }) => steps.length === 0);
  const replaced = own.find(({ change }) => change === 'changed');
  if (replaced !== undefined) {
    requireEqual(value, replaced.before, replaced);
    return replaced.after;
  }
  if (told.length === 0) return value;
  if (Array.isArray(value)) return changedList(value, told, newer);
  const fields = new Map(Object.entries(value as object));
  for (const [step, inner] of byFirstStep(told)) {
    const field = String(step);
    const [first] = inner;
    if (first?.steps.length === 0 && first.change === 'added') {
      if (fields.has(field)) throw new Error(`It was there: ${first.path}`);
      fields.set(field, first.after);
    } else if (!fields.has(field)) throw new Error(`It was not there: ${first?.path}`);
    else if (first?.steps.length === 0 && first.change === 'removed') {
      requireEqual(fields.get(field), first.before, first);
      fields.delete(field);
    } else
      fields.set(field, changed(fields.get(field), inner, (newer as Record<string, unknown> | undefined)?.[field]));
  }
  return Object.fromEntries(fields);
}

function changedList(items: readonly unknown[], told: readonly Told[], newer: unknown): unknown[] {
  const newerItems = Array.isArray(newer) ? newer : [];
  const ends = (change: ToldField['change']) =>
    told
      .filter((one) => one.change === change && one.steps.length === 1)
      .map((one) => [one.steps[0] ?? '', one] as const);
  const gone = ends('removed').map(([step, one]) => {
    const place = placeOf(step, items);
    requireEqual(items[place], one.before, one);
    return place;
  });
  const result = items.filter((_, place) => !gone.includes(place));
  for (const { before, after } of told.filter(({ steps }) => steps.length === 0)) {
    const [from, to] = [before, after].map((keys) => (keys as string[]).map((key) => placeOf(keyOf(key), result)));
    if (!isDeepStrictEqual(from, [...result.keys()])) throw new Error(`Not the order before: ${String(before)}`);
    result.splice(0, result.length, ...(to ?? []).map((place) => result[place]));
  }
  const come = ends('added').map(([step, one]) => [placeOf(step, newerItems), one.after] as const);
  for (const [place, item] of come.sort(([a], [b]) => a - b)) result.splice(place, 0, item);
  const deeper = told.filter(
    ({ steps, change }) => steps.length > 1 || (steps.length === 1 && change !== 'added' && change !== 'removed'),
  );
  for (const [step, inner] of byFirstStep(deeper)) {
    const place = placeOf(step, result);
    result[place] = changed(result[place], inner, newerItems[placeOf(step, newerItems)]);
  }
  return result;
}

/** Returns where the item stands that a step means. */
function placeOf(step: Step, items: readonly unknown[]): number {
  if (typeof step === 'number' && step < items.length) return step;
  if (typeof step !== 'object') throw new Error(`No item of a list: ${step}`);
  const places = items.flatMap((item, place) =>
    step.every(([field, value]) => String((item as Record<string, unknown>)[field]) === value) ? [place] : [],
  );
  if (places.length !== 1) throw new Error(`${places.length} items for ${JSON.stringify(step)}`);
  return places[0] ?? 0;
}

function byFirstStep(told: readonly Told[]): [Step, Told[]][] {
  const groups = new Map<string, [Step, Told[]]>();
  for (const one of told) {
    const [first, ...steps] = one.steps;
    if (first === undefined) continue;
    const group = groups.get(JSON.stringify(first)) ?? [first, []];
    group[1].push({ ...one, steps });
    groups.set(JSON.stringify(first), group);
  }
  return [...groups.values()];
}

function requireEqual(value: unknown, told: unknown, { path }: ToldField): void {
  if (!isDeepStrictEqual(value, told)) throw new Error(`${path} was ${JSON.stringify(value)}`);
}
