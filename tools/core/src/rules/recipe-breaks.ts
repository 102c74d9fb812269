import { servicesIn } from '../files/derived-list.ts';
import type { Pin } from '../files/pin.ts';
import { pinOf } from '../history/deployment.ts';
import { requirementsOf } from '../history/requirements.ts';
import type { Snapshot } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { type Break, breaksIn } from './requires.ts';

/**
 * Returns everything that the services of a state require, by the default branch, and do not have there; null where none
 * of them requires anything. Reads the pins of those alone that a requirement concerns. Throws `BAD_PIN`, and what
 * `requirementsOf` throws.
 */
export async function recipeBreaks(workspace: Workspace, state: Snapshot): Promise<Break[] | null> {
  const ids = await servicesIn(state, 'apps');
  const requirements = await requirementsOf(workspace, ids);
  if (requirements.size === 0) return null;
  const concerned = new Set([...requirements].flatMap(([id, requires]) => [id, ...Object.keys(requires)]));
  const pins = ids
    .filter((id) => concerned.has(id))
    .map(async (id): Promise<[ServiceId, Pin][]> => {
      const pin = await pinOf(state, id);
      return pin === null ? [] : [[id, pin]];
    });
  return breaksIn(new Map((await Promise.all(pins)).flat()), requirements);
}
