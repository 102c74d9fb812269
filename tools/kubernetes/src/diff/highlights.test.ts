import { expect, test } from 'vitest';
import { parseObjects } from '../objects/object.ts';
import { isBuildAnnotation } from './build-annotations.ts';
import { highlights } from './highlights.ts';
import { objectChanges } from './object-changes.ts';

const deployment = (name: string, image: string, more = '', replicas = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, annotations: {eleventh.dev/commit: ${image}}}
spec: {${replicas} template: {spec: {containers: [{name: web, image: "x:${image}"}${more}]}}}
---
`;

test('images are called out once with all their objects, and replicas by object', () => {
  const before = `${deployment('a', '1')}${deployment('b', '1', '', 'replicas: 2,')}${deployment('c', '1')}`;
  const after = `${deployment('a', '2', ', {name: log, image: "log:1"}')}${deployment('b', '2', '', 'replicas: 4,')}`;
  const found = highlights(objectChanges(parseObjects(before), parseObjects(after)));
  const names = (objects: readonly { metadata: { name: string } }[]) => objects.map(({ metadata }) => metadata.name);
  expect(
    found.map((one) =>
      one.kind === 'image' ? { ...one, objects: names(one.objects) } : { ...one, object: undefined },
    ),
  ).toEqual([
    { kind: 'image', before: null, after: 'log:1', objects: ['a'] },
    { kind: 'image', before: 'x:1', after: 'x:2', objects: ['a', 'b'] },
    { kind: 'image', before: 'x:1', after: null, objects: ['c'] },
    { kind: 'replicas', before: 2, after: 4, object: undefined },
  ]);
});

test('an image that another object runs now is not called out', () => {
  const changes = objectChanges(parseObjects(deployment('a', '1')), parseObjects(deployment('b', '1')));
  expect(changes.map(({ kind }) => kind)).toEqual(['removed', 'added']);
  expect(highlights(changes)).toEqual([]);
});

test('definitions and namespaces are called out, whatever becomes of them', () => {
  const stream = (kind: string, more = '') =>
    `{kind: ${kind}, apiVersion: v1, metadata: {name: ${kind}${more}}}\n---\n`;
  const before = `${stream('Namespace')}${stream('CustomResourceDefinition')}${stream('Service')}`;
  const after = `${stream('Namespace', ', labels: {a: b}')}`;
  expect(
    highlights(objectChanges(parseObjects(before), parseObjects(after))).map((one) => [
      one.kind,
      one.kind === 'ground' ? `${one.change} ${one.object.kind}` : null,
    ]),
  ).toEqual([
    ['ground', 'removed CustomResourceDefinition'],
    ['ground', 'changed Namespace'],
  ]);
});

test.each([
  ['a: 1', 'b: 2', false],
  ['eleventh.dev/commit: x', 'eleventh.dev/commit: y', true],
  ['', 'eleventh.dev/commit: x', true],
  ['eleventh.dev/commit: x', 'a: b', false],
])('annotations %j to %j: only ours is %s', (before, after, isOurs) => {
  const object = (annotations: string) =>
    parseObjects(
      `{apiVersion: v1, kind: Service, metadata: {name: x${annotations === '' ? '' : `, annotations: {${annotations}}`}}}`,
    );
  const [change] = objectChanges(object(before), object(after));
  expect(change?.kind === 'changed' && change.fields.every(isBuildAnnotation)).toBe(isOurs);
});
