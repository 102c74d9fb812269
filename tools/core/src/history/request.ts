import { isOid, type Oid } from '../names/object-id.ts';
import { parseMessage, trailer } from './message.ts';
import type { Commit } from './snapshot.ts';

/** The form in which requests are written; it rises when an older version could not carry them out. */
export const REQUEST_FORMAT = '1';

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

/**
 * Returns whether a commit carries out a request, whatever had come between: then it replaces another build, and what
 * changed since that one nobody recorded.
 */
export function isReplayOf(request: Commit, commit: Commit): boolean {
  const replaced = ({ message }: Commit) => trailer(parseMessage(message), 'Replaces');
  if (replaced(request) === replaced(commit)) return isAsRequested(request, commit);
  const words = ({ message }: Commit): string => {
    const { subject, trailers } = parseMessage(message);
    return JSON.stringify([subject, trailers.filter(([key]) => !ABOUT_THE_COMMIT.test(key) && !SINCE.test(key))]);
  };
  const isSilent = parseMessage(commit.message).trailers.every(([key]) => !SINCE.test(key) || key === 'Replaces');
  return isSilent && words(request) === words(commit);
}

/** What a pin says of the build that it replaces. */
const SINCE = /^(Replaces|Change|Changes-Omitted|Change-Author)$/;

const ABOUT_THE_COMMIT = /^(Request|Request-.*|Workspace|Policy|Evidence|Recipe)$/;
