import { EleventhError, type NamedEntry, type Oid, quoted } from '@eleventh/core';
import { type GitObject, gitObject } from './object-format.ts';

export const FILE_MODE = '100644';
export const FOLDER_MODE = '40000';
export const SUBMODULE_MODE = '160000';

/**
 * Returns the entries of a tree object's bytes, in Git's order. Throws `BAD_OBJECT` for what is none, and for a name that
 * no checkout could hold: whoever pushes with a Git of their own can give a folder any name, `..` too.
 */
export function parseTree(oid: Oid, content: Uint8Array): NamedEntry[] {
  // Two texts of the whole are much faster to cut up than the bytes are.
  const text = Buffer.from(content).toString('latin1');
  const hex = Buffer.from(content).toString('hex');
  const entries: NamedEntry[] = [];
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(' ', at);
    const end = text.indexOf('\0', at);
    if (space < 0 || end < space || text.length < end + 21) throw badTree(oid, 'cannot be read');
    const bytes = text.slice(space + 1, end);
    const name = ASCII.test(bytes) ? bytes : decodeName(Buffer.from(bytes, 'latin1'));
    if (!isName(name)) throw badTree(oid, `has an entry named ${quoted(name)}, which no checkout could hold`);
    entries.push({ mode: text.slice(at, space), name, oid: hex.slice(2 * end + 2, 2 * end + 42) });
    at = end + 21;
  }
  return entries;
}

function badTree(oid: Oid, problem: string): EleventhError {
  return new EleventhError('BAD_OBJECT', `The tree ${oid} ${problem}.`, {
    hint: `git ls-tree ${oid}`,
    details: { oid },
  });
}

const ASCII = /^[ -~]*$/;

/**
 * Returns whether a file or folder may have a name: not one that leads elsewhere, nor one that some file system takes
 * for `.git` (`git fsck`: fullPathname, hasDot, hasDotdot, hasDotgit; HFS+ skips the characters that nobody sees).
 */
export function isName(name: string): boolean {
  const seen = ASCII.test(name) ? name : name.replace(UNSEEN, '');
  return !/^\.{0,2}$|[/\0]/.test(name) && !/^(?:\.git|git~1)[ .]*(?:$|:)/i.test(seen);
}

const UNSEEN = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** Returns the tree object of these entries, which may come in any order. */
export function encodeTree(entries: Iterable<NamedEntry>): GitObject {
  const parts = Array.from(entries, ({ mode, name, oid }) => {
    // Bytes are held as Latin-1 text here, which compares as they do and joins faster than buffers.
    const bytes = ASCII.test(name) ? name : encodeName(name).toString('latin1');
    const text = `${mode} ${bytes}\0${Buffer.from(oid, 'hex').toString('latin1')}`;
    // Git sorts a folder as if its name ended in a slash.
    return { key: mode === FOLDER_MODE ? `${bytes}/` : bytes, text };
  });
  parts.sort((a, b) => (a.key < b.key ? -1 : 1));
  return gitObject('tree', Buffer.from(parts.map(({ text }) => text).join(''), 'latin1'));
}

/**
 * Returns a name's text. Names are bytes: in one that is not UTF-8, each byte above 127 becomes a lone surrogate
 * (U+DC80 to U+DCFF), which no valid text contains, so that every name survives a round trip.
 */
export function decodeName(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString();
  if (!text.includes('\ufffd') || Buffer.from(text).equals(bytes)) return text;
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('');
}

/** Returns the bytes of a name: the inverse of `decodeName`. */
export function encodeName(name: string): Buffer {
  if (!/\p{Surrogate}/u.test(name)) return Buffer.from(name);
  return Buffer.concat(
    Array.from(name, (character) => {
      const code = character.charCodeAt(0);
      const escaped = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
      return escaped ? Buffer.from([code - 0xdc00]) : Buffer.from(character);
    }),
  );
}
