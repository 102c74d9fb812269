import { type EleventhError, usageError } from '../error.ts';
import { resolve } from '../history/resolve.ts';
import type { View } from '../history/snapshot.ts';
import { tagOf } from '../history/timeline.ts';
import type { Workspace } from '../history/workspace.ts';
import { quoted } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';

const LIKE_A_DATE = /^\d{4}-\d\d-\d\d/;
const TIME = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * Returns a time as somebody wrote it, in seconds since 1970, or null for what is not like a date: RFC 3339, or a date,
 * which means its first second in UTC or, with `last`, its last. Throws `BAD_TIME`.
 */
function parseMoment(text: string, edge: 'first' | 'last'): number | null {
  if (!LIKE_A_DATE.test(text)) return null;
  const plain = text.toUpperCase();
  const date = TIME.exec(plain)?.[1];
  const midnight = Date.parse(date ?? '') / 1000;
  // 31 February is some day in March to a program, and nothing to a person.
  if (date === undefined || Number.isNaN(midnight) || isoTime(midnight).slice(0, 10) !== date) throw badTime(text);
  if (plain === date) return edge === 'first' ? midnight : midnight + 86_399;
  const seconds = Math.floor(Date.parse(plain) / 1000);
  if (Number.isNaN(seconds)) throw badTime(text);
  return seconds;
}

function badTime(text: string): EleventhError {
  return usageError(
    'BAD_TIME',
    `${quoted(text)} is no time: RFC 3339 with an offset or Z is one, and so is a date.`,
    '2026-11-20T12:00:00Z, 2026-11-20T13:00:00+01:00 or 2026-11-20',
  );
}

/**
 * Returns the time, in seconds since 1970, that a text means: a time, or that of a release tag or of anything else that
 * `resolve` takes. Throws `BAD_TIME` and `UNKNOWN_RECIPE`. @param startOf from when a commit of an environment counts.
 */
export async function momentOf(
  view: View,
  workspace: Workspace,
  text: string,
  edge: 'first' | 'last',
  startOf: (commit: Oid) => number | undefined,
): Promise<number> {
  const time = parseMoment(text, edge);
  if (time !== null) return time;
  const { commit, tag } = await resolve(view, workspace, text);
  const start = startOf(commit.oid) ?? commit.committer.time;
  const tagger = tag === undefined ? null : (await tagOf(view, tag))?.tagger;
  return Math.max(start, tagger?.time ?? start);
}
