import { EleventhError } from '@eleventh/core';
import type { Forge } from './forge.ts';

/** The surroundings that talking to a host needs. */
export interface ForgeWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Takes one line about what is being waited for. */
  readonly progress: (line: string) => void;
}

/** Returns the host of a repository whose address is as Git takes it: https, ssh, or `git@host:path`. */
export async function openForge(url: string, _world: ForgeWorld): Promise<Forge> {
  throw new EleventhError('UNKNOWN_FORGE', `Nothing is known of the host of ${url}.`);
}
