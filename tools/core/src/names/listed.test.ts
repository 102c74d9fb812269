import { expect, it } from 'vitest';
import { listed } from './listed.ts';

it('names as many things as a sentence takes, and counts the others', () => {
  expect(listed([])).toBe('');
  expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c, d, e');
  expect(listed(['a', 'b', 'c', 'd', 'e', 'f'])).toBe('a, b, c, d, e, and 1 more');
  expect(listed(['it is old', 'it is odd', 'it is red'], 1, '; ')).toBe('it is old; and 2 more');
});
