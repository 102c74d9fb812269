import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGlob, matchesGlob } from './glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['main', 'main'],
    ['release/*', 'release/1.4'],
    ['release/*', 'release/'],
    ['release/**', 'release/1.4/fix'],
    ['**', 'any/thing'],
    ['**', ''],
    ['*', 'main'],
    ['v?.?', 'v1.2'],
    ['a+b', 'a+b'],
    ['a.b', 'a.b'],
    ['**/hotfix', 'a/b/hotfix'],
  ])('%s takes %s', (pattern, name) => {
    expect(matchesGlob(pattern, name)).toBe(true);
  });

  it.each([
    ['main', 'mains'],
    ['main', 'my-main'],
    ['main', 'Main'],
    ['main', 'main\n'],
    ['main', 'x\nmain'],
    ['release/*', 'release/1.4/fix'],
    ['*', 'feature/x'],
    ['v?', 'v/'],
    ['v?', 'v'],
    ['a.b', 'aXb'],
    ['a+', 'aa'],
    ['main', ''],
  ])('%s does not take %j', (pattern, name) => {
    expect(matchesGlob(pattern, name)).toBe(false);
  });

  it('takes a name without wildcards for itself alone', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9._/@#+=,-]{1,20}$/);
    fc.assert(
      fc.property(name, name, (pattern, other) => {
        expect(isGlob(pattern)).toBe(true);
        expect(matchesGlob(pattern, pattern)).toBe(true);
        expect(matchesGlob(pattern, other)).toBe(pattern === other);
      }),
    );
  });

  it('takes whatever a wildcard was put in place of', () => {
    const part = fc.stringMatching(/^[a-z.+]{0,6}$/);
    fc.assert(
      fc.property(part, part, part, part, (before, hidden, more, after) => {
        expect(matchesGlob(`${before}*${after}`, before + hidden + after)).toBe(true);
        expect(matchesGlob(`${before}**${after}`, `${before}${hidden}/${more}${after}`)).toBe(true);
        expect(matchesGlob(`${before}*${after}`, `${before}/${after}`)).toBe(false);
      }),
    );
  });
});

describe('isGlob', () => {
  it.each(['', '***', 'a b', '[ab]', '{a,b}', '!main', 'a\\*', '(a|b)', '^main$', 'a\nb', 'é', 'a\0'])(
    'refuses %j, which it would not understand',
    (pattern) => {
      expect(isGlob(pattern)).toBe(false);
    },
  );
});
