import { type GivenApproval, listed, type Oid, refusal, short, type Workspace } from '@eleventh/core';
import type { Forge, Review, ReviewRequest } from '@eleventh/forge';

/** What was looked at, and by whom it is. */
interface Looked {
  readonly request: ReviewRequest;
  readonly head: Oid;
  /** The e-mail address of who proposed it. */
  readonly author: string;
  readonly workspace: Workspace;
}

/**
 * Returns who approved a commit on the host, as people: those whom the workspace knows, besides whoever proposed it.
 * Throws `NOT_APPROVED`, and `CHANGES_REQUESTED` where somebody asks for something else.
 */
export async function approvalsOf(
  forge: Forge,
  { request, head, author, workspace }: Looked,
): Promise<GivenApproval[]> {
  const reviews = await forge.reviews(request);
  const asking = reviews.filter(({ verdict }) => verdict === 'changes-requested').map(({ login }) => login);
  if (asking.length > 0)
    throw refusal('CHANGES_REQUESTED', `${listed(asking)} asked for changes, so nothing landed.`, {
      hint: request.url,
    });
  const approved = reviews.filter(({ verdict }) => verdict === 'approved');
  const given = approved.flatMap(({ login, name, at, url, commit }) => {
    const email = emailOf(workspace, login);
    if (commit !== head || email === undefined || isSame(email, author)) return [];
    return [{ by: { name, email }, time: Math.floor(Date.parse(at) / 1000), url }];
  });
  if (given.length > 0) return given;
  const reasons = approved.map((review) => whyNot(review, head, workspace));
  const why = reasons.length === 0 ? '' : ` (${listed(reasons, 5, '; ')})`;
  throw refusal('NOT_APPROVED', `Nobody approved ${short(head)} yet${why}, so nothing landed.`, { hint: request.url });
}

function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}

/** Returns the address of whom the host knows by a name. No host tells two people apart by the case of a letter. */
function emailOf({ logins }: Workspace, login: string): string | undefined {
  return Object.entries(logins).find(([name]) => isSame(name, login))?.[1];
}

/** Returns why an approval does not count. */
function whyNot({ login, commit }: Review, head: Oid, workspace: Workspace): string {
  if (commit === null) return `${login} approved, and the host does not say which commit`;
  if (commit !== head) return `${login} approved ${short(commit)}`;
  return emailOf(workspace, login) === undefined
    ? `spec.logins in environments/workspace.yaml on ${workspace.branch} does not say who ${login} is`
    : `${login} proposed it`;
}

/** Refuses what a check of the host speaks against, or has not looked at yet. Throws `CHECKS_NOT_PASSED`. */
export async function refuseUnchecked(forge: Forge, { url }: ReviewRequest, head: Oid): Promise<void> {
  const open = (await forge.checks(head)).filter(({ state }) => state !== 'passed');
  if (open.length === 0) return;
  const what = open.map(({ name, state }) => `${name} ${state === 'failed' ? 'failed' : 'is running'}`);
  throw refusal('CHECKS_NOT_PASSED', `Not every check of ${short(head)} passed: ${listed(what)}.`, { hint: url });
}
