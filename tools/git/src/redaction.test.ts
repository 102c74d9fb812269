import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redaction.ts';

describe('redact', () => {
  it.each([
    [
      "fatal: unable to access 'https://ada:s3cr3t@example.com/x.git/': 403",
      "fatal: unable to access 'https://example.com/x.git/': 403",
    ],
    ['https://ghp_0123456789abcdefghij@github.com/acme/x', 'https://github.com/acme/x'],
    ['https://ada:p@ss@example.com/x', 'https://example.com/x'],
    ['https://ada:pa/ss@example.com/x', 'https://example.com/x'],
    ['https://ada:s3cr3t@[::1]:8080/x', 'https://[::1]:8080/x'],
    ['two: http://a:b@h/x and HTTP://c:d@h/y', 'two: http://h/x and HTTP://h/y'],
    ['ssh://git:s3cr3t@example.com/x', 'ssh://example.com/x'],
    ['https://example.com/x?private_token=abc&y=1', 'https://example.com/x?private_token=***&y=1'],
    ['> Authorization: Basic YWRhOnMzY3IzdA==', '> Authorization: ***'],
    ['header was Bearer abcdefghijklmnop.qrst', 'header was Bearer ***'],
    ['token glpat-abcdefghij0123456789 is expired', 'token *** is expired'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '***'],
  ])('takes the secret out of %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'ssh://git@github.com/acme/x.git',
    'git@github.com:acme/x.git',
    'https://example.com:8443/a@b/x.git',
    '/srv/git/a@b:c.git',
    'the basic idea, the bearer of news',
    "fatal: '/tmp/x' does not appear to be a git repository",
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('never shows a password of a URL, whatever it consists of', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9!$%&*()_+=~.,;@:-]{6,20}$/);
    fc.assert(
      fc.property(part, part, (user, password) => {
        const secret = `${password}Zq9`;
        expect(redact(`fatal: unable to access 'https://${user}:${secret}@example.com/x/': no`)).not.toContain(secret);
      }),
    );
  });
});
