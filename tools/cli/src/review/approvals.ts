import { type GivenApproval, listed, type Oid, refusal, short, type Workspace } from '@eleventh/core';
import type { Forge, Review, ReviewRequest } from '@eleventh/forge';

/** What was looked at, and by whom it is. */
interface Looked {
  readonly request: ReviewRequest;
  readonly head: Oid;
  /** The e-mail addresses of who proposed it: its author, and whoever committed it. */
  readonly proposers: readonly string[];
  readonly workspace: Workspace;
}

/**
 * Returns who approved a commit on the host, as people: those whom the workspace knows, besides whoever proposed it.
 * Throws `NOT_APPROVED`, and `CHANGES_REQUESTED` where somebody asks for something else.
 */
export async function approvalsOf(forge: Forge, looked: Looked): Promise<GivenApproval[]> {
  const { request, head } = looked;
  const reviews = await forge.reviews(request);
  const asking = reviews.filter(({ verdict }) => verdict === 'changes-requested').map(({ login }) => login);
  if (asking.length > 0)
    throw refusal('CHANGES_REQUESTED', `${listed(asking)} asked for changes, so nothing landed.`, {
      hint: request.url,
    });
  const approved = reviews.filter(({ verdict }) => verdict === 'approved');
  const given = approved.flatMap(({ login, name, at, url, commit }) => {
    const email = emailOf(looked.workspace, login);
    if (commit !== head || email === undefined || isProposer(looked, login, email)) return [];
    return [{ by: { name: asAuthor(name, login), email }, time: Math.floor(Date.parse(at) / 1000), url }];
  });
  if (given.length > 0) return given;
  const reasons = approved.map((review) => whyNot(review, head, looked.workspace));
  const why = reasons.length === 0 ? '' : ` (${listed(reasons, 5, '; ')})`;
  throw refusal('NOT_APPROVED', `Nobody approved ${short(head)} yet${why}, so nothing landed.`, { hint: request.url });
}

function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

/** Whoever opened the request, or made its commit, does not approve it. What a commit says of that is a claim, and the host's word is none. */
function isProposer({ request, proposers }: Looked, login: string, email: string): boolean {
  return isSame(login, request.author) || proposers.some((one) => isSame(one, email));
}

/** Returns the address of whom the host knows by a name. No host tells two people apart by the case of a letter. */
function emailOf({ logins }: Workspace, login: string): string | undefined {
  return Object.entries(logins).find(([name]) => isSame(name, login))?.[1];
}

/** Returns a name that the host has as Git takes it for an author's: the login where nothing of it is left. */
function asAuthor(name: string, login: string): string {
  const plain = name.replace(/[<>\p{Cc}]/gu, ' ').trim();
  return /[\p{L}\p{N}]/u.test(plain) ? plain : login;
}

/** Returns why an approval does not count. */
function whyNot({ login, commit }: Review, head: Oid, workspace: Workspace): string {
  if (commit === null) return `${login} approved, and the host does not say which commit`;
  if (commit !== head) return `${login} approved ${short(commit)}`;
  return emailOf(workspace, login) === undefined
    ? `spec.logins in environments/workspace.yaml on ${workspace.branch} does not say who ${login} is`
    : `${login} proposed it`;
}

/** Returns whether somebody approved what a request is about now, and nobody asked for something else. */
export async function isApproved(forge: Forge, request: ReviewRequest): Promise<boolean> {
  const reviews = await forge.reviews(request);
  const isFor = reviews.some(({ verdict, commit }) => verdict === 'approved' && commit === request.commit);
  return isFor && reviews.every(({ verdict }) => verdict !== 'changes-requested');
}

/** Refuses what a check of the host speaks against, or has not looked at yet. Throws `CHECKS_NOT_PASSED`. */
export async function refuseUnchecked(forge: Forge, { url }: ReviewRequest, head: Oid): Promise<void> {
  const open = (await forge.checks(head)).filter(({ state }) => state !== 'passed');
  if (open.length === 0) return;
  const what = open.map(({ name, state }) => `${name} ${state === 'failed' ? 'failed' : 'is running'}`);
  throw refusal('CHECKS_NOT_PASSED', `Not every check of ${short(head)} passed: ${listed(what)}.`, { hint: url });
}
