import { availableParallelism, tmpdir } from 'node:os';
import type { Render } from '@eleventh/git';
import type { Renderer } from '@eleventh/kubernetes';
import type { Io } from './io.ts';
import { cacheDirectory } from './repository-address.ts';
import { paint } from './screen/paint.ts';

/** Fewer services than these are rendered before anybody wonders. */
const MANY = 20;

/** Returns what renders manifests, with the programs that the user has; throws as `findKustomize` does. */
export async function rendererOf(io: Io): Promise<Renderer> {
  const { Renderer } = await import('@eleventh/kubernetes');
  const { dim } = paint(io, 'err');
  const progress = (done: number, all: number) => {
    if (io.isErrTerminal && all > MANY) io.err(dim(`\rRendered ${done} of ${all}${done === all ? '\n' : ''}`));
  };
  return Renderer.open({
    ...{ env: io.env, cwd: io.cwd, cacheFolder: cacheDirectory(io), temporary: tmpdir() },
    ...{ processors: availableParallelism(), progress },
  });
}

/** Returns what makes plain YAML for environments that ask for it; nothing is looked for before something is to be made. */
export function renderWith(io: Io): Render {
  return async (snapshot, wanted) => {
    const { isFailure } = await import('@eleventh/kubernetes');
    const made = await (await rendererOf(io)).render(snapshot, wanted);
    return made.map((outcome) => {
      if (isFailure(outcome)) throw outcome.error;
      return outcome.yaml;
    });
  };
}
