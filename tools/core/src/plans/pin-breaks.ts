import { EleventhError } from '../error.ts';
import type { Pin } from '../files/pin.ts';
import { pinOf } from '../history/deployment.ts';
import { findService, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { type Break, breaksIn } from '../rules/requires.ts';
import type { Pinned } from './pin.ts';
import type { Line } from './plan.ts';

/** A requirement that does not hold where something was pinned. */
export interface PinBreak extends Break {
  readonly environment: string;
}

/**
 * Returns what a pinned service requires and does not have there. Who requires it in turn is left to `status`: to find
 * that out takes every `service.yaml`, and a pin costs the same however many services there are.
 */
export async function pinBreaks(
  workspace: Workspace,
  lines: ReadonlyMap<string, Line>,
  { id, environment, after }: Pinned,
): Promise<PinBreak[]> {
  const { requires } = await findService(workspace, id);
  const state = lines.get(environment.branch)?.snapshot;
  const others = Object.keys(requires);
  if (state === undefined || others.length === 0) return [];
  const unreadable = new Set<ServiceId>();
  const read = others.map(async (other): Promise<[ServiceId, Pin][]> => {
    try {
      const pin = await pinOf(state, other);
      return pin === null ? [] : [[other, pin]];
    } catch (error) {
      if (!(error instanceof EleventhError) || error.code !== 'BAD_PIN') throw error;
      unreadable.add(other);
      return [];
    }
  });
  const pins = new Map([...(await Promise.all(read)).flat(), [id, after] as const]);
  return breaksIn(pins, new Map([[id, requires]]))
    .filter((one) => !unreadable.has(one.requires))
    .map((one) => ({ ...one, environment: environment.name }));
}
