import {
  asRecorded,
  EleventhError,
  isOid,
  type Oid,
  type Plan,
  type Proposal,
  parseMessage,
  planLanding,
  planRelay,
  propose,
  readWorkspace,
  refusal,
  short,
  trailer,
  type View,
  type Workspace,
} from '@eleventh/core';
import type { Forge, ReviewRequest } from '@eleventh/forge';
import { redact } from '@eleventh/git';
import { saying } from '../attested.ts';
import type { Context, Done } from '../command.ts';
import { approvalsOf, refuseUnchecked } from './approvals.ts';
import { type DoneInReview, type Edit, putToReview, type ReviewOccasion } from './propose.ts';
import { branchFor, lineWith } from './review-option.ts';

/**
 * Carries out what was approved on the host: records the approvals, asks every gate again, and brings the branch to the
 * very commit that was reviewed. Where something else would be done now, that is put to review in its place, and
 * `REVIEW_AGAIN` is thrown. Throws `NO_REVIEW_REQUEST`, and `HOST_BEHIND` where the host has not seen the newest push.
 */
export async function land<P extends Plan>(context: Context, edit: Edit<P>): Promise<DoneInReview<P>> {
  const forge = await context.forge();
  const { plan, proposal, workspace, head, proposers, source } = await find(context, edit);
  const as: Edit<P> = (view, occasion, signer) => edit(view, { ...occasion, source }, signer);
  if (proposal === null) {
    const done: Done<P> = { plan, changed: false, isDryRun: false, commits: new Map(), tagged: null };
    return { done, reviewed: undefined };
  }
  const { branch, base, environment } = proposal;
  const request = await forge.find(branch, base);
  if (request === null || head === undefined)
    throw refusal('NO_REVIEW_REQUEST', `No ${forge.noun} is open that would bring ${branch} to ${base}.`, {
      hint: lineWith(context.line, '--pr'),
    });
  if (request.commit !== head)
    throw new EleventhError('HOST_BEHIND', `The host has not seen yet that ${branch} is at ${short(head)}.`, {
      hint: 'Run the command again in a moment.',
    });
  if (proposal.commit !== head) return askAgain(context, forge, edit, request, head);
  const approvals = await approvalsOf(forge, { request, head, proposers, workspace });
  await refuseUnchecked(forge, request, head);
  const landing = { branch, commit: head, url: request.url };
  const at = environment === null ? null : { commit: head, environment: environment.name };
  // What is refused all the same leaves nothing behind: an approval may be taken back while the next one is waited for.
  const isSame = await context.plan(async (view, occasion) => {
    const said = saying(occasion, undefined);
    const seen = at === null ? view : asRecorded(view, await planRelay(view, at, approvals, said));
    return orNull(() => planLanding(seen, (by) => as(seen, { ...occasion, ...by }), { ...landing, saying: said }));
  });
  if (isSame === null) return askAgain(context, forge, edit, request, head);
  if (at !== null)
    await context.carryOut((view, occasion, signer) => planRelay(view, at, approvals, saying(occasion, signer)));
  const done = await orNull(() =>
    context.carryOut((view, occasion, signer) => {
      const make: Parameters<typeof planLanding<P>>[1] = (by) => as(view, { ...occasion, ...by }, signer);
      return planLanding(view, make, { ...landing, saying: saying(occasion, signer) });
    }),
  );
  if (done === null) return askAgain(context, forge, edit, request, head);
  try {
    await close(context, forge, request, done);
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    context.io.err(`warning: It landed, but what is left of its review is not cleared up: ${redact(error.message)}\n`);
  }
  const { number, url } = request;
  const facts = { noun: forge.noun, number, url, branch, base, commit: head, reviewers: [], land: '' };
  return { done, reviewed: { action: 'landed', ...facts, changed: done.changed } };
}

/** What is in the repository of a change that was put to review. */
interface Found<P extends Plan> {
  readonly plan: P;
  /** As it would be made now, by whoever proposed it. */
  readonly proposal: Proposal | null;
  readonly workspace: Workspace;
  /** The commit that the branch of the proposal is at. */
  readonly head: Oid | undefined;
  /** The e-mail addresses of its author, and of whoever committed it. */
  readonly proposers: readonly string[];
  /** The commit that it was taken from. */
  readonly source: Oid | undefined;
}

function find<P extends Plan>(context: Context, edit: Edit<P>): Promise<Found<P>> {
  return context.plan(async (view, occasion) => {
    const branch = branchFor(context.line);
    const head = view.refs.branches.get(branch);
    const commit = head === undefined ? null : await view.commit(head);
    const from = commit === null ? undefined : trailer(parseMessage(commit.message), 'Promoted-From');
    const source = from !== undefined && isOid(from) ? from : undefined;
    const plan = await planAs(view, edit, occasion, source);
    const proposal = await propose(view, plan, branch);
    const proposers = commit === null ? [] : [commit.author.email, commit.committer.email];
    return { plan, proposal, workspace: await readWorkspace(view), head, proposers, source };
  });
}

/** Returns what was put to review as it would be made now; where that may not be done any more, what would be done instead. */
async function planAs<P extends Plan>(
  view: View,
  edit: Edit<P>,
  occasion: ReviewOccasion,
  source: Oid | undefined,
): Promise<P> {
  const proposed = { ...occasion, isProposal: true };
  if (source === undefined) return edit(view, proposed);
  try {
    return await edit(view, { ...proposed, source });
  } catch (error) {
    if (error instanceof EleventhError && error.exitCode === 3) return edit(view, proposed);
    throw error;
  }
}

/** Returns what comes of some work; null where something else than what was reviewed would be done now. */
async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EleventhError && error.code === 'REVIEW_AGAIN') return null;
    throw error;
  }
}

/** Ends a request whose change landed, and takes away its branch. */
async function close(context: Context, forge: Forge, request: ReviewRequest, { plan }: Done<Plan>): Promise<void> {
  const { head: branch, commit } = request;
  // A commit that stood for a tag in its review is not on the branch.
  if (plan.branches.some(({ landing }) => landing === commit)) await forge.finish(request, commit);
  else await forge.close(request);
  await context.carryOut(async ({ refs }) => ({
    branches: [],
    removal: refs.branches.get(branch) === commit ? { branch, expected: commit } : undefined,
    onRace: 'again',
  }));
}

/** Puts what would be done now to review, in place of what was, and throws `REVIEW_AGAIN`. */
async function askAgain<P extends Plan>(
  context: Context,
  forge: Forge,
  edit: Edit<P>,
  { number, url }: ReviewRequest,
  before: Oid,
): Promise<never> {
  const { reviewed } = await putToReview(context, edit, { isAgain: true });
  const [was, is] = [short(before), short(reviewed?.commit ?? '')];
  await forge.comment(number, `\`${was}\` is not what would be done now. That is \`${is}\`: please look at it again.`);
  throw refusal(
    'REVIEW_AGAIN',
    `What was reviewed, ${was}, is not what would be done now, so nothing landed. ${is} waits for review in its place.`,
    { hint: url },
  );
}
