import type { ForgeWorld } from '@eleventh/forge';
import type { Io } from './io.ts';
import { paint } from './screen/paint.ts';

/** Returns the surroundings in which a command talks to a host. */
export function forgeWorld(io: Io): ForgeWorld {
  const { env, now, sleep } = io;
  return { env, now, sleep, progress: (line) => io.err(paint(io, 'err').dim(`${line}\n`)) };
}
