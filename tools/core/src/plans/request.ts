import { type EleventhError, refusal } from '../error.ts';
import { GIT_NAMESPACE, signerKey } from '../evidence/signer.ts';
import { servicesIn } from '../files/derived-list.ts';
import type { PinnedImage } from '../files/pin.ts';
import { changeAuthors } from '../history/authors.ts';
import { pinOf } from '../history/deployment.ts';
import { type Message, parseMessage, trailer, trailers } from '../history/message.ts';
import { REQUEST_FORMAT } from '../history/request.ts';
import { type Commit, filesBelow, type Snapshot, type View } from '../history/snapshot.ts';
import type { Image } from '../names/image.ts';
import type { ServiceId } from '../names/names.ts';
import { type PinPlan, planPins } from './pin.ts';
import type { PinRequest, RecordedChanges } from './pin-request.ts';

/**
 * Returns the plan that commits a request, with every rule asked again. Nothing of the request is believed: throws
 * `BAD_REQUEST` for a commit that is no request of this service, `REQUEST_OVERTAKEN` when the folder would become
 * another one than was asked for, and whatever `planPins` throws.
 * @param service the one whose requests may stand where this one was found.
 */
export async function planRequest(view: View, request: Commit, service: ServiceId, now: number): Promise<PinPlan> {
  const snapshot = await view.snapshot(request.tree);
  const message = parseMessage(request.message);
  const [id, ...more] = await servicesIn(snapshot, 'apps');
  const roots = await snapshot.list('');
  if (id !== service || more.length > 0 || roots.length !== 1) throw notOf(service, request);
  if (trailer(message, 'Request-Format') !== REQUEST_FORMAT) throw notOf(service, request);
  const signed = await view.signed(request.oid);
  const key = signed === null ? undefined : signerKey(view, signed, GIT_NAMESPACE);
  const pinRequest = await readRequest(snapshot, message, id, request);
  const plan = await planPins(view, [pinRequest], now, { who: request.author, key });
  // To go back was allowed from one build, and not from whatever came after it.
  const [pinned] = plan.pins;
  const isDowngrade = pinRequest.allowDowngrade === true && pinned?.changed === true;
  if (isDowngrade && pinned.before?.commit !== trailer(message, 'Replaces')) throw overtaken(id);
  const after = plan.branches[0]?.snapshot;
  const [asked, made] = await Promise.all([snapshot.entry(`apps/${id}`), after?.entry(`apps/${id}`)]);
  if (asked?.oid === made?.oid) return plan;
  throw overtaken(id);
}

function overtaken(id: ServiceId): EleventhError {
  return refusal('REQUEST_OVERTAKEN', `What ${id} runs has changed since the pin was asked for.`, {
    hint: 'Run the command again.',
  });
}

async function readRequest(snapshot: Snapshot, message: Message, id: ServiceId, request: Commit): Promise<PinRequest> {
  const pin = await pinOf(snapshot, id);
  if (pin === null) throw notOf(id, request);
  const { resources, images, ...build } = pin;
  const given = trailers(message, 'Request-Given');
  const named = trailers(message, 'Request-Image');
  const replaced = trailer(message, 'Replaces');
  return {
    id,
    to: trailer(message, 'Request-To'),
    build,
    isBuiltKnown: given.includes('built'),
    // What nobody asked for is what the branch has now, not what it had then.
    images: named.length === 0 ? undefined : images.filter(({ repository }) => named.includes(repository)).map(image),
    manifests: given.includes('manifests') ? await filesBelow(snapshot, `apps/${id}/manifests`) : undefined,
    allowDowngrade: trailer(message, 'Allowed-Downgrade') !== undefined,
    ticket: trailer(message, 'Ticket'),
    run: trailer(message, 'Build-Run'),
    // What changed was found out for the build that it replaced then, and says nothing about another one.
    changesSince: async (from) => (from === replaced ? recorded(message) : null),
    requested: request.oid,
  };
}

function image({ repository, tag, digest }: PinnedImage): Image {
  return { repository, tag, ...(digest === undefined ? {} : { digest }) };
}

function recorded(message: Message): RecordedChanges | null {
  const changes = trailers(message, 'Change').map((text) => {
    const [, commit = '', subject = ''] = /^(\S+) ?(.*)$/.exec(text) ?? [];
    return { commit, subject };
  });
  const authors = changeAuthors(message);
  return changes.length === 0 ? null : { changes, authors, more: Number(trailer(message, 'Changes-Omitted') ?? 0) };
}

function notOf(service: ServiceId, { oid }: Commit): EleventhError {
  return refusal('BAD_REQUEST', `${oid} is not a request to pin ${service}.`, { hint: `git show ${oid}` });
}
