import type { Environment } from '../files/environment.ts';
import { formatMessage, parseMessage, type Trailer, trailer } from '../history/message.ts';
import type { Commit, Snapshot } from '../history/snapshot.ts';
import { EMPTY_TREE, isOid, type Oid } from '../names/object-id.ts';
import type { PinRequest } from './pin-request.ts';
import type { RequestStep } from './plan.ts';

/** The form in which requests are written; it rises when an older version could not carry them out. */
export const REQUEST_FORMAT = '1';

/**
 * Returns a pin as a request: a commit that holds the service's folder and nothing else, with what the pin's commit
 * will say, and which parts of the folder were asked for rather than found. Whoever commits it for its author plans it
 * anew from this alone.
 * @param after the environment branch with the pin.
 */
export async function requestStep(
  asked: PinRequest,
  environment: Environment,
  head: Oid | undefined,
  after: Snapshot,
  words: { readonly subject: string; readonly trailers: readonly Trailer[] },
): Promise<RequestStep> {
  const { id } = asked;
  const folder = (await after.entry(`apps/${id}`))?.oid ?? EMPTY_TREE;
  const snapshot = await after.with([
    { path: '', put: { tree: EMPTY_TREE } },
    { path: `apps/${id}`, put: { tree: folder } },
  ]);
  const about: Trailer[] = [
    ['Request-To', environment.name],
    ['Request-Format', REQUEST_FORMAT],
    ...(asked.manifests === undefined ? [] : [['Request-Given', 'manifests'] as Trailer]),
    ...(asked.isBuiltKnown ? [['Request-Given', 'built'] as Trailer] : []),
    ...(asked.images ?? []).map(({ repository }): Trailer => ['Request-Image', repository]),
    ...(head === undefined ? [] : [['Request-Onto', head] as Trailer]),
  ];
  const message = formatMessage({ subject: words.subject, body: '', trailers: [...words.trailers, ...about] });
  return { branch: environment.branch, service: id, snapshot, message };
}

/** Returns the commit of the branch that a request was planned on; undefined when it began the branch. */
export function requestedOnto(request: Commit): Oid | undefined {
  const oid = trailer(parseMessage(request.message), 'Request-Onto');
  return oid !== undefined && isOid(oid) ? oid : undefined;
}

/** Returns the request that a commit of an environment branch was made for. */
export function requestOf(commit: Commit): Oid | undefined {
  return trailer(parseMessage(commit.message), 'Request');
}

/** Returns whether a request is written in a form that only a later version understands. */
export function isFromLaterVersion(request: Commit): boolean {
  const format = trailer(parseMessage(request.message), 'Request-Format');
  return format !== undefined && /^\d+$/.test(format) && Number(format) > Number(REQUEST_FORMAT);
}

/** Returns whether a commit says all that its request said, so that what was planned then is what happened. */
export function isAsRequested(request: Commit, commit: Commit): boolean {
  const words = ({ message }: Commit): string => {
    const { subject, trailers } = parseMessage(message);
    return JSON.stringify([subject, trailers.filter(([key]) => !ABOUT_THE_COMMIT.test(key))]);
  };
  return words(request) === words(commit);
}

const ABOUT_THE_COMMIT = /^(Request|Request-.*|Workspace|Policy|Evidence|Recipe)$/;
