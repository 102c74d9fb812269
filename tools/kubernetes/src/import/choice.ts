import {
  type Change,
  checkManifestNames,
  checkOverlay,
  EleventhError,
  formatPin,
  type ImportedBuild,
  importedPin,
  type ServiceId,
  type Snapshot,
} from '@eleventh/core';
import { objectKey } from '../objects/object.ts';
import { KustomizationText } from './kustomization-text.ts';
import { operations, patchOf } from './object-patch.ts';
import type { Part, Render } from './part.ts';
import { placedApart } from './placed-apart.ts';
import { placedAsOverlays } from './placed-overlays.ts';
import { placedAsPatches } from './placed-patches.ts';
import { encoded, type Placed, type PlacedIn } from './placement.ts';
import { differences } from './proof.ts';

/** A service for which no way was found, and why the last one is none. */
export interface NotPlaced {
  readonly id: ServiceId;
  readonly why: string;
}

/**
 * Returns the place of a service: the first way in which every environment comes to what it was, no overlay sets an
 * image, and every name can be checked out everywhere.
 */
export async function placeOf(
  id: ServiceId,
  parts: readonly Part[],
  empty: Snapshot,
  build: ImportedBuild,
  render: Render,
): Promise<Placed | NotPlaced> {
  const ways = [
    () => placedAsOverlays(id, parts, render),
    () => placedAsPatches(id, parts),
    () => placedApart(id, parts),
  ];
  const tried: string[] = [];
  for (const way of ways) {
    try {
      const drafted = await way();
      const placed = drafted === null ? null : await withSubstitutions(drafted, parts, empty, build, render);
      const problem = placed === null ? null : await problemOf(placed, parts, empty, build, render);
      if (placed !== null && problem === null) return { ...placed, tried };
      if (problem !== null) tried.push(problem);
    } catch (error) {
      if (!(error instanceof EleventhError)) throw error;
      tried.push(error.message);
    }
  }
  return { id, why: tried.at(-1) ?? 'its files would stand in each other’s place' };
}

async function problemOf(
  placed: Placed,
  parts: readonly Part[],
  empty: Snapshot,
  build: ImportedBuild,
  render: Render,
): Promise<string | null> {
  for (const one of placed.environments) {
    checkManifestNames(one.manifests.keys());
    const snapshot = await empty.with(changesOf(placed, one, build));
    await checkOverlay(snapshot, one.environment, placed.id);
    const before = parts.find(({ environment }) => environment === one.environment)?.objects ?? [];
    const after = await render(snapshot, `environments/${one.environment}/${placed.id}`);
    const [first] = differences(before, after);
    if (first !== undefined)
      return `${first.object} would be ${first.what} in ${one.environment}${first.fields.length === 0 ? '' : `: ${first.fields[0]}`}`;
  }
  return null;
}

/** Returns a service with a patch for every object in which an agent would put something in place of variables. */
async function withSubstitutions(
  placed: Placed,
  parts: readonly Part[],
  empty: Snapshot,
  build: ImportedBuild,
  render: Render,
): Promise<Placed> {
  const environments: PlacedIn[] = [];
  for (const one of placed.environments) {
    const substitution = parts.find(({ environment }) => environment === one.environment)?.substitution;
    let { overlay } = one;
    if (substitution !== undefined) {
      const snapshot = await empty.with(changesOf(placed, one, build));
      const folder = `environments/${one.environment}/${placed.id}`;
      const [raw, done] = [await render(snapshot, folder), await render(snapshot, folder, substitution)];
      for (const [index, object] of raw.entries()) {
        const todo = operations(object, done[index]);
        if (todo.length > 0) overlay = patched(overlay, patchOf(object, todo));
      }
    }
    environments.push({ ...one, overlay });
  }
  return { ...placed, environments };
}

/** Returns what stands for a service alone on an environment's branch. */
function changesOf(
  { id, shared }: Placed,
  { environment, manifests, overlay, images }: PlacedIn,
  build: ImportedBuild,
): Change[] {
  const file = formatPin(importedPin(build, manifests, images));
  return [
    { path: `apps/${id}/kustomization.yaml`, put: { file } },
    ...[...manifests].map(([path, bytes]): Change => ({ path: `apps/${id}/manifests/${path}`, put: { file: bytes } })),
    ...[...overlay].map(
      ([path, bytes]): Change => ({ path: `environments/${environment}/${id}/${path}`, put: { file: bytes } }),
    ),
    ...[...shared].map(([path, bytes]): Change => ({ path, put: { file: bytes } })),
  ];
}

/** An object that two services of an environment have, and not as the same. */
export interface Clash {
  readonly environment: string;
  readonly object: string;
  readonly services: readonly [ServiceId, ServiceId];
}

/**
 * Returns services of which no two have the same object in an environment, as one build takes it: the overlays of all
 * but the first leave it out. Objects that are not equal are clashes.
 */
export function withoutTwins(
  placed: readonly Placed[],
  partsOf: ReadonlyMap<ServiceId, readonly Part[]>,
): { placed: Placed[]; clashes: Clash[]; notes: string[] } {
  const seen = new Map<string, { id: ServiceId; text: string }>();
  const clashes: Clash[] = [];
  const notes: string[] = [];
  const result = placed.map((one): Placed => {
    const environments = one.environments.map((place): PlacedIn => {
      const part = partsOf.get(one.id)?.find(({ environment }) => environment === place.environment);
      let { overlay } = place;
      for (const object of part?.objects ?? []) {
        const key = `${place.environment} ${objectKey(object)}`;
        const text = JSON.stringify(object);
        const other = seen.get(key);
        if (other === undefined) seen.set(key, { id: one.id, text });
        else if (other.text === text) {
          overlay = patched(overlay, patchOf(object, null));
          notes.push(
            `${object.kind} ${object.metadata.name} is in ${other.id} and in ${one.id}: in ${place.environment} the overlay of ${one.id} leaves it out.`,
          );
        } else
          clashes.push({
            environment: place.environment,
            object: `${object.kind} ${object.metadata.name}`,
            services: [other.id, one.id],
          });
      }
      return { ...place, overlay };
    });
    return { ...one, environments };
  });
  return { placed: result, clashes, notes };
}

function patched(overlay: PlacedIn['overlay'], patch: Record<string, unknown>): PlacedIn['overlay'] {
  const text = new TextDecoder().decode(overlay.get('kustomization.yaml'));
  return new Map([...overlay, ['kustomization.yaml', encoded(new KustomizationText(text).adding('patches', patch))]]);
}
