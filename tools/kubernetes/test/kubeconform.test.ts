import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../src/objects/object.ts';
import { checkObject } from '../src/schemas/object-check.ts';
import type { SchemaProblem } from '../src/schemas/schema.ts';
import { at } from '../src/summary/fields.ts';
import { writeJsonSchemas } from './json-schema.ts';
import { filesBelow, objectsOf, SCHEMAS } from './workspace.ts';

const KUBECONFORM = process.env.KUBECONFORM ?? 'kubeconform';
const isThere = spawnSync(KUBECONFORM, ['-v']).status === 0;
const RELEASES = process.env.REPLAY ?? join(import.meta.dirname, '../../../../shared/online-boutique');
const CORPUS = join(import.meta.dirname, 'corpus');
const VERSION = SCHEMAS.version();

let folder: string;
let template: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'eleventh-kubeconform-'));
  if (isThere) template = writeJsonSchemas(VERSION, join(folder, 'schemas'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Returns what kubeconform finds in objects, each as `path what`, in their order; null for kinds that have no schema. */
function theirs(objects: readonly KubernetesObject[]): (string[] | null)[] {
  const work = mkdtempSync(join(folder, 'objects-'));
  for (const [index, object] of objects.entries()) writeFileSync(join(work, `${index}.json`), JSON.stringify(object));
  const run = spawnSync(KUBECONFORM, ['-strict', '-output', 'json', '-verbose', '-schema-location', template, work], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const { resources } = JSON.parse(run.stdout) as { resources: { filename: string; status: string; msg: string }[] };
  const found = new Map(
    resources.map(({ filename, status, msg }) => [Number(/(\d+)\.json$/.exec(filename)?.[1]), { status, msg }]),
  );
  return objects.map((_, index) => {
    const { status, msg } = found.get(index) ?? { status: 'none', msg: '' };
    if (status === 'statusError' && msg.startsWith('could not find schema')) return null;
    if (status === 'statusValid') return [];
    expect(status).toBe('statusInvalid');
    return leaves(msg);
  });
}

/** Returns the causes that have none of their own, from kubeconform's one line. */
function leaves(text: string): string[] {
  const causes = [...text.matchAll(/- at '([^']*)': (.*?)(?=\s+- at '|$)/g)];
  return causes

    .map(([, pointer = '', what = '']) => [pointer.replaceAll('~1', '/').replaceAll('~0', '~'), what] as const)
    .flatMap(([path, what]) => {
      if (what === 'validation failed') return [];
      const named = [...what.matchAll(/'([^']*)'/g)].map(([, name]) => `${path}/${name}`);
      if (what.startsWith('additional properties')) return named.map((each) => `${each} unknown-field`);
      if (what.startsWith('missing propert')) return named.map((each) => `${each} missing-field`);
      return [`${path} ${what.startsWith('got ') ? 'wrong-type' : 'bad-value'}`];
    })
    .sort();
}

/** The rules about a kind without a schema. */
const NO_SCHEMA = new Set(['no-schema', 'removed-api', 'unknown-kind']);

/** Returns what this package finds in an object, in the same form; null for a kind without a schema. */
function ours(object: KubernetesObject): string[] | null {
  const problems = checkObject(object, VERSION, new Map());
  if (problems.some(({ rule }) => NO_SCHEMA.has(rule))) return null;
  // Items that are the same by their keys are a rule of ours: JSON Schema cannot say it.
  return problems
    .filter(({ rule }) => rule !== 'duplicate-item')
    .map((problem) => line(problem, object))
    .sort();
}

function line({ rule, path, message }: SchemaProblem, object: KubernetesObject): string {
  if (rule !== 'missing-field') return `/${path.join('/')} ${rule}`;
  const name = /(\w+) is missing/.exec(message)?.[1] ?? '';
  // A field without a value is absent for Kubernetes, and of a wrong type for JSON Schema.
  const isEmpty = (at(object, ...path) as Record<string, unknown> | undefined)?.[name] === null;
  return `/${[...path, name].join('/')} ${isEmpty ? 'wrong-type' : rule}`;
}

