import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, PERSON, type Scratch } from '../test/scratch.ts';
import {
  encodeCommit,
  encodeTag,
  formatSignature,
  gitObject,
  parseCommit,
  parseSignature,
  parseTag,
} from './object-format.ts';

let scratch: Scratch;
let commit: string;
beforeAll(() => {
  scratch = createScratch();
  scratch.checkout('r');
  scratch.git('r', 'commit', '--quiet', '--allow-empty', '-m', 'first');
  commit = scratch.git('r', 'rev-parse', 'HEAD');
});
afterAll(() => scratch.remove());

const content = (type: string, name: string) =>
  execFileSync('git', ['cat-file', type, name], { cwd: `${scratch.path}/r`, env: scratch.env });

describe('commits', () => {
  it('are the ones that git commit makes, read and written', () => {
    scratch.git('r', 'commit', '--quiet', '--allow-empty', '-m', 'Grüße 😀\n\nBody.\n\nTrailer: x');
    const oid = scratch.git('r', 'rev-parse', 'HEAD');
    const parsed = parseCommit(oid, content('commit', 'HEAD'));
    expect(parsed).toEqual({
      oid,
      tree: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
      parents: [commit],
      author: PERSON,
      committer: PERSON,
      message: 'Grüße 😀\n\nBody.\n\nTrailer: x\n',
      signed: false,
    });
    expect(encodeCommit(parsed).oid).toBe(oid);
  });

  it('are read with several parents, a signature over many lines and another encoding', () => {
    const lines = [
      `tree ${'a'.repeat(40)}`,
      `parent ${'b'.repeat(40)}`,
      `parent ${'c'.repeat(40)}`,
      'author A <> 1 +0000',
      'committer Ada <a@x> 2 -0130',
      'encoding ISO-8859-1',
      'gpgsig -----BEGIN SSH SIGNATURE-----',
      ' parent of nothing',
      ' -----END SSH SIGNATURE-----',
      '',
      'caf\u00e9\n',
    ];
    const parsed = parseCommit('d'.repeat(40), Buffer.from(lines.join('\n'), 'latin1'));
    expect(parsed.parents).toEqual(['b'.repeat(40), 'c'.repeat(40)]);
    expect(parsed).toMatchObject({
      message: 'café\n',
      signed: true,
      author: { name: 'A', email: '' },
      committer: { zone: '-0130' },
    });
  });

  it('say what they say more than once, and mean the first of it', () => {
    const lines = [
      `tree ${'a'.repeat(40)}`,
      'author A <a@x> 1 +0000',
      'author B <b@x> 1 +0000',
      'committer C <c@x> 1 +0000',
    ];
    const parsed = parseCommit('d'.repeat(40), Buffer.from(`${lines.join('\n')}\n\nauthor Z <z@x> 1 +0000\n`));
    expect(parsed).toMatchObject({ author: { name: 'A' }, repeats: ['author'] });
    expect(parseCommit(commit, content('commit', 'HEAD')).repeats).toBeUndefined();
    const tag = `object ${commit}\ntype commit\ntag v9.9.9\ntag v1.0.0\ntagger A <a@x> 1 +0000\n\nx\n`;
    expect(parseTag('a'.repeat(40), Buffer.from(tag))).toMatchObject({ name: 'v9.9.9', repeats: ['tag'] });
  });

  it('end in one line end and take no NUL', () => {
    const draft = { tree: 'a'.repeat(40), parents: [], author: PERSON, committer: PERSON };
    expect(encodeCommit({ ...draft, message: 'x' }).oid).toBe(encodeCommit({ ...draft, message: 'x\n\n' }).oid);
    expect(() => encodeCommit({ ...draft, message: 'a\0b' })).toThrow(expect.objectContaining({ code: 'BAD_MESSAGE' }));
  });
});

describe('tags', () => {
  it('are the ones that git tag -a makes, read and written', () => {
    const message = 'v1.0.0\n\n- payments 1 → 2\n';
    scratch.git('r', 'tag', '-a', 'v1.0.0', '-m', message, commit);
    const oid = scratch.git('r', 'rev-parse', 'v1.0.0');
    const parsed = parseTag(oid, content('tag', 'v1.0.0'));
    expect(parsed).toEqual({
      oid,
      object: commit,
      type: 'commit',
      name: 'v1.0.0',
      tagger: PERSON,
      message,
      signed: false,
    });
    const written = encodeTag({ ...parsed, tagger: PERSON });
    expect(written.oid).toBe(oid);
    expect(Buffer.from(written.content)).toEqual(content('tag', 'v1.0.0'));
  });

  it('are read without their signature, and without a tagger', () => {
    const text = `object ${commit}\ntype commit\ntag v1\n\nnotes\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n`;
    expect(parseTag('a'.repeat(40), Buffer.from(text))).toMatchObject({
      tagger: null,
      message: 'notes\n',
      signed: true,
    });
  });
});

describe('signatures', () => {
  it('are written as git commit writes them, odd characters too', () => {
    const part = fc.string({
      unit: fc.constantFrom('a', 'é', ' ', '.', ',', '<', '>', '"', "'", '\\', '\n', '\t', ';', '-'),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(part, part, (name, email) => {
        const env = { ...scratch.env, GIT_AUTHOR_NAME: `x${name}`, GIT_AUTHOR_EMAIL: email };
        const theirs = execFileSync('git', ['var', 'GIT_AUTHOR_IDENT'], {
          env,
          cwd: `${scratch.path}/r`,
          encoding: 'utf8',
        });
        expect(`${formatSignature({ ...PERSON, name: `x${name}`, email })}\n`).toBe(theirs);
      }),
      { numRuns: 60 },
    );
  });

  it('survive a round trip', () => {
    expect(parseSignature(formatSignature(PERSON))).toEqual(PERSON);
  });

  it.each([
    { name: '' },
    { name: ' <>' },
    { time: Number.NaN },
    { time: 1.5 },
    { time: -1 },
    { zone: 'Z' },
    { zone: '+0000\nx' },
  ])('refuse %j', (part) => {
    expect(() => formatSignature({ ...PERSON, ...part })).toThrow(expect.objectContaining({ code: 'BAD_SIGNATURE' }));
  });

  it('are read from anything', () => {
    expect(parseSignature('nonsense')).toEqual({ name: '', email: '', time: 0, zone: '+0000' });
    expect(parseSignature('A <a@x>')).toMatchObject({ name: 'A', email: 'a@x', time: 0 });
  });
});

describe('gitObject', () => {
  it('has the id that git hash-object computes', () => {
    expect(gitObject('blob', Buffer.from('hello\n')).oid).toBe('ce013625030ba8dba906f756967f9e9ca394464a');
  });
});
