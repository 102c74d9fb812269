import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseObjects } from '../objects/object.ts';
import { applied } from './applied.fixture.ts';
import type { FieldPath } from './field-path.ts';
import { type ObjectChange, objectChanges } from './object-changes.ts';

/** Releases of a real system: a folder each, with the manifests of every service. They are not part of the repository. */
const FOLDER = process.env.REPLAY ?? join(import.meta.dirname, '../../../../../shared/online-boutique');
const RELEASES = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((name) => /^v\d/.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  : [];

/** Returns the manifests of a release as one stream. */
function manifests(release: string): string {
  const files = readdirSync(join(FOLDER, release)).filter((name) => name.endsWith('.yaml'));
  return files.map((name) => readFileSync(join(FOLDER, release, name), 'utf8')).join('\n---\n');
}

type Tree = { readonly [field: string]: unknown };

/** What the naive comparison tells items apart by: the rest of the lists it takes whole. */
const KEYS: Tree = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: ['containerPort', 'port'],
};

/** Returns the leaves of a value by their path, written in a way of its own. */
function flat(value: unknown, path: string, leaves = new Map<string, string>()): Map<string, string> {
  const list = path.split('/').at(-1) ?? '';
  const key = [KEYS[list]]
    .flat()
    .find((name) => Array.isArray(value) && value.every((item: Tree) => item[String(name)]));
  if (Array.isArray(value) && key !== undefined) {
    for (const item of value as Tree[]) flat(item, `${path}/${item[String(key)]}`, leaves);
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    for (const [field, inner] of Object.entries(value)) flat(inner, `${path}/${field}`, leaves);
  } else leaves.set(path, JSON.stringify(value));
  return leaves;
}

/** Returns what differs between two streams of YAML, leaf by leaf, knowing nothing of how the product compares. */
function naive(before: string, after: string): string[] {
  const [a, b] = [before, after].map((text) => {
    const leaves = new Map<string, string>();
    for (const object of parseAllDocuments(text).map((document) => document.toJS())) {
      if (object !== null) flat(object, `${object.kind} ${object.metadata.name}`, leaves);
    }
    return leaves;
  });
  return [...new Set([...a!.keys(), ...b!.keys()])]
    .filter((path) => a!.get(path) !== b!.get(path))
    .map((path) => `${path}: ${a!.get(path) ?? 'nothing'} -> ${b!.get(path) ?? 'nothing'}`)
    .sort();
}

/** Returns what the product found in the form of the naive comparison. */
function found(changes: readonly ObjectChange[]): string[] {
  const told = changes.flatMap((change) => {
    const before = change.kind === 'added' ? undefined : change.before;
    const after = change.kind === 'removed' ? undefined : change.after;
    const name = `${(after ?? before)!.kind} ${(after ?? before)!.metadata.name}`;
    if (change.kind !== 'changed') return leavesOf(name, before, after);
    return change.fields.flatMap((field) => {
      if (field.kind === 'reordered') return [];
      const end = field.path.findIndex((step) => typeof step === 'object' && step.key === undefined);
      // A list whose items have no key is told whole, as the naive comparison does.
      if (end >= 0) {
        const path = field.path.slice(0, end);
        return leavesOf(written(name, path), at(change.before, path, 'from'), at(change.after, path, 'to'));
      }
      const sides = [
        field.kind === 'added' ? undefined : field.before,
        field.kind === 'removed' ? undefined : field.after,
      ];
      return leavesOf(written(name, field.path), sides[0], sides[1]);
    });
  });
  return [...new Set(told)].sort();
}

function leavesOf(path: string, before: unknown, after: unknown): string[] {
  const [a, b] = [before, after].map((side) => (side === undefined ? new Map<string, string>() : flat(side, path)));
  return [...new Set([...a!.keys(), ...b!.keys()])]
    .filter((each) => a!.get(each) !== b!.get(each))
    .map((each) => `${each}: ${a!.get(each) ?? 'nothing'} -> ${b!.get(each) ?? 'nothing'}`);
}

function written(name: string, path: FieldPath): string {
  return [name, ...path.map((step) => (typeof step === 'string' ? step : step.key?.[0]?.[1]))].join('/');
}

function at(value: unknown, path: FieldPath, side: 'from' | 'to'): unknown {
  return path.reduce<unknown>(
    (inner, step) => (inner as Tree)[typeof step === 'string' ? step : `${step[side]}`],
    value,
  );
}

const WHERE = RELEASES.length === 0 ? `${FOLDER}, which is not there` : FOLDER;

describe.skipIf(RELEASES.length === 0)(`releases of ${WHERE}`, () => {
  test('are several', () => expect(RELEASES.length).toBeGreaterThan(1));

  test.each(RELEASES.slice(1).map((release, index) => [RELEASES[index]!, release] as const))(
    '%s to %s differ in exactly what a comparison of the YAML finds',
    (first, second) => {
      const [before, after] = [manifests(first), manifests(second)];
      const changes = objectChanges(parseObjects(before), parseObjects(after));
      expect(found(changes)).toEqual(naive(before, after));
      expect(changes.length).toBeGreaterThan(0);
      for (const change of changes)
        if (change.kind === 'changed') expect(applied(change.before, change.fields)).toEqual(change.after);
    },
  );
});
