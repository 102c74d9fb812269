import { availableParallelism } from 'node:os';
import type { ManifestTools } from '@eleventh/git';
import type { Renderer } from '@eleventh/kubernetes';
import type { Io } from './io.ts';
import { cacheDirectory } from './repository-address.ts';
import { paint } from './screen/paint.ts';
import { temporaryFolder } from './temporary-folder.ts';

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
    ...{ env: io.env, cwd: io.cwd, cacheFolder: cacheDirectory(io), temporary: await temporaryFolder(io) },
    ...{ processors: availableParallelism(), progress },
  });
}

/** Returns what looks at manifests, for environments that ask for it; nothing is looked for before there is something to do. */
export function manifestTools(io: Io): ManifestTools {
  return {
    render: async (snapshot, wanted) => {
      const { isFailure } = await import('@eleventh/kubernetes');
      const made = await (await rendererOf(io)).render(snapshot, wanted);
      return made.map((outcome) => {
        if (isFailure(outcome)) throw outcome.error;
        return outcome.yaml;
      });
    },
    inspect: async (snapshot, wanted, workspace) => {
      const { serviceFlaws } = await import('./manifest-check.ts');
      return serviceFlaws(io, snapshot, wanted, workspace);
    },
  };
}
