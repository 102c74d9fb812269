import { execFileSync } from 'node:child_process';
import { EleventhError, type NamedEntry } from '@eleventh/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { decodeName, encodeName, encodeTree, parseTree } from './tree.ts';

let scratch: Scratch;
beforeAll(() => {
  scratch = createScratch();
  scratch.bare('r.git');
});
afterAll(() => scratch.remove());

const oid = fc.stringMatching(/^[0-9a-f]{40}$/);
const mode = fc.constantFrom('40000', '100644', '100755', '120000', '160000');
// Bytes around the slash and above 127 are where a wrong order or a lost byte shows.
const byte = fc.oneof(
  fc.constantFrom(...Buffer.from('ab.-0/é\uffff😀').filter((each) => each !== 0x2f)),
  fc.integer({ min: 1, max: 255 }),
);
const name = fc
  .array(
    byte.filter((each) => each !== 0x2f),
    { minLength: 1, maxLength: 4 },
  )
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => !['.', '..', '.git'].includes(bytes.toString('latin1').toLowerCase()));
const entries = fc.uniqueArray(fc.record({ name, mode, oid }), {
  selector: (entry) => entry.name.toString('latin1'),
  maxLength: 12,
});

describe('encodeTree and parseTree', () => {
  it('agree with git mktree, in whatever order the entries come', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const types: Record<string, string> = { '40000': 'tree', '160000': 'commit' };
        const input = list.map((entry) =>
          Buffer.concat([
            Buffer.from(`${entry.mode} ${types[entry.mode] ?? 'blob'} ${entry.oid}\t`),
            entry.name,
            Buffer.from([0]),
          ]),
        );
        const options = { cwd: `${scratch.path}/r.git`, env: scratch.env };
        const theirs = execFileSync('git', ['mktree', '-z', '--missing'], { ...options, input: Buffer.concat(input) });
        const ours = encodeTree(list.map((entry): NamedEntry => ({ ...entry, name: decodeName(entry.name) })));
        expect(ours.oid).toBe(theirs.toString().trim());
        const stored = execFileSync('git', ['cat-file', 'tree', ours.oid], options);
        expect(Buffer.from(ours.content)).toEqual(stored);
        expect(encodeTree(parseTree(ours.oid, stored)).oid).toBe(ours.oid);
      }),
      { numRuns: 150 },
    );
  });
});

describe('parseTree', () => {
  const entry = (name: string | Buffer) =>
    Buffer.concat([Buffer.from('100644 '), Buffer.from(name), Buffer.from([0]), Buffer.alloc(20, 1)]);
  const read = (...parts: Uint8Array[]) => parseTree('0'.repeat(40), Buffer.concat(parts));

  it.each([
    '',
    '.',
    '..',
    'a/b',
    '/',
    '../x',
    '.git',
    '.GIT',
    '.git ',
    '.git..',
    'git~1',
    '.git::$INDEX',
    '.g\u200cit',
  ])('refuses an entry named %j, as git fsck does', (name) => {
    expect(() => read(entry('a'), entry(name))).toThrow(expect.objectContaining({ code: 'BAD_OBJECT' }));
  });

  it.each(['...', '..a', '.gitignore', '.github', 'git', 'x.git', 'a b', 'a\\b', '.git2', '\u200c', 'c:'])(
    'takes %j',
    (name) => {
      expect(read(entry('a'), entry(name)).map((one) => one.name)).toEqual(['a', name]);
    },
  );

  it('ends with what is no tree', () => {
    for (const bytes of ['x', '100644 a', '100644', '\0', `100644 a\0${'x'.repeat(19)}`, `100644\0${'x'.repeat(40)}`]) {
      expect(() => read(entry('a'), Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'BAD_OBJECT' }));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          return read(bytes).length <= bytes.length / 21;
        } catch (error) {
          return error instanceof EleventhError;
        }
      }),
    );
  });
});

describe('decodeName and encodeName', () => {
  it('keep every name, UTF-8 or not', () => {
    const survives = (bytes: Uint8Array) => Buffer.from(bytes).equals(encodeName(decodeName(bytes)));
    fc.assert(fc.property(fc.uint8Array(), survives));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => decodeName(encodeName(text)) === text));
    expect(decodeName(Buffer.from('é'))).toBe('é');
  });
});
