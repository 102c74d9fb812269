import { expect, it } from 'vitest';
import { parseObjects } from '../objects/object.ts';
import { fieldChanges } from './field-changes.ts';
import { changesWithoutSecrets, withoutSecrets } from './secret.ts';

const secret = (password: string, more = '') => {
  const [object] = parseObjects(`
apiVersion: v1
kind: Secret
metadata:
  name: db
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"data":{"password":"${password}"}}', team: payments}
data: {password: ${password}, nested: {pin: ${password}}}
stringData: ${more === '' ? '{}' : `{token: ${more}}`}
`);
  return object!;
};

it('of a Secret nothing is shown but whether its values are the same', () => {
  const [before, after] = [secret('aHVudGVyMg=='), secret('c2VzYW1l', 'sesame')];
  const shown = JSON.stringify([
    withoutSecrets(after),
    changesWithoutSecrets(after, fieldChanges(before, after)),
    changesWithoutSecrets(after, fieldChanges({ kind: 'Secret' }, after)),
    changesWithoutSecrets(after, fieldChanges(after, { kind: 'Secret' })),
  ]);
  expect(shown).not.toMatch(/aHVudGVyMg|c2VzYW1l|sesame/);
  expect(shown).toContain('payments');
  const [, password] = changesWithoutSecrets(after, fieldChanges(before.data, after.data, ['data']));
  expect(password).toMatchObject({
    kind: 'changed',
    before: expect.stringMatching(/^\(secret, sha256 [0-9a-f]{8}\)$/),
    after: expect.stringMatching(/^\(secret, sha256 [0-9a-f]{8}\)$/),
  });
});

it('of a Secret whose data is not even a map nothing is shown either', () => {
  for (const data of ['hunter2', ['hunter2'], { a: ['hunter2'] }]) {
    const odd = { ...secret('x'), data };
    expect(JSON.stringify(withoutSecrets(odd))).not.toContain('hunter2');
    const changes = changesWithoutSecrets(odd, fieldChanges(secret('x'), odd));
    expect(JSON.stringify(changes)).not.toContain('hunter2');
  }
});

it('any other object is shown as it is', () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: 'plain' } };
  expect(withoutSecrets(map)).toBe(map);
  expect(changesWithoutSecrets(map, fieldChanges({ data: {} }, map))).toEqual(fieldChanges({ data: {} }, map));
});
