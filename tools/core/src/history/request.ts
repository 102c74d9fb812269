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
  return words(request, ABOUT_THE_COMMIT) === words(commit, ABOUT_THE_COMMIT);
}

/**
 * Returns whether a commit says all that its request said, though the service may have been pinned in between.
 * @param replaced the commit of the build that it did replace, if any.
 */
export function isReplayed(request: Commit, commit: Commit, replaced: string | undefined): boolean {
  if (trailer(parseMessage(request.message), 'Replaces') === replaced) return isAsRequested(request, commit);
  const made = parseMessage(commit.message);
  return (
    trailer(made, 'Replaces') === replaced &&
    !made.trailers.some(([key]) => ABOUT_ANOTHER_BUILD.test(key)) &&
    words(request, ABOUT_BOTH) === words(commit, ABOUT_BOTH)
  );
}

function words({ message }: Commit, but: RegExp): string {
  const { subject, trailers } = parseMessage(message);
  return JSON.stringify([subject, trailers.filter(([key]) => !but.test(key))]);
}

const ABOUT_THE_COMMIT = /^(Request|Request-.*|Workspace|Policy|Evidence|Recipe)$/;
/** What changed was found out for the build that was to be replaced, and from that one it was allowed to go back. */
const ABOUT_ANOTHER_BUILD = /^(Change|Change-Author|Changes-Omitted|Allowed-Downgrade)$/;
const ABOUT_BOTH =
  /^(Request|Request-.*|Workspace|Policy|Evidence|Recipe|Replaces|Change|Change-Author|Changes-Omitted)$/;