/** Whether a text with a variable or an encrypted value stands in an object: those fit anything here. */
function isOpen(object: KubernetesObject): boolean {
  return /\$\{\w|"ENC\[/.test(JSON.stringify(object));
}

function compare(objects: readonly KubernetesObject[]): void {
  const found = theirs(objects);
  for (const [index, object] of objects.entries()) {
    expect(ours(object), JSON.stringify(object)).toEqual(found[index]);
  }
}

function corpus(name: string): KubernetesObject[] {
  const files = [...filesBelow(join(CORPUS, name))].filter(
    ([path]) => path.endsWith('.yaml') && !path.endsWith('case.yaml'),
  );
  return files
    .flatMap(([, text]) => objectsOf([text]))
    .filter((object) => !isOpen(object) && object.sops === undefined);
}

function releases(): string[] {
  return existsSync(RELEASES) ? readdirSync(RELEASES).filter((name) => /^v\d/.test(name)) : [];
}

function objectsOfRelease(name: string): KubernetesObject[] {
  const folder = join(RELEASES, name);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => objectsOf([readFileSync(join(folder, file), 'utf8')]));
}

describe.skipIf(!isThere)(
  'the same problems as kubeconform finds with the same schemas (needs kubeconform: set KUBECONFORM)',
  () => {
    it.each(releases())('in every object of the release %s', (name) => {
      const objects = objectsOfRelease(name);
      expect(objects.length).toBeGreaterThan(20);
      compare(objects);
    });

    it.each(['broken', 'good'])('in the %s manifests of the corpus', (name) => compare(corpus(name)));

    it('in manifests of which a field was renamed, retyped or taken away', () => {
      const bases = [...corpus('good'), ...releases().slice(-1).flatMap(objectsOfRelease)].filter(
        ({ apiVersion, kind }) => VERSION.kind(apiVersion, kind) !== undefined,
      );
      const changed = fc.sample(
        fc
          .tuple(fc.constantFrom(...bases), fc.nat(), fc.constantFrom(...VALUES))
          .map(([base, at, value]) => mutated(base, at, value)),
        { numRuns: 600, seed: 11 },
      );
      compare(changed);
      expect(changed.filter((object) => (ours(object) ?? []).length > 0).length).toBeGreaterThan(100);
    });
  },
);

const RENAMED = Symbol('renamed');
const GONE = Symbol('gone');
const VALUES = [
  RENAMED,
  RENAMED,
  GONE,
  GONE,
  'a text',
  '',
  0,
  1.5,
  -7,
  2 ** 40,
  true,
  null,
  [],
  ['x'],
  {},
  { x: 1 },
] as const;

/** By these an object is found: without them, kubeconform takes it for none. */
const NAMES = ['apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.namespace', 'metadata.generateName'];

/** Returns an object with one field of it changed, but for what names it. */
function mutated(base: KubernetesObject, at: number, value: unknown): KubernetesObject {
  const object = structuredClone(base);
  const places: [Record<string, unknown>, string][] = [];
  const visit = (inner: unknown, path: string): void => {
    if (typeof inner !== 'object' || inner === null) return;
    for (const [key, each] of Object.entries(inner)) {
      if (!NAMES.includes(`${path}${key}`)) places.push([inner as Record<string, unknown>, key]);
      visit(each, `${path}${key}.`);
    }
  };
  visit(object, '');
  const [parent, key] = places[at % places.length] ?? [{}, ''];
  if (Array.isArray(parent) && (value === RENAMED || value === GONE)) parent.splice(Number(key), 1);
  else if (value === GONE) delete parent[key];
  else if (value === RENAMED) {
    parent[`${key}x`] = parent[key];
    delete parent[key];
  } else parent[key] = value;
  return object;
}
