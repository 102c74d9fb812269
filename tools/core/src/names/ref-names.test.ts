import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchName, branchRef, clashingBranch, isRefName, tagRef } from './ref-names.ts';

/** Returns whether Git itself takes the name for a branch. */
function gitTakes(name: string): boolean {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
  return spawnSync('git', ['check-ref-format', `refs/heads/${name}`], { env }).status === 0;
}

/** What Git's commands take for something else than a branch of that name, or refuse for a new one. */
function isReserved(name: string): boolean {
  return name.startsWith('-') || name.startsWith('refs/') || name === '@' || name === 'HEAD';
}

describe('isRefName', () => {
  it.each([
    'main',
    'env/staging',
    'feature/PAY-1',
    'a.b',
    'v{version}',
    'v1.2.3-rc.1',
    'a@b',
    '@x',
    'ü/€',
    'heads',
    '1',
    'refs',
    'x/HEAD',
  ])('takes %s, as Git does', (name) => {
    expect(isRefName(name)).toBe(true);
    expect(gitTakes(name)).toBe(true);
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'a..b',
    'a.',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a@{1}',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a\tb',
    'a\nb',
    'a\u007fb',
    '..',
    '../x',
    '.',
  ])('refuses %j, as Git does', (name) => {
    expect(isRefName(name)).toBe(false);
    expect(gitTakes(name)).toBe(false);
  });

  it.each(['-x', '--force', '@', 'HEAD', 'refs/heads/x', 'a\0b'])(
    'refuses %j, which Git would take for something else',
    (name) => {
      expect(isRefName(name)).toBe(false);
    },
  );

  it('refuses what is too long for a file, counted as a server does', () => {
    expect(isRefName('a'.repeat(200))).toBe(true);
    expect(isRefName('a'.repeat(201))).toBe(false);
    expect(isRefName('€'.repeat(66))).toBe(true);
    expect(isRefName('€'.repeat(67))).toBe(false);
  });

  it('agrees with Git on any text', () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      '.',
      '..',
      '/',
      '-',
      '@',
      '{',
      '}',
      '.lock',
      'HEAD',
      'refs/',
      ' ',
      '~',
      '^',
      ':',
      '?',
      '*',
      '[',
      ']',
      '\\',
      '\t',
      '\n',
      '\u0001',
      '\u007f',
      '\u0085',
      'é',
      '😀',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), (name) => {
        expect(isRefName(name)).toBe(gitTakes(name) && !isReserved(name));
      }),
      { numRuns: 500 },
    );
  });
});

describe('branchName', () => {
  it('returns a name that Git takes', () => {
    expect(branchName('env/staging')).toBe('env/staging');
  });

  it('refuses another one in a sentence that shows it safely', () => {
    expect(() => branchName('a\u001b[2Jb')).toThrowError(
      expect.objectContaining({
        code: 'BAD_BRANCH_NAME',
        exitCode: 2,
        message: '"a\\u001b[2Jb" cannot name a branch.',
        hint: 'git check-ref-format --help',
      }),
    );
  });
});

describe('clashingBranch', () => {
  it('finds what Git would keep as file and folder', () => {
    expect(clashingBranch('env', ['main', 'env/x'])).toBe('env/x');
    expect(clashingBranch('env/x', ['main', 'env'])).toBe('env');
    expect(clashingBranch('env/x/y', ['env/x'])).toBe('env/x');
  });

  it('lets others be', () => {
    expect(clashingBranch('env', ['env', 'environment', 'env-x'])).toBeUndefined();
    expect(clashingBranch('env/x', [])).toBeUndefined();
  });
});

describe('refs', () => {
  it('have their full names', () => {
    expect(branchRef('env/prod')).toBe('refs/heads/env/prod');
    expect(tagRef('v1.4.0')).toBe('refs/tags/v1.4.0');
  });
});
