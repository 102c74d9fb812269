import type { Oid } from '@eleventh/core';
import { type GitObject, gitObject } from './object-format.ts';

export const FILE_MODE = '100644';
export const FOLDER_MODE = '40000';

/** One entry of a tree. The mode is as in Git: `40000`, `100644`, `100755`, `120000` or `160000`. */
export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly oid: Oid;
}

/** Returns the entries of a tree object's bytes, in Git's order. */
export function parseTree(content: Uint8Array): TreeEntry[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    const mode = bytes.toString('latin1', at, space);
    entries.push({
      mode,
      name: decodeName(bytes.subarray(space + 1, end)),
      oid: bytes.toString('hex', end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

/** Returns the tree object of these entries, which may come in any order. */
export function encodeTree(entries: Iterable<TreeEntry>): GitObject {
  const parts = Array.from(entries, ({ mode, name, oid }) => {
    const bytes = encodeName(name);
    // Git sorts a folder as if its name ended in a slash. Latin-1 text compares as its bytes do.
    const key = bytes.toString('latin1') + (mode === FOLDER_MODE ? '/' : '');
    return { key, bytes: [Buffer.from(`${mode} `), bytes, ZERO, Buffer.from(oid, 'hex')] };
  });
  parts.sort((a, b) => (a.key < b.key ? -1 : 1));
  return gitObject('tree', Buffer.concat(parts.flatMap((part) => part.bytes)));
}

const ZERO = Buffer.alloc(1);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns a name's text. Names are bytes: in one that is not UTF-8, each byte above 127 becomes a lone surrogate
 * (U+DC80 to U+DCFF), which no valid text contains, so that every name survives a round trip.
 */
export function decodeName(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('');
  }
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
