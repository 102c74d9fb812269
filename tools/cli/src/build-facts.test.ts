import { describe, expect, it } from 'vitest';
import { person, personOf, utcTime } from './build-facts.ts';

describe('person', () => {
  it('takes what Git takes', () => {
    expect(person('Octo Cat', '1+octocat@users.noreply.github.com')).toEqual({
      name: 'Octo Cat',
      email: '1+octocat@users.noreply.github.com',
    });
    expect(person('dependabot[bot]', 'root@localhost')).toEqual({ name: 'dependabot[bot]', email: 'root@localhost' });
    expect(person('テスター', 'tester@例え.jp')).toEqual({ name: 'テスター', email: 'tester@例え.jp' });
  });

  it('keeps a name on one line and out of the address', () => {
    expect(person('Octo\n\u001b[31mCat <x>', 'octo@example.com')?.name).toBe('Octo [31mCat x');
  });

  it.each([
    [undefined, 'a@example.com'],
    ['', 'a@example.com'],
    [' .;"', 'a@example.com'],
    ['x'.repeat(201), 'a@example.com'],
    ['A', undefined],
    ['A', ''],
    ['A', 'example.com'],
    ['A', 'a b@example.com'],
    ['A', 'a@example.com>\nCommitter: B <b@example.com'],
    ['A', `${'a'.repeat(250)}@example.com`],
  ])('refuses %j <%j>', (name, email) => {
    expect(person(name, email)).toBeUndefined();
  });

  it('reads a person from one text', () => {
    expect(personOf('Octo Cat <octo@example.com>')).toEqual({ name: 'Octo Cat', email: 'octo@example.com' });
    expect(personOf('octo@example.com')).toBeUndefined();
    expect(personOf('<octo@example.com>')).toBeUndefined();
    expect(personOf(undefined)).toBeUndefined();
  });
});

describe('utcTime', () => {
  it.each([
    ['2026-11-20T09:12:44Z', '2026-11-20T09:12:44Z'],
    ['2026-11-20T10:12:44+01:00', '2026-11-20T09:12:44Z'],
    ['2026-11-19T23:42:44.999-09:30', '2026-11-20T09:12:44Z'],
    [1_795_165_964_000, '2026-11-20T09:12:44Z'],
    [0, '1970-01-01T00:00:00Z'],
  ])('makes %s %s', (time, utc) => {
    expect(utcTime(time)).toBe(utc);
  });

  it.each([
    undefined,
    '',
    '5',
    'yesterday',
    '2026-11-20',
    '2026-11-20T09:12:44',
    '2026-13-20T09:12:44Z',
    '20 Nov 2026',
    -1,
    Number.NaN,
    1e15,
  ])('makes nothing of %j', (time) => {
    expect(utcTime(time)).toBeUndefined();
  });
});
