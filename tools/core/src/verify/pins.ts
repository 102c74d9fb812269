import { EleventhError } from '../error.ts';
import { formatValues, pinnedFields } from '../files/build-field.ts';
import { checkManifestNames, manifestResources } from '../files/manifests.ts';
import { areOfBuild, formatPin, PIN_FILES, type Pin, pinnedReference, pinPath } from '../files/pin.ts';
import { refuseUnlistedImage, type Service } from '../files/service.ts';
import { trailer, trailers } from '../history/message.ts';
import type { ServiceChange } from '../history/release.ts';
import type { Snapshot } from '../history/snapshot.ts';
import { readService } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { buildLabel, buildOrder } from '../rules/build-order.ts';
import type { PathChange, Touched } from './history.ts';
import { workspaceOf } from './moment.ts';
import type { Explained, Step } from './step.ts';

/** Checks a pin: one service, the build that the message names, where builds may enter. */
export function checkPin(step: Step): Explained {
  const { message, changes, environment, report } = step;
  const [id = ''] = trailers(message, 'Service');
  const change = changes.find((one) => one.id === id);
  const strange = changes.filter((one) => one.id !== id).map((one) => one.id);
  if (environment.from.length > 0)
    report(
      'pin-elsewhere',
      `${id} was pinned, though ${environment.name} takes recipes from ${environment.from.join(' and ')}.`,
    );
  if (strange.length > 0) report('pin-differs', `A pin of ${id} also changed ${strange.join(', ')}.`);
  if (change === undefined) report('pin-differs', `A pin of ${id} did not change it.`);
  else if (change.to === null) report('pin-differs', `A pin of ${id} took it away.`);
  else if (change.after !== null) checkBuild(step, id, change.after);
  const replaced = change?.before?.commit;
  if (change !== undefined && (trailer(message, 'Replaces') ?? replaced) !== replaced)
    report('message-differs', `The pin of ${id} does not replace the build that its message names.`);
  checkOrder(step);
  return { way: 'promotion', isKnown: false };
}

function checkBuild(step: Step, id: ServiceId, pin: Pin): void {
  const { commit, report } = step;
  const { built, images } = pin;
  if (said(step) !== saidOf(pin))
    report('message-differs', `The pin of ${id} is not the build that its message names.`);
  if (built !== undefined && Date.parse(built) / 1000 > commit.committer.time + DAY)
    report('time-future', `The pin of ${id} names a build of ${built}, after the commit that pins it.`);
  if (new Set(images.map(({ name }) => name)).size < images.length)
    report('pin-differs', `The pin of ${id} names an image more than once.`);
}

/** How far, in seconds, the clock may be ahead that told when something was built. */
const DAY = 24 * 60 * 60;

function said({ message }: Step): string {
  const lines = ['Commit', 'Branch', 'Version'].map((key) => trailer(message, key) ?? '');
  return [...lines, ...trailers(message, 'Image').sort()].join('\n');
}

function saidOf({ commit, branch, version = '', images }: Pin): string {
  return [commit, branch, version, ...images.map(pinnedReference).sort()].join('\n');
}

/** Reports every service that went back to an older build though the message does not say that it may. */
export function checkOrder({ changes, message, report }: Step): void {
  const allowed = trailers(message, 'Allowed-Downgrade');
  for (const { id, before, after } of changes) {
    if (before === null || after === null || allowed.includes(id) || buildOrder(after, before) !== 'older') continue;
    report('went-back', `${id} went back from ${buildLabel(before)} to ${buildLabel(after)}.`);
  }
}

/** Checks the folders of services that a commit newly made: plain files, sound names, a pin on them, listed images. */
export async function checkContent(step: Step): Promise<void> {
  const { split, changes, ground, message, moment, report } = step;
  const pinned = trailers(message, 'Service');
  const workspace = await workspaceOf(ground, moment);
  for (const [index, touched] of split.services.entries()) {
    const { id } = touched;
    const change = changes[index];
    for (const file of touched.files) checkFile(file, report);
    if (touched.to === null || change === undefined) continue;
    if (change.after === null) {
      report('pin-differs', `apps/${id} holds no pin that can be read.`);
      continue;
    }
    const isPinned = pinned.includes(id);
    try {
      const service = await readService(workspace, id);
      await checkEntries(step, touched.to, id, touched.files);
      await checkFolder(step, touched, change, change.after);
      await checkFields(step, touched.to, id, change.after, isPinned ? service : null);
      if (ground.pins.isOdd(touched.files)) report('pin-differs', `${pinPath(id)} is not written as pins are.`);
      if (service === null && isPinned)
        report('pin-differs', `${id} was pinned, and is no service that ${workspace.branch} had.`);
      for (const { repository } of change.after.images) if (service !== null) refuseUnlistedImage(service, repository);
    } catch (error) {
      if (!(error instanceof EleventhError)) throw error;
      report(RULES[error.code] ?? 'pin-differs', error.message);
    }
  }
}

