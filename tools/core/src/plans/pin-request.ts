import type { Files } from '../files/manifests.ts';
import type { Build } from '../files/pin.ts';
import type { Image } from '../names/image.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

/** What changed in a service's repository since the build that a pin replaces. */
export interface RecordedChanges {
  readonly changes: readonly { readonly commit: Oid; readonly subject: string }[];
  /** How many changes the list leaves out. */
  readonly more: number;
  readonly authors: readonly { readonly name: string; readonly email: string }[];
}

export interface PinRequest {
  readonly id: ServiceId;
  /** The environment; absent: the workspace's first. */
  readonly to?: string | undefined;
  /** Images of the build; a missing tag is the commit. Absent: every image of the service at that commit's tag. */
  readonly images?: readonly Image[] | undefined;
  readonly build: Build;
  /** Whether somebody said when it was built; a guessed time never makes the same build a different pin. */
  readonly isBuiltKnown: boolean;
  readonly manifests?: Files | undefined;
  readonly allowDowngrade?: boolean | undefined;
  /** The change ticket, where the environment asks for one. */
  readonly ticket?: string | undefined;
  /** The URL of the CI run. */
  readonly run?: string | undefined;
  /** The request that the pin is committed for. */
  readonly requested?: Oid | undefined;
  readonly changesSince?: ((from: Oid) => Promise<RecordedChanges | null>) | undefined;
}
