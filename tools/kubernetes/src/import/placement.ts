import type { Files, PinnedImage, ServiceId } from '@eleventh/core';

/** How a service is laid out: what is common and what differs, or each environment for itself. */
export type Way = 'overlays' | 'patches' | 'apart';

/** What stands for a service in one environment. */
export interface PlacedIn {
  readonly environment: string;
  /** What is in `apps/<id>/manifests` on the environment's branch. */
  readonly manifests: Files;
  /** What is in `environments/<environment>/<id>`. */
  readonly overlay: Files;
  readonly images: readonly PinnedImage[];
}

/** A service and its place in the workspace. */
export interface Placed {
  readonly id: ServiceId;
  readonly way: Way;
  /** The folders that it came from, by environment. */
  readonly from: ReadonlyMap<string, string>;
  readonly repositories: readonly string[];
  readonly environments: readonly PlacedIn[];
  /** Folders that several overlays take in, by their path in the workspace. */
  readonly shared: Files;
  /** Why it is not placed in a way that comes before its own. */
  readonly tried?: readonly string[];
  /** The files of the old repository that stand in the workspace now. */
  readonly moved: ReadonlySet<string>;
}

/** Where folders stand that several overlays take in. */
export const SHARED = 'shared';

export function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
