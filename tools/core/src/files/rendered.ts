import { EleventhError } from '../error.ts';
import { folderChanges } from '../history/deployment.ts';
import type { Change, Rendering, Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { environmentFolders, RENDERED, servicesIn } from './derived-list.ts';
import { type Environment, environmentPath, parseEnvironment } from './environment.ts';
import { changedOverlays } from './overlay.ts';
import { utf8 } from './yaml-file.ts';

/** Returns the path of what a service comes to in an environment. */
function renderedPath({ environment, service }: Rendering): string {
  return `${RENDERED}/${environment}/${service}.yaml`;
}

/** Returns the environments of a state whose agents shall not render; throws as `parseEnvironment` does. */
export async function renderedEnvironments(snapshot: Snapshot): Promise<string[]> {
  const names = await environmentFolders(snapshot);
  const asked = await Promise.all(
    names.map(async (name) => {
      const path = environmentPath(name);
      const file = await snapshot.entry(path);
      return snapshot.remembered('delivery-1', `${name} ${file?.oid}`, async () => {
        const bytes = await snapshot.read(path);
        return bytes !== null && parseEnvironment(name, utf8(path, bytes)).delivery === 'rendered';
      });
    }),
  );
  return names.filter((_, index) => asked[index]);
}

/**
 * Returns the changes that bring `rendered/` in step with a state, whatever stands there.
 * Throws `NO_RENDERER`, and `RENDER_FAILED` as the renderer does.
 */
export async function renderedAnew(snapshot: Snapshot): Promise<Change[]> {
  const wanted = await Promise.all(
    (await renderedEnvironments(snapshot)).map((environment) => renderings(snapshot, environment)),
  );
  const all = wanted.flat();
  if (all.length === 0 && (await snapshot.entry(RENDERED)) === null) return [];
  return [{ path: RENDERED, put: null }, ...(await rendered(snapshot, all))];
}

/** Returns `renderedAfter` where an environment asks for it or something is rendered, else nothing: most pins look no further. */
export async function renderedFor(
  environments: readonly Environment[],
  base: Snapshot,
  after: Snapshot,
): Promise<Change[]> {
  const isAsked = environments.some(({ delivery }) => delivery === 'rendered');
  return isAsked || (await base.entry(RENDERED)) !== null ? renderedAfter(base, after) : [];
}

/**
 * Returns the changes that bring `rendered/` in step after one state, in which it was, became another that took it
 * over. Renders what may differ and nothing else. Throws as `renderedAnew` does.
 */
export async function renderedAfter(base: Snapshot, after: Snapshot): Promise<Change[]> {
  const environments = await renderedEnvironments(after);
  const known = await renderedEnvironments(base);
  const isSame = environments.length === known.length && environments.every((name) => known.includes(name));
  if (!isSame) return renderedAnew(after);
  if (environments.length === 0) return [];
  const moved = await folderChanges(base, after);
  const changes = await Promise.all(
    environments.map(async (environment) => {
      const present = new Set((await renderings(after, environment)).map(({ service }) => service));
      const touched = new Set([...moved.map(({ id }) => id), ...(await changedOverlays(base, after, environment))]);
      const gone = [...touched]
        .filter((id) => !present.has(id))
        .map((service) => renderedPath({ environment, service }));
      const stood = await Promise.all(gone.map((path) => after.entry(path)));
      return {
        gone: gone.filter((_, index) => stood[index] !== null).map((path): Change => ({ path, put: null })),
        wanted: [...touched].filter((id) => present.has(id)).map((service) => ({ environment, service })),
      };
    }),
  );
  return [
    ...changes.flatMap(({ gone }) => gone),
    ...(await rendered(
      after,
      changes.flatMap(({ wanted }) => wanted),
    )),
  ];
}

/** Returns what an environment renders: the services that are present and have an overlay there. */
export async function renderings(snapshot: Snapshot, environment: string): Promise<Rendering[]> {
  const [present, overlays] = await Promise.all([
    servicesIn(snapshot, 'apps'),
    servicesIn(snapshot, `environments/${environment}`),
  ]);
  const isPresent = new Set<ServiceId>(present);
  return overlays.filter((id) => isPresent.has(id)).map((service) => ({ environment, service }));
}

async function rendered(snapshot: Snapshot, wanted: readonly Rendering[]): Promise<Change[]> {
  if (wanted.length === 0) return [];
  if (snapshot.render === undefined)
    throw new EleventhError(
      'NO_RENDERER',
      `${wanted[0]?.environment} asks for plain YAML (delivery: rendered), and there is no kustomize here to make it.`,
      { hint: 'Install kustomize or kubectl, or name one: KUSTOMIZE=/path/to/kustomize' },
    );
  const texts = await snapshot.render(wanted);
  return wanted.map((one, index) => ({ path: renderedPath(one), put: { file: texts[index] ?? '' } }));
}
