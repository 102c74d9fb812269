import * as v from 'valibot';
import { instant, oid, word } from '../answer-forms.ts';
import type { Api } from '../api.ts';
import type { Review, ReviewRequest } from '../forge.ts';
import { newestOfEach } from '../newest-word.ts';
import { path } from '../path.ts';

const person = v.looseObject({ username: word, name: v.nullish(v.string()) });
const approvals = v.looseObject({
  approved_by: v.array(v.looseObject({ user: person, approved_at: v.nullish(instant) })),
});
const reviewer = v.looseObject({ user: person, state: word, created_at: instant });
const version = v.looseObject({ head_commit_sha: oid, created_at: instant });
const note = v.looseObject({ body: v.string(), system: v.boolean(), created_at: instant, author: v.nullish(person) });

/**
 * Returns who approved a merge request and who wants changes. GitLab itself takes approvals from those who may push alone.
 * It does not keep which commit was looked at: that is the one which the request had when the approval was given (its own
 * time, else that of GitLab's note about it, which older versions need); without a time, the commit is not known.
 */
export async function gitlabReviews(api: Api, project: string, request: ReviewRequest): Promise<Review[]> {
  const at = path`/projects/${project}/merge_requests/${request.number}`;
  const { approved_by } = await api.get({ text: `${at.text}/approvals` }, approvals);
  const asked = (await api.find({ text: `${at.text}/reviewers` }, v.array(reviewer))) ?? [];
  const unhappy = asked.filter(({ state }) => state === 'requested_changes');
  if (approved_by.length + unhappy.length === 0) return [];
  const versions = await api.list({ text: `${at.text}/versions` }, version);
  const isDated = approved_by.every(({ approved_at }) => approved_at);
  const noted = isDated ? new Map<string, string>() : await approvalNotes(api, at.text);
  const reviews = approved_by.map(({ user, approved_at }): Review => {
    const time = approved_at ?? noted.get(user.username);
    return {
      ...whose(user, request),
      verdict: 'approved',
      commit: headAt(versions, time),
      at: time ?? oldest(versions),
    };
  });
  const objections = unhappy.map(({ user, created_at }): Review => {
    return { ...whose(user, request), verdict: 'changes-requested', commit: null, at: created_at };
  });
  // Who asks for changes has taken the approval back, whenever they were made a reviewer.
  const objecting = new Set(objections.map(({ login }) => login));
  return newestOfEach([...reviews.filter(({ login }) => !objecting.has(login)), ...objections]);
}

function whose(
  { username, name }: v.InferOutput<typeof person>,
  { url }: ReviewRequest,
): Pick<Review, 'login' | 'name' | 'url'> {
  return { login: username, name: name?.replace(/\p{Cc}+/gu, ' ').trim() || username, url };
}

type Version = v.InferOutput<typeof version>;

/** Returns the commit that a request had at a time, null where that is not known. */
function headAt(versions: readonly Version[], time: string | undefined): string | null {
  if (time === undefined) return null;
  const before = versions.filter(({ created_at }) => Date.parse(created_at) <= Date.parse(time));
  return (
    before.reduce<Version | null>((newest, one) => (newest === null || later(one, newest) ? one : newest), null)
      ?.head_commit_sha ?? null
  );
}

function later(one: Version, other: Version): boolean {
  return Date.parse(one.created_at) > Date.parse(other.created_at);
}

/** Returns the time before which nothing can have been said. */
function oldest(versions: readonly Version[]): string {
  return (
    versions.map(({ created_at }) => created_at).sort((a, b) => Date.parse(a) - Date.parse(b))[0] ??
    '1970-01-01T00:00:00Z'
  );
}

/** Returns when GitLab noted an approval that was not taken back, by login. The texts are its own, in English everywhere. */
async function approvalNotes(api: Api, at: string): Promise<Map<string, string>> {
  const notes = await api.list({ text: `${at}/notes` }, note, { sort: 'asc', order_by: 'created_at' });
  const times = new Map<string, string>();
  for (const { body, system, created_at, author } of notes) {
    if (!system || !author) continue;
    if (body === 'approved this merge request') times.set(author.username, created_at);
    if (body === 'unapproved this merge request') times.delete(author.username);
  }
  return times;
}
