import type { Oid } from '@eleventh/core';
import type { Objects } from './objects.ts';
import { FOLDER_MODE, SUBMODULE_MODE } from './tree.ts';

/**
 * Makes what stands at some paths of a tree present, all paths side by side, so that it takes as many round trips as
 * they are deep. In a path `*` stands for any name, and a last `**` for everything below. What is not there is no error.
 */
export async function readAhead(objects: Objects, tree: Oid, paths: readonly string[]): Promise<void> {
  await descend(
    objects,
    tree,
    paths.map((path) => path.split('/')),
  );
}

async function descend(objects: Objects, tree: Oid, paths: readonly (readonly string[])[]): Promise<void> {
  const entries = await objects.tree(tree);
  await Promise.all(
    entries.map(async ({ name, mode, oid }) => {
      const inside = paths.filter(([first]) => first === name || first === '*').map(([, ...rest]) => rest);
      if (inside.length === 0) return;
      const isFolder = mode === FOLDER_MODE;
      if (isFolder && inside.some(([first]) => first === '**')) await objects.below(oid);
      else if (isFolder && inside.some((rest) => rest.length > 0)) await descend(objects, oid, inside);
      else if (mode !== SUBMODULE_MODE) await objects.find(oid, isFolder ? 'tree' : 'blob');
    }),
  );
}

/**
 * Makes everything of a tree present that none of some other trees holds at the same place: what a push has to send, or
 * to know that it need not.
 */
export async function readDifference(objects: Objects, tree: Oid, others: readonly Oid[]): Promise<void> {
  if (others.includes(tree)) return;
  const [entries, ...known] = await Promise.all([tree, ...others].map((oid) => objects.tree(oid)));
  await Promise.all(
    (entries ?? []).map(async ({ name, mode, oid }) => {
      const beside = known.flatMap((each) => each.find((entry) => entry.name === name) ?? []);
      if (beside.some((entry) => entry.oid === oid)) return;
      const folders = beside.filter((entry) => entry.mode === FOLDER_MODE).map((entry) => entry.oid);
      if (mode === FOLDER_MODE) await readDifference(objects, oid, folders);
      else if (mode !== SUBMODULE_MODE) await objects.find(oid, 'blob');
    }),
  );
}
