import { EleventhError } from '../error.ts';
import { checkManifestNames, manifestResources } from '../files/manifests.ts';
import { type Pin, pinnedReference } from '../files/pin.ts';
import { refuseUnlistedImage } from '../files/service.ts';
import { trailer, trailers } from '../history/message.ts';
import type { ServiceChange } from '../history/release.ts';
import { readService } from '../history/workspace.ts';
import { buildLabel, buildOrder } from '../rules/build-order.ts';
import type { PathChange, Touched } from './history.ts';
import { workspaceOf } from './moment.ts';
import type { Explained, Step } from './step.ts';

/** Checks a pin: one service, the build that the message names, where builds may enter. */
export function checkPin(step: Step): Explained {
  const { message, changes, environment, report } = step;
  const [id = '', ...more] = trailers(message, 'Service');
  const [change, ...others] = changes;
  const strange = changes.filter((one) => one.id !== id).map((one) => one.id);
  if (environment.from.length > 0)
    report(
      'pin-elsewhere',
      `${id} was pinned, though ${environment.name} takes recipes from ${environment.from.join(' and ')}.`,
    );
  if (strange.length > 0 || more.length > 0 || others.length > 0)
    report('pin-differs', `A pin of ${id} also changed ${strange.join(', ')}.`);
  const after = change?.after;
  if (change?.id === id && after !== null && after !== undefined && said(step) !== saidOf(after))
    report('message-differs', `The pin of ${id} is not the build that its message names.`);
  if (change?.id === id && (trailer(message, 'Replaces') ?? change.before?.commit) !== change.before?.commit)
    report('message-differs', `The pin of ${id} does not replace the build that its message names.`);
  if (change?.id === id && change.to === null) report('pin-differs', `A pin of ${id} took it away.`);
  checkOrder(step);
  return { way: 'promotion', isKnown: false };
}

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
  const { split, changes, ground, moment, report } = step;
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
    try {
      await checkFolder(step, touched, change, change.after);
      const service = await readService(workspace, id);
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

async function checkFolder(step: Step, { id, files }: Touched, { before }: ServiceChange, after: Pin): Promise<void> {
  const isSameList = before !== null && before.resources.join('\n') === after.resources.join('\n');
  const isSameNames = files.every((file) => file.before !== null && file.after !== null);
  if (isSameList && isSameNames) return;
  const snapshot = await step.ground.view.snapshot(step.commit.tree);
  const names: string[] = [];
  const visit = async (inside: string): Promise<void> => {
    for (const { name, mode } of await snapshot.list(`apps/${id}/manifests/${inside}`.replace(/\/$/, ''))) {
      if (mode === '40000') await visit(`${inside}${name}/`);
      else names.push(`${inside}${name}`);
    }
  };
  await visit('');
  checkManifestNames(names);
  const resources = manifestResources(new Map(names.sort().map((name) => [name, new Uint8Array()])));
  if (resources.join('\n') !== after.resources.join('\n'))
    step.report('pin-differs', `The pin of ${id} does not list the manifests beside it.`);
}
