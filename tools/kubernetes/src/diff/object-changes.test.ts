import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type KubernetesObject, objectKey, parseObjects } from '../objects/object.ts';
import { appliedToObjects } from './applied.fixture.ts';
import { formatPath } from './field-path.ts';
import { type ObjectChange, objectChanges } from './object-changes.ts';
import { canonical } from './value.ts';

function named(kind: string, name: string, more: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name }, ...more };
}

/** Returns each change with the key of its object and the paths that change in it. */
function told(changes: readonly ObjectChange[]): string[] {
  return changes.map((change) => {
    if (change.kind === 'added') return `+ ${objectKey(change.after)}`;
    if (change.kind === 'removed') return `- ${objectKey(change.before)}`;
    return `~ ${objectKey(change.after)} ${change.fields.map(({ path }) => formatPath(path)).join(' ')}`;
  });
}

describe('an object', () => {
  it('is the same one in another version of its API, and none in another group', () => {
    const [before] = parseObjects('{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: web}}');
    const [after] = parseObjects('{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}}');
    const [foreign] = parseObjects('{apiVersion: example.com/v1, kind: PodDisruptionBudget, metadata: {name: web}}');
    expect(told(objectChanges([before!], [after!]))).toEqual(['~ policy/PodDisruptionBudget//web apiVersion']);
    expect(told(objectChanges([before!], [foreign!]))).toEqual([
      '+ example.com/PodDisruptionBudget//web',
      '- policy/PodDisruptionBudget//web',
    ]);
  });

  it('that is renamed goes, and another comes', () => {
    expect(told(objectChanges([named('Service', 'a')], [named('Service', 'b')]))).toEqual([
      '- /Service//a',
      '+ /Service//b',
    ]);
  });

  it('is the same one when its generator named it after its new content', () => {
    const before = [named('ConfigMap', 'web-5mgt59bk8f', { data: { a: '1' } }), named('Service', 'web-5mgt59bk8f')];
    const after = [named('ConfigMap', 'web-k2h44tdcm9', { data: { a: '2' } }), named('Service', 'web-k2h44tdcm9')];
    expect(told(objectChanges(before, after))).toEqual([
      '~ /ConfigMap//web-k2h44tdcm9 data.a metadata.name',
      '- /Service//web-5mgt59bk8f',
      '+ /Service//web-k2h44tdcm9',
    ]);
  });

  it('is not guessed where several could be meant', () => {
    const before = [named('ConfigMap', 'web-5mgt59bk8f'), named('ConfigMap', 'web-6mgt59bk8f')];
    expect(told(objectChanges(before, [named('ConfigMap', 'web-k2h44tdcm9')]))).toEqual([
      '- /ConfigMap//web-5mgt59bk8f',
      '- /ConfigMap//web-6mgt59bk8f',
      '+ /ConfigMap//web-k2h44tdcm9',
    ]);
  });

  it('of one environment is looked for in the namespaces of another, and only then', () => {
    const before = [named('Service', 'web', { metadata: { name: 'web', namespace: 'staging' } })];
    const after = [named('Service', 'web', { metadata: { name: 'web', namespace: 'prod' } })];
    expect(told(objectChanges(before, after, true))).toEqual(['~ /Service/prod/web metadata.namespace']);
    expect(told(objectChanges(before, after))).toEqual(['+ /Service/prod/web', '- /Service/staging/web']);
  });

  it('that a stream holds twice is compared with its like', () => {
    const twice = [named('Service', 'web', { spec: 1 }), named('Service', 'web', { spec: 2 })];
    expect(objectChanges(twice, [...twice].reverse())).toEqual([]);
    expect(objectChanges([...twice, ...twice], [...twice, ...twice])).toEqual([]);
    expect(
      told(objectChanges(twice, [named('Service', 'web', { spec: 2 }), named('Service', 'web', { spec: 3 })])),
    ).toEqual(['~ /Service//web spec']);
  });
});

const object = fc
  .record({
    apiVersion: fc.constantFrom('v1', 'apps/v1', 'apps/v1beta1'),
    kind: fc.constantFrom('ConfigMap', 'Service'),
    name: fc.constantFrom('a', 'b', 'a-5mgt59bk8f', 'a-k2h44tdcm9'),
    namespace: fc.constantFrom(undefined, 'x', 'y'),
    data: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')),
  })
  .map(({ apiVersion, kind, name, namespace, data }): KubernetesObject => {
    return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace }, data };
  });
const state = fc.array(object, { maxLength: 6 });
const sorted = (objects: readonly unknown[]) => objects.map(canonical).sort();

test.each([false, true])(
  'for any two states, the changes make the second of the first, elsewhere: %s',
  (isElsewhere) => {
    fc.assert(
      fc.property(state, state, (before, after) => {
        const changes = objectChanges(before, after, isElsewhere);
        expect(sorted(appliedToObjects(before, changes))).toEqual(sorted(after));
        expect(objectChanges(before, [...before].reverse(), isElsewhere)).toEqual([]);
        const there = told(changes).map((line) => line.slice(0, 1));
        const back = told(objectChanges(after, before, isElsewhere)).map((line) => line.slice(0, 1));
        expect(back.sort()).toEqual(there.map((sign) => ({ '+': '-', '-': '+' })[sign] ?? sign).sort());
      }),
      { numRuns: 1000 },
    );
  },
);

test('the order of the objects does not count', () => {
  fc.assert(
    fc.property(state, state, (before, after) => {
      const plain = objectChanges(before, after);
      expect(told(objectChanges([...before].reverse(), [...after].reverse()))).toEqual(told(plain));
    }),
  );
});
