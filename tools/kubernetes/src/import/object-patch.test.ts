import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Operation, operations } from './object-patch.ts';

/** Does operations as RFC 6902 says. */
function done(value: unknown, todo: readonly Operation[]): unknown {
  const result = structuredClone(value);
  for (const { op, path, value: put } of todo) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() ?? '';
    const parent = keys.reduce((at, key) => (at as Record<string, unknown>)[key], result) as Record<string, unknown>;
    if (op === 'remove') delete parent[last];
    else parent[last] = put;
  }
  return result;
}

describe('operations', () => {
  it('makes one value of another', () => {
    const key = fc.constantFrom('a', 'b/c', '~d', 'replicas');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.integer(),
        fc.string(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value')),
      ),
    }));
    const object = fc.dictionary(key, value);
    fc.assert(
      fc.property(object, object, (before, after) => {
        expect(done(before, operations(before, after))).toEqual(after);
      }),
    );
  });

  it('leaves the images of containers to the pin', () => {
    const pod = (image: string, replicas: number) => ({ spec: { replicas, containers: [{ name: 'web', image }] } });
    expect(operations(pod('web:1', 1), pod('web:2', 3))).toEqual([{ op: 'replace', path: '/spec/replicas', value: 3 }]);
  });
});
