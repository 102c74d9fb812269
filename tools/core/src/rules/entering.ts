import { EleventhError } from '../error.ts';
import { checkManifestNames, manifestResources } from '../files/manifests.ts';
import { changedOverlays } from '../files/overlay.ts';
import { checkOverlay } from '../files/overlay-check.ts';
import { areOfBuild, PIN_FILES, type Pin, pinPath, valuesPath } from '../files/pin.ts';
import { refuseUnlistedImage } from '../files/service.ts';
import type { ServiceChange } from '../history/release.ts';
import { filesBelow, type NamedEntry, type Snapshot } from '../history/snapshot.ts';
import { readService, type Workspace } from '../history/workspace.ts';
import { quoted, type ServiceId } from '../names/names.ts';

/**
 * Returns the builds that would enter an environment, from what a state changes. Throws for what no command of ours
 * writes: `FOREIGN_FILE` where `apps/` holds more than pins and manifests of plain files, `MANIFESTS_NAME` for names
 * that would not survive everywhere, `BAD_PIN` for a pin that cannot be read or is not one on its manifests, and
 * `IMAGE_NOT_LISTED` for an image that is not the service's.
 */
export async function enteringPins(
  workspace: Workspace,
  before: Snapshot,
  after: Snapshot,
  changes: readonly ServiceChange[],
): Promise<Map<ServiceId, Pin>> {
  await refuseStrays(before, after);
  const present = changes.filter(({ to }) => to !== null);
  return new Map(await abreast(present, ({ id, after: pin }) => enteringPin(workspace, after, id, pin)));
}

async function enteringPin(
  workspace: Workspace,
  after: Snapshot,
  id: ServiceId,
  pin: Pin | null,
): Promise<readonly [ServiceId, Pin]> {
  const folder = `apps/${id}`;
  const isExpected = ({ name, mode }: NamedEntry) =>
    (PIN_FILES.includes(name) && mode === '100644') || (name === 'manifests' && mode === '40000');
  const stray = (await after.list(folder)).find((entry) => !isExpected(entry));
  if (stray !== undefined) throw foreignFile(`${folder}/${stray.name}`);
  await refuseOddFiles(after, `${folder}/manifests`);
  const files = await filesBelow(after, `${folder}/manifests`);
  checkManifestNames(files.keys());
  if (pin === null || pin.resources.join('\n') !== manifestResources(files).join('\n')) throw badPin(id);
  if (!areOfBuild(pin, await after.read(valuesPath(id)))) throw badPin(id);
  await refuseForeignImages(workspace, id, pin);
  return [id, pin];
}

/** Returns what each check returns, all of them side by side as to reading; throws the first error in the order of the values. */
async function abreast<T, R>(values: readonly T[], check: (value: T) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(values.map(check));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Refuses what stands in `apps/`, or in a group, and is no folder. */
async function refuseStrays(before: Snapshot, after: Snapshot): Promise<void> {
  const apps = await after.entry('apps');
  if (apps !== null && apps.mode !== '40000') throw foreignFile('apps');
  const known = new Set((await before.list('apps')).map(({ oid }) => oid));
  const others = (await after.list('apps')).filter(({ oid }) => !known.has(oid));
  await abreast(others, async ({ name, mode }) => {
    if (mode !== '40000') throw foreignFile(`apps/${name}`);
    const inside = await after.list(`apps/${name}`);
    if (inside.some((entry) => entry.name === 'kustomization.yaml')) return;
    const stray = inside.find((member) => member.mode !== '40000');
    if (stray !== undefined) throw foreignFile(`apps/${name}/${stray.name}`);
  });
}

async function refuseOddFiles(snapshot: Snapshot, folder: string): Promise<void> {
  for (const { name, mode } of await snapshot.list(folder)) {
    if (mode === '40000') await refuseOddFiles(snapshot, `${folder}/${name}`);
    else if (mode !== '100644') throw foreignFile(`${folder}/${name}`);
  }
}

async function refuseForeignImages(workspace: Workspace, id: ServiceId, pin: Pin): Promise<void> {
  const service = await readService(workspace, id);
  if (service === null) return; // Removed since: the environments follow in order.
  for (const { repository } of pin.images) refuseUnlistedImage(service, repository);
}

function foreignFile(path: string): EleventhError {
  return new EleventhError(
    'FOREIGN_FILE',
    `${quoted(path)} is nothing that a pin writes: a link, a submodule, an executable or a stray file.`,
    {
      hint: 'git log -- <that path> says who put it there; git revert takes it out.',
      details: { path },
    },
  );
}

function badPin(id: ServiceId): EleventhError {
  return new EleventhError('BAD_PIN', `${pinPath(id)} is not a pin on its own manifests.`, {
    hint: `git log -p -- ${pinPath(id)}`,
  });
}

/** Throws `OVERLAY_IMAGE` for an overlay that would newly take effect and sets an image. */
export async function checkNewOverlays(
  before: Snapshot,
  after: Snapshot,
  environment: string,
  entering: ReadonlyMap<ServiceId, Pin>,
): Promise<void> {
  const changed = await changedOverlays(before, after, environment);
  await abreast([...new Set([...changed, ...entering.keys()])], (id) => checkOverlay(after, environment, id));
}
