import type { CheckException, Environment, ServiceId, Snapshot } from '@eleventh/core';

/** An environment in a state: what its branch holds, or would. */
export interface CheckedState {
  readonly environment: Environment;
  readonly snapshot: Snapshot;
}

/** What the default branch says of a service, as far as manifests are concerned. */
export interface AboutService {
  /** `spec.images`. */
  readonly images: readonly string[];
  /** `spec.check.ignore`. */
  readonly ignore: readonly CheckException[];
}

/** Returns what the default branch says of a service. */
export type About = (id: ServiceId) => Promise<AboutService>;
