import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesList, parseAllowedSigners, principalsOf } from './allowed-signers.ts';

const KEY = `ssh-ed25519 ${btoa(`\0\0\0\x0bssh-ed25519\0\0\0\x20${'k'.repeat(32)}`)}`;
const RSA = `ssh-rsa ${btoa(`\0\0\0\x07ssh-rsa\0\0\0\x01\x03`)}`;
const NOW = Date.UTC(2026, 10, 20, 12) / 1000;

function of(text: string, key = KEY, namespace = 'git', at = NOW) {
  return principalsOf(parseAllowedSigners(text), key, namespace, at);
}

describe('allowed_signers', () => {
  it('says whose a key is', () => {
    const text = `# people\n\n  \nAda@example.com,*@ops.example.com ${KEY} Ada at home\r\nbob@example.com\t${RSA}\n`;
    expect(of(text)).toEqual({ kind: 'allowed', principals: [['ada@example.com', '*@ops.example.com']] });
    expect(of(text, RSA)).toEqual({ kind: 'allowed', principals: [['bob@example.com']] });
    expect(of(`"ada@example.com" ${KEY}`)).toEqual({ kind: 'allowed', principals: [['ada@example.com']] });
    expect(of(`a@b ${KEY}\nc@d ${KEY}`)).toEqual({ kind: 'allowed', principals: [['a@b'], ['c@d']] });
    expect(of('')).toEqual({ kind: 'unlisted' });
  });

  it.each([
    ['namespaces="git"', 'git', 'allowed'],
    ['namespaces="file,git"', 'git', 'allowed'],
    ['NAMESPACES="g*"', 'git', 'allowed'],
    ['namespaces="*,!git"', 'git', 'elsewhere'],
    ['namespaces="git"', 'statement@eleventh.dev', 'elsewhere'],
    ['namespaces="GIT"', 'git', 'elsewhere'],
  ])('with %s may sign in %s: %s', (option, namespace, kind) => {
    expect(of(`ada@example.com ${option} ${KEY}`, KEY, namespace).kind).toBe(kind);
  });

  it.each([
    ['valid-after="20261120",valid-before="20261121"', 'allowed'],
    ['valid-after="20261120120000Z"', 'allowed'],
    ['valid-after="20261120120001Z"', 'early'],
    ['valid-before="202611201200Z"', 'allowed'],
    ['valid-before="20261120115959"', 'expired'],
    ['valid-before="20261120"', 'expired'],
    ['namespaces="git",valid-before="20270101Z"', 'allowed'],
  ])('with %s at noon of 20 November is %s', (options, kind) => {
    expect(of(`ada@example.com ${options} ${KEY}`).kind).toBe(kind);
  });

  it('counts the line that holds, whatever others say', () => {
    const lines = [`a@b valid-before="20200101" ${KEY}`, `a@b namespaces="git" ${KEY}`];
    for (const text of [lines, [...lines].reverse()].map((order) => order.join('\n')))
      expect(of(text)).toEqual({ kind: 'allowed', principals: [['a@b']] });
    expect(of(lines.join('\n'), KEY, 'file')).toEqual({ kind: 'expired', until: Date.UTC(2020, 0) / 1000 });
  });

  it.each([
    `ada@example.com cert-authority ${KEY}`,
    `ada@example.com no-touch-required ${KEY}`,
    `ada@example.com namespaces=git ${KEY}`,
    `ada@example.com namespaces="" ${KEY}`,
    `ada@example.com namespaces="git",namespaces="file" ${KEY}`,
    `ada@example.com valid-before="20260230" ${KEY}`,
    `ada@example.com valid-before="tomorrow" ${KEY}`,
    `ada@example.com valid-after="20260102",valid-before="20260101" ${KEY}`,
    `ada@example.com ${KEY.replace('ssh-ed25519', 'ssh-dss')}`,
    `ada@example.com ${KEY.replace('ssh-ed25519', 'ssh-rsa')}`,
    'ada@example.com ssh-ed25519 !',
    'ada@example.com ssh-ed25519 A',
    `ada@example.com, ${KEY}`,
    `ada@example.com,! ${KEY}`,
    `"ada@example.com ${KEY}`,
    KEY,
    'ada@example.com',
  ])('that cannot be understood lets nobody sign, and names the line: %s', (line) => {
    const text = `# people\nbob@example.com ${KEY}\n${line}\n`;
    expect(() => of(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_FILE', message: expect.stringMatching(/: line 3 (is|has|ends) .*\.$/) }),
    );
  });

  it('is read whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(' ', '"', ',', '=', '!', '\n', 'a@b', 'namespaces', KEY, '#') }),
        (text) => {
          const { lines, problem } = parseAllowedSigners(text);
          expect(problem === null || lines.length === 0).toBe(true);
        },
      ),
    );
  });
});

describe('a list of patterns', () => {
  it.each([
    [['*@example.com'], 'ada@example.com', true],
    [['*@example.com', '!eve@*'], 'eve@example.com', false],
    [['!eve@*'], 'ada@example.com', false],
    [['?da@example.com'], 'ada@example.com', true],
    [['?da@example.com'], 'da@example.com', false],
    [['ada@example.com'], 'ada@example.com.evil.org', false],
    [['ada@example.com'], 'xada@example.com', false],
    [['*'], '', true],
  ])('%j holds for %s: %s', (patterns, name, holds) => {
    expect(matchesList(patterns, name)).toBe(holds);
  });

  it('matches as the pattern does that JavaScript has for it', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '@', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(part, fc.string({ unit: fc.constantFrom('a', 'b', '@'), maxLength: 8 }), (pattern, name) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesList([pattern], name)).toBe(same.test(name));
      }),
    );
  });
});
