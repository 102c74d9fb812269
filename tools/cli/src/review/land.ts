import {
  EleventhError,
  type Oid,
  type Plan,
  type Proposal,
  planLanding,
  planRelay,
  propose,
  readWorkspace,
  refusal,
  short,
  type Workspace,
} from '@eleventh/core';
import type { Forge, ReviewRequest } from '@eleventh/forge';
import { saying } from '../attested.ts';
import type { Context, Done } from '../command.ts';
import { approvalsOf, refuseUnchecked } from './approvals.ts';
import { type DoneInReview, type Edit, putToReview } from './propose.ts';
import { lineWith } from './review-option.ts';

/**
 * Carries out what was approved on the host: records the approvals, asks every gate again, and brings the branch to the
 * very commit that was reviewed. Where something else would be done now, that is put to review in its place, and
 * `REVIEW_AGAIN` is thrown. Throws `NO_REVIEW_REQUEST`, and `HOST_BEHIND` where the host has not seen the newest push.
 */
export async function land<P extends Plan>(context: Context, edit: Edit<P>): Promise<DoneInReview<P>> {
  const forge = await context.forge();
  const { plan, proposal, workspace, head, author } = await find(context, edit);
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
  const approvals = await approvalsOf(forge, { request, head, author, workspace });
  await refuseUnchecked(forge, request, head);
  if (environment !== null) {
    const at = { commit: head, environment: environment.name };
    await context.carryOut((view, occasion, signer) => planRelay(view, at, approvals, saying(occasion, signer)));
  }
  const done = await carryOut(context, edit, request, head);
  if (done === null) return askAgain(context, forge, edit, request, head);
  // A commit that stood for a tag in its review is not on the branch.
  if (done.plan.branches.some(({ landing }) => landing === head)) await forge.finish(request, head);
  else await forge.close(request);
  await context.carryOut(async ({ refs }) => ({
    branches: [],
    removal: refs.branches.get(branch) === head ? { branch, expected: head } : undefined,
    onRace: 'again',
  }));
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
  /** The e-mail address of who proposed it. */
  readonly author: string;
}

function find<P extends Plan>(context: Context, edit: Edit<P>): Promise<Found<P>> {
  return context.plan(async (view, occasion) => {
    const plan = await edit(view, { ...occasion, isProposal: true });
    const proposal = await propose(view, plan);
    const head = proposal === null ? undefined : view.refs.branches.get(proposal.branch);
    const author = head === undefined ? '' : (await view.commit(head)).author.email;
    return { plan, proposal, workspace: await readWorkspace(view), head, author };
  });
}

/** Brings the reviewed commit to its branch; returns null where something else would be done now. */
async function carryOut<P extends Plan>(
  context: Context,
  edit: Edit<P>,
  { url }: ReviewRequest,
  head: Oid,
): Promise<Done<P> | null> {
  try {
    return await context.carryOut((view, occasion, signer) => {
      const make: Parameters<typeof planLanding<P>>[1] = (by) => edit(view, { ...occasion, ...by }, signer);
      return planLanding(view, make, { commit: head, url, saying: saying(occasion, signer) });
    });
  } catch (error) {
    if (error instanceof EleventhError && error.code === 'REVIEW_AGAIN') return null;
    throw error;
  }
}

/** Puts what would be done now to review, in place of what was, and throws `REVIEW_AGAIN`. */
async function askAgain<P extends Plan>(
  context: Context,
  forge: Forge,
  edit: Edit<P>,
  { number, url }: ReviewRequest,
  before: Oid,
): Promise<never> {
  const { reviewed } = await putToReview(context, edit);
  const [was, is] = [short(before), short(reviewed?.commit ?? '')];
  await forge.comment(number, `\`${was}\` is not what would be done now. That is \`${is}\`: please look at it again.`);
  throw refusal(
    'REVIEW_AGAIN',
    `What was reviewed, ${was}, is not what would be done now, so nothing landed. ${is} waits for review in its place.`,
    { hint: url },
  );
}
