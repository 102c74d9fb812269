import { join } from 'node:path';
import type { Render } from '@eleventh/git';
import type { Renderer } from '@eleventh/kubernetes';
import type { Io } from './io.ts';
import { cacheDirectory } from './repository-address.ts';
import { paint } from './screen/paint.ts';

/** Returns what renders manifests, with the programs that the user has. */
export async function rendererOf(io: Io): Promise<Renderer> {
  const { Renderer } = await import('@eleventh/kubernetes');
  const { dim } = paint(io, 'err');
  const progress = (done: number, all: number) => {
    // What is done at once needs no telling.
    if (io.isErrTerminal && all > 20) io.err(dim(`\rRendering ${done} of ${all} …${done === all ? '\n' : ''}`));
  };
  const cacheFolder = join(cacheDirectory(io), 'rendered');
  return new Renderer({ env: io.env, cwd: io.cwd, cacheFolder, now: io.now(), progress });
}

/** Returns what makes plain YAML for environments that ask for it; nothing is looked for before something is to be made. */
export function renderWith(io: Io): Render {
  return async (snapshot, wanted) => {
    const made = await (await rendererOf(io)).render(snapshot, wanted);
    return made.map(({ yaml, error }) => {
      if (yaml === null) throw error;
      return yaml;
    });
  };
}
