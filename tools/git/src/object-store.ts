import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { type GitObject, type ObjectType, objectHeader } from './object-format.ts';

/**
 * Writes objects into a repository as Git's loose objects, in the given order: children before their parents, so that
 * a commit that is there is complete. Each appears in one step. Throws the errors of `node:fs`.
 *
 * Their ids are known and their format is a deflated header and content, so this takes no process at all, where
 * `fast-import` takes one or two, a ref that has to be got rid of, and the same edit once more in its own language.
 * It is synchronous because ten small files take one millisecond like this, and five otherwise.
 */
export function writeObjects(gitDirectory: string, objects: readonly GitObject[]): void {
  if (objects.length === 0) return;
  const folder = mkdtempSync(join(gitDirectory, 'new-'));
  try {
    for (const { oid, type, content } of objects) {
      const shelf = join(gitDirectory, 'objects', oid.slice(0, 2));
      const bytes = Buffer.concat([Buffer.from(objectHeader(type, content)), content]);
      mkdirSync(shelf, { recursive: true });
      writeFileSync(join(folder, oid), deflateSync(bytes, { level: 1 }), { mode: 0o444 });
      renameSync(join(folder, oid), join(shelf, oid.slice(2)));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PACK_TYPES: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** Returns objects as Git's packs hold them (gitformat-pack, version 2): where there are many, one file takes them all. */
export function encodePack(objects: readonly GitObject[]): Uint8Array {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  header.writeUInt32BE(objects.length, 8);
  const entries = objects.flatMap(({ type, content }) => [
    entryHeader(PACK_TYPES[type], content.length),
    deflateSync(content, { level: 1 }),
  ]);
  const pack = Buffer.concat([header, ...entries]);
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

/** Returns type and size: four bits of the size beside the type, then seven in each byte, the last one without its top bit. */
function entryHeader(type: number, size: number): Uint8Array {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 128, rest & 127);
  }
  return Uint8Array.from(bytes);
}