const RULES: Readonly<Record<string, 'foreign-file' | 'image-unlisted'>> = {
  MANIFESTS_NAME: 'foreign-file',
  IMAGE_NOT_LISTED: 'image-unlisted',
};

/** Reports a file that no pin writes. */
export function checkFile({ path, after }: PathChange, report: Step['report']): void {
  if (after === null || (after.mode === '100644' && !path.endsWith('/manifests'))) return;
  report('foreign-file', `${path} is ${KINDS[after.mode] ?? 'a file of an odd kind'}.`);
}

const KINDS: Readonly<Record<string, string>> = {
  '100755': 'executable',
  '120000': 'a link',
  '160000': 'a submodule',
};

/** Reports what a tree object can hold and no Git writes: a name twice, or an odd mode, which a comparison does not show. */
async function checkEntries(
  { ground, report }: Step,
  folder: Oid,
  id: ServiceId,
  files: readonly PathChange[],
): Promise<void> {
  const visit = async (tree: Oid, path: string): Promise<void> => {
    const entries = await (await ground.view.snapshot(tree)).list('');
    if (new Set(entries.map(({ name }) => name)).size < entries.length)
      report('foreign-file', `${path} holds a name more than once.`);
    for (const { name, mode, oid } of entries) {
      const inside = `${path}/${name}`;
      if (!MODES.has(mode)) report('foreign-file', `${inside} is of a mode that Git does not write.`);
      if (mode === FOLDER && files.some((file) => file.path.startsWith(`${inside}/`))) await visit(oid, inside);
    }
  };
  await visit(folder, `apps/${id}`);
}

const FOLDER = '40000';
/** What Git writes, and what `checkFile` has a word for. */
const MODES = new Set([FOLDER, '100644', '100755', '120000', '160000']);

async function checkFolder(step: Step, { id, files }: Touched, { before }: ServiceChange, after: Pin): Promise<void> {
  const isSameList = before !== null && before.resources.join('\n') === after.resources.join('\n');
  const isSameNames = files.every((file) => file.before !== null && file.after !== null);
  if (isSameList && isSameNames) return;
  const snapshot = await step.ground.view.snapshot(step.commit.tree);
  await checkPlace(step, snapshot, id);
  const names: string[] = [];
  const visit = async (inside: string): Promise<void> => {
    for (const { name, mode } of await snapshot.list(`apps/${id}/manifests/${inside}`.replace(/\/$/, ''))) {
      if (mode === FOLDER) await visit(`${inside}${name}/`);
      else names.push(`${inside}${name}`);
    }
  };
  await visit('');
  checkManifestNames(names);
  const resources = manifestResources(new Map(names.sort().map((name) => [name, new Uint8Array()])));
  if (resources.join('\n') !== after.resources.join('\n'))
    step.report('pin-differs', `The pin of ${id} does not list the manifests beside it.`);
}

/** Fields besides images hold what is of the build, and where it was pinned, what the service asks for. */
async function checkFields(step: Step, folder: Oid, id: ServiceId, pin: Pin, service: Service | null): Promise<void> {
  const asked = service?.fields ?? [];
  const values = await (await step.ground.view.snapshot(folder)).read('values.yaml');
  if (asked.length === 0 && values === null && pin.fields === undefined) return;
  const expected = service === null ? null : pinnedFields(service, pin);
  const isAsked =
    expected === null ||
    (formatPin({ ...pin, fields: expected.filter(({ kind }) => kind !== undefined) }) === formatPin(pin) &&
      formatValues(expected) === (values && new TextDecoder().decode(values)));
  if (!isAsked || !areOfBuild(pin, values))
    step.report('pin-differs', `The pin of ${id} puts into fields what is not of its build.`);
}

/** A folder in apps/ is a service or a group of services, and not both. */
async function checkPlace({ report }: Step, snapshot: Snapshot, id: ServiceId): Promise<void> {
  const [name, member] = id.split('/');
  const inside = (await snapshot.list(`apps/${name}`)).map((entry) => entry.name);
  const isService = inside.includes('kustomization.yaml') || inside.includes('manifests');
  const isGroup = member !== undefined || inside.some((one) => !PIN_FILES.includes(one) && one !== 'manifests');
  if (isService && isGroup) report('foreign-file', `apps/${name} is a service and holds others.`);
}
