import { describe, expect, it } from 'vitest';
import { parseRefList } from './ref-list.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];

describe('parseRefList', () => {
  it('reads HEAD, branches, lightweight and annotated tags, and leaves other refs out', () => {
    const refs = parseRefList(
      [
        'ref: refs/heads/main\tHEAD',
        `${a}\tHEAD`,
        `${b}\trefs/heads/env/staging`,
        `${a}\trefs/heads/main`,
        `${c}\trefs/pull/1/head`,
        `${a}\trefs/tags/light`,
        `${c}\trefs/tags/v1.0.0`,
        `${b}\trefs/tags/v1.0.0^{}`,
        '',
      ].join('\n'),
    );
    expect(refs.head).toBe('main');
    expect(Object.fromEntries(refs.branches)).toEqual({ 'env/staging': b, main: a });
    expect(Object.fromEntries(refs.tags)).toEqual({ light: { oid: a, commit: a }, 'v1.0.0': { oid: c, commit: b } });
  });

  it('knows an empty repository and a HEAD that names no branch', () => {
    expect(parseRefList('')).toEqual({ head: null, branches: new Map(), tags: new Map(), queue: new Map() });
    expect(parseRefList(`${a}\tHEAD\n${a}\trefs/heads/x\n`).head).toBeNull();
  });

  it('refuses a repository with SHA-256 names', () => {
    expect(() => parseRefList(`${'a'.repeat(64)}\tHEAD\n`)).toThrow(
      expect.objectContaining({ code: 'BAD_REPOSITORY' }),
    );
  });
});
