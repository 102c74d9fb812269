import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Build } from '../files/pin.ts';
import { buildLabel, buildOrder, type Order } from './build-order.ts';

const OLD: Build = { commit: 'a'.repeat(40), branch: 'main', built: '2026-11-20T09:00:00Z' };
const NEW: Build = { commit: 'b'.repeat(40), branch: 'main', built: '2026-11-20T10:00:00Z' };

describe('buildOrder', () => {
  it.each<[string, Partial<Build>, Partial<Build>, Order]>([
    ['by time on one branch', {}, {}, 'older'],
    ['by version before time', { version: '2.0.0' }, { version: '1.0.0' }, 'newer'],
    ['by version across branches', { version: '1.9.0', branch: 'hotfix' }, { version: '1.10.0' }, 'older'],
    ['a release after its candidates', { version: '1.0.0' }, { version: '1.0.0-rc.2' }, 'newer'],
    ['by time when the versions are equal', { version: '1.0.0' }, { version: '1.0.0' }, 'older'],
    ['by time when one has no version', { version: '9.0.0' }, {}, 'older'],
    ['by time in other time zones', { built: '2026-11-20T11:30:00+02:00' }, { built: '2026-11-20T09:45:00Z' }, 'older'],
    ['not at all across branches', { branch: 'feature' }, {}, 'unknown'],
    ['not at all without a time', { built: undefined }, {}, 'unknown'],
    ['not at all by a time that is none', { built: 'yesterday' }, {}, 'unknown'],
    ['not at all at the same second', { built: NEW.built }, {}, 'unknown'],
    [
      'the same commit as the same',
      { commit: NEW.commit, version: '1.0.0', branch: 'x' },
      { version: '2.0.0' },
      'same',
    ],
  ])('orders %s', (_, build, other, order) => {
    expect(buildOrder({ ...OLD, ...build }, { ...NEW, ...other })).toBe(order);
  });

  it('says the opposite the other way round', () => {
    const build = fc.record<Build>({
      commit: fc.constantFrom('a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)),
      branch: fc.constantFrom('main', 'hotfix'),
      built: fc.constantFrom(undefined, '2026-11-20T09:00:00Z', '2026-11-20T10:00:00Z', 'never'),
      version: fc.constantFrom(undefined, '1.0.0', '1.0.0-rc.1', '2.0.0'),
    });
    const opposite: Record<Order, Order> = { same: 'same', unknown: 'unknown', older: 'newer', newer: 'older' };
    fc.assert(
      fc.property(build, build, (a, b) => {
        expect(buildOrder(a, b)).toBe(opposite[buildOrder(b, a)]);
      }),
    );
  });
});

describe('buildLabel', () => {
  it('is the short commit, after the version if there is one', () => {
    expect(buildLabel(OLD)).toBe('aaaaaaa');
    expect(buildLabel({ ...OLD, version: '2.3.1' })).toBe('2.3.1 (aaaaaaa)');
  });
});
