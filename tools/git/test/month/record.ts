import { type Oid, parsePin, type Refs, type Snapshot } from '@eleventh/core';

export type Target = 'preprod' | 'prod';

/** One run of the integration suite. Times in milliseconds since 1970. */
export interface Run {
  readonly recipe: Oid;
  readonly start: number;
  readonly end: number;
  readonly hasPassed: boolean;
  /** Whether staging, where it ran, ended on another recipe. */
  readonly hasMoved: boolean;
}

export interface Promoted {
  readonly to: Target;
  readonly at: number;
  /** The refs at which it was planned. */
  readonly before: Refs;
  readonly source: Oid;
  readonly only: readonly string[];
  readonly allowDowngrade: readonly string[];
  readonly commit: Oid;
  readonly recipe: Oid;
  /** The builds that came in, by service. */
  readonly builds: ReadonlyMap<string, string>;
}

/** Returns the commit of the build that a state pins of a service. */
export async function pinAt(snapshot: Snapshot, id: string): Promise<string> {
  const bytes = await snapshot.read(`apps/${id}/kustomization.yaml`);
  return parsePin(id, new TextDecoder().decode(bytes ?? new Uint8Array()))?.commit ?? '';
}
