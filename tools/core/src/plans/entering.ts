import { EleventhError } from '../error.ts';
import type { ServiceId } from '../names.ts';
import { changedOverlays } from '../overlay.ts';
import { checkOverlay } from '../overlay-check.ts';
import { type Pin, pinPath } from '../pin.ts';
import type { ServiceChange } from '../release.ts';
import type { NamedEntry, Snapshot } from '../snapshot.ts';

/**
 * Returns the builds that would enter an environment. Throws `FOREIGN_FILE` for a service folder that holds more than
 * a pin and manifests of plain files, and `BAD_PIN` for one without a readable pin: no command of ours writes those.
 */
export async function enteringPins(
  snapshot: Snapshot,
  changes: readonly ServiceChange[],
): Promise<Map<ServiceId, Pin>> {
  const entering = new Map<ServiceId, Pin>();
  for (const { id, to, after } of changes) {
    if (to === null) continue;
    await refuseForeignFiles(snapshot, id);
    if (after === null) {
      throw new EleventhError('BAD_PIN', `${pinPath(id)} is not a pin that can be read.`, {
        hint: `git log -p -- ${pinPath(id)}`,
      });
    }
    entering.set(id, after);
  }
  return entering;
}

async function refuseForeignFiles(snapshot: Snapshot, id: ServiceId): Promise<void> {
  const folder = `apps/${id}`;
  const isExpected = ({ name, mode }: NamedEntry) =>
    (name === 'kustomization.yaml' && mode === '100644') || (name === 'manifests' && mode === '40000');
  const foreign = (await snapshot.list(folder)).find((entry) => !isExpected(entry));
  const odd = foreign === undefined ? await oddFile(snapshot, `${folder}/manifests`) : `${folder}/${foreign.name}`;
  if (odd === undefined) return;
  throw new EleventhError(
    'FOREIGN_FILE',
    `${odd} is nothing that a pin writes: a link, a submodule, an executable or a stray file.`,
    {
      hint: `git log -- ${odd}`,
      details: { service: id, path: odd },
    },
  );
}

async function oddFile(snapshot: Snapshot, folder: string): Promise<string | undefined> {
  for (const { name, mode } of await snapshot.list(folder)) {
    const path = `${folder}/${name}`;
    const odd = mode === '40000' ? await oddFile(snapshot, path) : mode === '100644' ? undefined : path;
    if (odd !== undefined) return odd;
  }
  return undefined;
}

/** Throws `OVERLAY_IMAGE` for an overlay that would newly take effect and sets an image. */
export async function checkNewOverlays(
  before: Snapshot,
  after: Snapshot,
  environment: string,
  entering: ReadonlyMap<ServiceId, Pin>,
): Promise<void> {
  const changed = await changedOverlays(before, after, environment);
  for (const id of new Set([...changed, ...entering.keys()])) await checkOverlay(after, environment, id);
}
