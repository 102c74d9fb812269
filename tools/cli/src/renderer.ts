import { join } from 'node:path';
import { Renderer } from '@eleventh/kubernetes';
import type { Io } from './io.ts';
import { cacheDirectory } from './repository-address.ts';

/** Returns what renders manifests with the user's own programs, and keeps what it rendered beside the clones. */
export function rendererOf(io: Io): Renderer {
  const { env, cwd } = io;
  return new Renderer({ env, cwd, cacheFolder: join(cacheDirectory(io), 'rendered'), now: io.now() });
}
