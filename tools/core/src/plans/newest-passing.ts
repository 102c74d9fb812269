import { EleventhError } from '../error.ts';
import type { View } from '../history/snapshot.ts';
import type { Oid } from '../names/object-id.ts';
import { isEmpty, type Plan } from './plan.ts';

/** How many older states are tried. */
const LOOK_BACK = 100;

/**
 * Returns the plan for the newest commit below another one that policy lets in, or null when none does before one that
 * would change nothing or go back.
 */
export async function newestPassing<P extends Plan>(
  view: View,
  from: Oid,
  plan: (commit: Oid) => Promise<P>,
): Promise<P | null> {
  let left = LOOK_BACK;
  let tried = (await view.commit(from)).tree;
  for await (const { oid, tree } of view.line(from)) {
    if (left === 0) return null;
    if (tree === tried) continue;
    tried = tree;
    left -= 1;
    try {
      const made = await plan(oid);
      return isEmpty(made) ? null : made;
    } catch (error) {
      if (!isRefused(error)) return null;
    }
  }
  return null;
}

/** Returns whether it is policy that refuses: an older state may pass where a newer one does not. */
export function isRefused(error: unknown): error is EleventhError {
  return error instanceof EleventhError && error.code === 'POLICY_REFUSED';
}
