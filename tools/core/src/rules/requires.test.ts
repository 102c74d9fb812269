import { describe, expect, it } from 'vitest';
import { breakReason, breaksIn, demandsOn, type Requirements, type Versioned } from './requires.ts';

const build = (version?: string): Versioned => ({ commit: 'abcdef0'.padEnd(40, '1'), version });

/** Returns why ledger is not what payments requires, or undefined. */
function why(range: string, version: string | undefined): string | undefined {
  const pins = new Map([
    ['payments', build('1.0.0')],
    ['ledger', build(version)],
  ]);
  return breaksIn(pins, new Map([['payments', { ledger: range }]]))[0]?.why;
}

describe('breaksIn', () => {
  it.each([
    ['>=2.1 <3', '2.1.0', undefined],
    ['>=2.1 <3', '2.99.99', undefined],
    ['>=2.1 <3', '3.0.0', 'outside'],
    ['>=2.1 <3', '2.0.9', 'outside'],
    ['^2.1 || 4', '4.5.6', undefined],
    ['*', '0.0.1', undefined],
    ['', '0.0.1', undefined],
    // What cannot be told does not hold.
    ['>=2.1 <3', undefined, 'unversioned'],
    ['*', undefined, 'unversioned'],
    // As npm has it: a pre-release of what nobody named.
    ['>=2.1 <3', '2.2.0-rc.1', 'outside'],
    ['>=2.1 <3', '3.0.0-rc.1', 'outside'],
    ['*', '2.2.0-rc.1', 'outside'],
    ['>=2.2.0-rc.1 <3', '2.2.0-rc.2', undefined],
    ['>=2.2.0-rc.1 <3', '2.3.0-rc.1', 'outside'],
  ])('takes a range %j and the version %j for %j', (range, version, expected) => {
    expect(why(range, version)).toBe(expected);
  });

  it('names both sides, all of them, by id', () => {
    const pins = new Map([
      ['web', build('3.1.0')],
      ['risk/fraud', build()],
      ['ledger', build('3.0.0')],
      ['cards', build()],
    ]);
    const requirements: Requirements = new Map<string, Record<string, string>>([
      ['web', { ledger: '<3', cards: '*', mail: '1' }],
      ['ledger', { ledger: '<3', 'risk/fraud': '0.8' }],
      ['gone', { ledger: '1' }],
    ]);
    expect(breaksIn(pins, requirements).map((one) => `${one.service}: ${breakReason(one)}`)).toEqual([
      'ledger: 3.0.0 (abcdef0) requires ledger <3, and 3.0.0 (abcdef0) is pinned',
      'ledger: 3.0.0 (abcdef0) requires risk/fraud 0.8, and abcdef0 is pinned without a version',
      'web: 3.1.0 (abcdef0) requires cards *, and abcdef0 is pinned without a version',
      'web: 3.1.0 (abcdef0) requires ledger <3, and 3.0.0 (abcdef0) is pinned',
      'web: 3.1.0 (abcdef0) requires mail 1, and mail is not in the recipe',
    ]);
  });

  it('finds nothing in a circle of which each holds', () => {
    const pins = new Map([
      ['a', build('1.0.0')],
      ['b', build('2.0.0')],
    ]);
    const circle: Requirements = new Map<string, Record<string, string>>([
      ['a', { b: '2' }],
      ['b', { a: '1', b: '2' }],
    ]);
    expect(breaksIn(pins, circle)).toEqual([]);
    expect(breaksIn(new Map(), circle)).toEqual([]);
  });
});

describe('demandsOn', () => {
  it('asks for what those require that are there', () => {
    const requirements: Requirements = new Map([
      ['web', { ledger: '<3' }],
      ['cards', { ledger: '>=2' }],
      ['gone', { ledger: '1' }],
    ]);
    expect(demandsOn(requirements, ['web', 'cards', 'ledger'])).toEqual(
      new Map([
        [
          'ledger',
          [
            { by: 'cards', range: '>=2' },
            { by: 'web', range: '<3' },
          ],
        ],
      ]),
    );
  });
});
