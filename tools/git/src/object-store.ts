import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { type GitObject, objectHeader } from './object-format.ts';

const compress = promisify(deflate);

/**
 * Writes objects into a repository as Git's loose objects, in the given order: children before their parents, so that
 * a commit that is there is complete.
 *
 * Their ids are known and their format is a deflated header and content, so this takes no process at all, where
 * `fast-import` takes one or two, a ref that has to be got rid of, and the same edit once more in its own language.
 */
export async function writeObjects(gitDirectory: string, objects: readonly GitObject[]): Promise<void> {
  if (objects.length === 0) return;
  const folder = await mkdtemp(join(gitDirectory, 'new-'));
  const made = new Set<string>();
  try {
    for (const { oid, type, content } of objects) {
      const bytes = await compress(Buffer.concat([Buffer.from(objectHeader(type, content)), content]), { level: 1 });
      const shelf = join(gitDirectory, 'objects', oid.slice(0, 2));
      if (!made.has(shelf)) await mkdir(shelf, { recursive: true });
      made.add(shelf);
      await writeFile(join(folder, oid), bytes, { mode: 0o444 });
      await rename(join(folder, oid), join(shelf, oid.slice(2)));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
