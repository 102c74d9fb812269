import { describe, expect, it } from 'vitest';
import { objectKey, parseObjects, readObjects } from './object.ts';

const STREAM = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
  namespace: bank
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata:
      name: payments
---
# nothing
`;

it('reads the objects of a stream, and those of a list each alone', () => {
  expect(parseObjects(STREAM).map(objectKey)).toEqual(['apps/Deployment/bank/payments', '/Service//payments']);
  expect(readObjects(STREAM).misfits).toEqual([]);
});

describe('what a cluster would not take', () => {
  const read = (text: string) => {
    const { objects, misfits } = readObjects(text);
    return [objects.map(objectKey), misfits.map(({ path, message }) => [path.join('.'), message])];
  };

  it.each([
    ['{kind: A, apiVersion: v1, metadata: {name: 2024}}', '/A//2024', 'metadata.name', 'and is a number.'],
    [
      '{kind: A, apiVersion: v1, metadata: {name: a, namespace: 5}}',
      '/A/5/a',
      'metadata.namespace',
      'and is a number.',
    ],
    ['{kind: A, apiVersion: v1, metadata: {name: yes}}', '/A//true', 'metadata.name', 'and is a boolean.'],
  ])('has a name that is no text: %s', (text, key, path, message) => {
    expect(read(text)).toEqual([[key], [[path, expect.stringContaining(message)]]]);
  });

  it.each([
    ['{kind: A, apiVersion: v1}', 'It comes to an object of kind A without a name.'],
    ['{kind: A, apiVersion: v1, metadata: {name: [a]}}', 'It comes to an object of kind A without a name.'],
    ['some words', 'It comes to a document without apiVersion and kind, which is no object.'],
    ['[1, 2]', 'It comes to a document without apiVersion and kind, which is no object.'],
    ['a: b: c', expect.stringMatching(/^It comes to what is no YAML: .*[^.]\.$/s)],
  ])('is no object: %s', (text, message) => {
    expect(read(text)).toEqual([[], [['', message]]]);
  });

  it('gets its name from the API server', () => {
    expect(read('{kind: Job, apiVersion: batch/v1, metadata: {generateName: migrate-}}')).toEqual([
      ['batch/Job//migrate-*'],
      [],
    ]);
    expect(read('{kind: A, apiVersion: v1, metadata: {name: a, namespace: null}}')).toEqual([['/A//a'], []]);
  });
});
