import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameHint, suggestion } from './suggestion.ts';

const SERVICES = ['accounts', 'cards', 'customers', 'ledger', 'payments', 'risk/fraud', 'web'];

describe('suggestion', () => {
  it.each([
    ['payment', 'payments'],
    ['paymnets', 'payments'],
    ['PAYMENTS', 'payments'],
    ['pay', 'payments'],
    ['fraud', 'risk/fraud'],
    ['frau', 'risk/fraud'],
    ['risk/fruad', 'risk/fraud'],
    ['wbe', 'web'],
    ['custmers', 'customers'],
  ])('takes %s for %s', (text, meant) => {
    expect(suggestion(text, SERVICES)).toBe(meant);
  });

  it.each(['', 'x', 'zzzzzz', 'invoices', 'p'.repeat(10_000)])('makes nothing of %j', (text) => {
    expect(suggestion(text, SERVICES)).toBeUndefined();
  });

  it('finds the name itself before one that begins alike', () => {
    expect(suggestion('eib', ['eia', 'eib-old', 'eib'])).toBe('eib');
    expect(suggestion('pay', ['payments', 'pay'])).toBe('pay');
  });

  it('finds the name itself before any other', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), fc.nat(), (names, at) => {
        const name = names[at % names.length]!;
        expect(suggestion(name, names)).toBe(name);
      }),
    );
  });

  it('finds a name with one letter wrong, left out, added or swapped', () => {
    const name = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(name, fc.nat(), (meant, random) => {
        const at = random % (meant.length - 1);
        const [before, here, next, after] = [meant.slice(0, at), meant[at], meant[at + 1], meant.slice(at + 2)];
        for (const typed of [
          `${before}0${next}${after}`,
          `${before}${next}${after}`,
          `${before}0${here}${next}${after}`,
          `${before}${next}${here}${after}`,
        ])
          expect(suggestion(typed, [meant])).toBe(meant);
      }),
    );
  });
});

describe('nameHint', () => {
  it('asks for the near one', () => {
    expect(nameHint('ledgr', SERVICES)).toBe('Did you mean ledger ?');
  });

  it('else lists what there is, at most ten', () => {
    expect(nameHint('zzzzzz', ['a', 'b'])).toBe('There are: a, b');
    const many = Array.from({ length: 11 }, (_, index) => `service-${index}`);
    expect(nameHint('zzzzzz', many)).toBe(`There are: ${many.slice(0, 10).join(', ')}, …`);
    expect(nameHint('zzzzzz', many.slice(1))).toBe(`There are: ${many.slice(1).join(', ')}`);
  });

  it('says nothing when there is nothing', () => {
    expect(nameHint('x', [])).toBeUndefined();
  });
});
