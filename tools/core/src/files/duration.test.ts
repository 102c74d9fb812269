import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('a duration', () => {
  it.each([
    ['2h', 7200],
    ['90m', 5400],
    ['1d12h', 129_600],
    ['1d2h3m4s', 93_784],
  ])('%s is %i seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(['', '0h', 'h', '2', '2 h', '-1h', '1.5h', '2h1d', '1w', 'PT2H', '99999h'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeNull(),
  );

  it('is shown by its two largest parts, and never longer than it is', () => {
    expect([0, 59, 60, 3661, 86_400, 90_061].map(formatDuration)).toEqual(['0s', '59s', '1m', '1h 1m', '1d', '1d 1h']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds).replace(' ', ''))).toBeLessThanOrEqual(seconds);
      }),
    );
  });
});
