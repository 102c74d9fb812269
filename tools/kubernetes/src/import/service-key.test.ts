import { isServiceId } from '@eleventh/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnvironmentNames } from './environment-name.ts';
import { idsOf, namedKey, serviceKey } from './service-key.ts';

const names = new EnvironmentNames();

describe('serviceKey', () => {
  it.each([
    ['src/accounts/contacts/k8s/overlays/development', 'accounts/contacts'],
    ['apps/production', ''],
    ['apps/base/podinfo', 'podinfo'],
    ['payments-prod', 'payments'],
    ['infrastructure/controllers', 'infrastructure/controllers'],
  ])('says what %s is about', (path, key) => {
    expect(serviceKey(path, names)).toBe(key);
  });

  it('takes the name of the agent where it says more', () => {
    expect(namedKey('o11y/lan', 'blackbox-exporter-lan', names)).toBe('o11y/blackbox-exporter-lan');
    expect(namedKey('podinfo', 'apps', names)).toBe('podinfo');
  });
});

describe('idsOf', () => {
  it('gives short ids, and longer ones to twins', () => {
    expect([...idsOf(['bank/web', 'shop/web', 'x/ledger', 'infra/ingress', ''], 'shop-repo').values()]).toEqual([
      'shop-repo',
      'bank/web',
      'infra/ingress',
      'shop/web',
      'ledger',
    ]);
  });

  it('gives every key an id of its own that can stand beside the others', () => {
    const segment = fc.constantFrom('a', 'b', 'infra', 'manifests-of', 'web', 'con');
    const key = fc.array(segment, { maxLength: 4 }).map((all) => all.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(key), (keys) => {
        const ids = [...idsOf(keys, 'rest').values()];
        expect(new Set(ids).size).toBe(keys.length);
        for (const id of ids) {
          expect(isServiceId(id), id).toBe(true);
          expect(ids.some((other) => other.startsWith(`${id}/`))).toBe(false);
        }
      }),
    );
  });
});
