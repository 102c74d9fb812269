import { overlayFolder, type Rendering, type Snapshot } from '@eleventh/core';
import type { Source } from '../render/hermetic.ts';

/** Returns the ids of the folders that a service begins with in an environment: what was found there is kept by them. */
export async function beginningOf(snapshot: Snapshot, rendering: Rendering): Promise<string> {
  const ids = await Promise.all(foldersOf(rendering).map(async (path) => (await snapshot.entry(path))?.oid ?? ''));
  return [rendering.environment, rendering.service, ...ids].join(' ');
}

/** Returns the files that a service is made from beyond the folders that it begins with. */
export function elsewhere(rendering: Rendering, sources: readonly Source[]): readonly Source[] {
  return sources.filter(({ path }) => !foldersOf(rendering).some((folder) => path.startsWith(`${folder}/`)));
}

/** Returns whether files have not changed since something was made that depended on them. */
export async function areSame(snapshot: Snapshot, files: readonly Source[]): Promise<boolean> {
  const now = await Promise.all(files.map(async ({ path, oid }) => (await snapshot.entry(path))?.oid === oid));
  return now.every(Boolean);
}

function foldersOf({ environment, service }: Rendering): string[] {
  return [overlayFolder(environment, service), `apps/${service}`];
}
