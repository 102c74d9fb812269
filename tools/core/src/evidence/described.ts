import type { Pin } from '../files/pin.ts';
import { recipeOf } from '../history/deployment.ts';
import { filesBelow, type Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import type { Described } from './statement.ts';

/** Returns the SHA-256 of some bytes, in hexadecimal digits. */
export type Sha256 = (bytes: Uint8Array) => string;

/**
 * Returns what tells a recipe from all others: the tree of `apps/` and a SHA-256 over what it holds, since SHA-1 alone
 * does not satisfy an auditor; then the whole tree.
 */
export async function describedRecipe(snapshot: Snapshot, sha256: Sha256): Promise<Described[]> {
  const digest = { gitTree: await recipeOf(snapshot), dirHash1: await dirHash1(snapshot, 'apps', sha256) };
  return [
    { name: 'apps', digest },
    { name: '.', digest: { gitTree: snapshot.tree } },
  ];
}

/** Returns what tells a build from all others: the service's commit, its folder, its images. */
export async function describedBuild(
  snapshot: Snapshot,
  id: ServiceId,
  pin: Pin,
  sha256: Sha256,
): Promise<Described[]> {
  const folder = `apps/${id}`;
  const gitTree = (await snapshot.entry(folder))?.oid ?? '';
  const digest = { gitCommit: pin.commit, gitTree, dirHash1: await dirHash1(snapshot, folder, sha256) };
  const images = pin.images.flatMap(({ repository, digest: image }) =>
    image === undefined ? [] : [{ name: repository, digest: { sha256: image.replace(/^sha256:/, '') } }],
  );
  return [{ name: folder, digest }, ...images];
}

/**
 * Returns the digest that in-toto calls `dirHash1` (Go's `dirhash.Hash1`, in hexadecimal digits): the SHA-256 of what
 * `sha256sum` prints for all files of a folder, in the order of their names.
 */
async function dirHash1(snapshot: Snapshot, folder: string, sha256: Sha256): Promise<string> {
  const files = await filesBelow(snapshot, folder);
  const lines = [...files].map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`);
  return sha256(new TextEncoder().encode(lines.join('')));
}
