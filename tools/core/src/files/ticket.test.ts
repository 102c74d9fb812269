import { describe, expect, it } from 'vitest';
import { isTicketPattern, matchesTicket } from './ticket.ts';

describe('a ticket pattern', () => {
  it.each([
    [String.raw`CHG\d{7}`, 'CHG0012345', ['CHG123', 'XCHG0012345', 'CHG00123456', 'CHG0012345\n', '']],
    [String.raw`[A-Z]{2,10}-\d+`, 'OPS-7', ['ops-7', 'OPS-', 'O-7']],
    [String.raw`v1\.2`, 'v1.2', ['v1x2']],
    ['#[0-9a-f]+', '#12ab', ['12ab', '#12abg']],
  ])('%s takes %s and nothing else', (pattern, ticket, others) => {
    expect(isTicketPattern(pattern)).toBe(true);
    expect(matchesTicket(pattern, ticket)).toBe(true);
    for (const other of others) expect([other, matchesTicket(pattern, other)]).toEqual([other, false]);
  });

  it.each(['', '(a+)+', 'a|b', '.*', 'a**', '[z-a]', '[', 'a{3', '^a$', String.raw`\w+`, 'a+b+c+d+', 'x'.repeat(101)])(
    '%s is none',
    (pattern) => expect(isTicketPattern(pattern)).toBe(false),
  );

  it('takes no long text at all, so that none takes long', () => {
    expect(matchesTicket('a+', 'a'.repeat(101))).toBe(false);
  });
});
