import {
  type Gate,
  isEmpty,
  type Occasion,
  type Oid,
  type Plan,
  type Proposal,
  planUpdate,
  propose,
  type Reviewers,
  readWorkspace,
  reviewersOf,
  type ServiceChange,
  serviceChanges,
  type View,
} from '@eleventh/core';
import type { Forge, ReviewRequest } from '@eleventh/forge';
import type { Signer } from '@eleventh/git';
import type { Context, Done } from '../command.ts';
import { isApproved } from './approvals.ts';
import { requestText } from './request-text.ts';
import { branchFor, lineWith } from './review-option.ts';

/** On which occasion a change is made that may have been put to review. */
export interface ReviewOccasion extends Omit<Occasion, 'ticket'> {
  /** The commit that what was put to review was taken from: a source that a branch names has moved since, perhaps. */
  readonly source?: Oid | undefined;
}

export type Edit<P extends Plan> = (view: View, occasion: ReviewOccasion, signer?: Signer) => Promise<P>;

/** A change that was put to review, or that landed after one. */
export interface Reviewed {
  /** `approved`: it was approved already, and left alone. */
  readonly action: 'opened' | 'updated' | 'approved' | 'landed';
  /** What the host calls it: `pull request`. */
  readonly noun: string;
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  readonly base: string;
  readonly commit: Oid;
  /** Whom the host asks, by their names there. */
  readonly reviewers: readonly string[];
  /** The command that lands it. */
  readonly land: string;
  readonly changed: boolean;
}

/** What a command did, and what became of the review of it; undefined: there was nothing to review. */
export interface DoneInReview<P extends Plan> {
  readonly done: Done<P>;
  readonly reviewed: Reviewed | undefined;
}

/** A plan as it is put to review, with what is said of it there. */
interface Made<P extends Plan> extends Plan {
  readonly plan: P;
  readonly proposal: Proposal | null;
  /** The request that is open about it. */
  readonly open: ReviewRequest | null;
  /** The same, where somebody approved what stands there already, and it is not what would be put there now. */
  readonly approved: ReviewRequest | null;
  readonly changes: readonly ServiceChange[];
  readonly reviewers: Reviewers;
}

/**
 * Puts what an edit plans to review: its commits on a branch of their own, and a request on the host that is about them.
 * What was approved already is left to land. @param isAgain whether it is known that it cannot.
 */
export async function putToReview<P extends Plan>(
  context: Context,
  edit: Edit<P>,
  { isAgain = false }: { readonly isAgain?: boolean } = {},
): Promise<DoneInReview<P>> {
  const forge = await context.forge();
  let made = await push(context, forge, edit, isAgain);
  const { proposal: first } = made.plan;
  if (first?.isFirst === true && first.environment !== null) {
    // A request is about a difference: a branch that is not there yet begins, which deploys nothing.
    const { name } = first.environment;
    await context.carryOut((view) => planUpdate(view, name));
    made = await push(context, forge, edit, isAgain);
  }
  const { plan, proposal } = made.plan;
  const done: Done<P> = { plan, changed: !isEmpty(plan), isDryRun: true, commits: new Map(), tagged: null };
  if (proposal === null) return { done, reviewed: undefined };
  if (made.plan.approved !== null) {
    const { commit, number, url } = made.plan.approved;
    const { branch, base } = proposal;
    const land = lineWith(context.line, '--land');
    const kept = { noun: forge.noun, number, url, branch, base, commit, reviewers: [], land };
    return { done, reviewed: { action: 'approved', ...kept, changed: false } };
  }
  const commit = made.commits.get(proposal.branch)?.at(-1) ?? proposal.commit ?? '';
  const reviewed = await request(context, forge, made.plan, proposal, commit);
  return { done, reviewed: { ...reviewed, changed: made.changed || reviewed.action === 'opened' } };
}

/** Pushes the commits of a proposal, once the host has said whether a request about them is open: it may not let us in. */
function push<P extends Plan>(context: Context, forge: Forge, edit: Edit<P>, isAgain: boolean): Promise<Done<Made<P>>> {
  const branch = branchFor(context.line);
  return context.carryOut(async (view, occasion, signer) => {
    const plan = await edit(view, { ...occasion, isProposal: true }, signer);
    const proposal = await propose(view, plan, branch);
    const environment = proposal?.environment ?? null;
    const open = proposal === null ? null : await forge.find(proposal.branch, proposal.base);
    const isOther = open !== null && proposal?.commit !== open.commit && !isAgain;
    const approved = isOther && (await isApproved(forge, open)) ? open : null;
    const changes =
      proposal === null || environment === null ? [] : await serviceChanges(proposal.before, proposal.after);
    const reviewers = await reviewersOf(await readWorkspace(view), environment, changes, occasion.who?.email);
    const isPushed = proposal !== null && approved === null && !(proposal.isFirst && environment !== null);
    const branches = isPushed ? proposal.branches : [];
    return { plan, proposal, open, approved, changes, reviewers, branches, onRace: 'again' };
  });
}

/** Opens the request of a proposal, or brings the open one up to date. */
async function request<P extends Plan>(
  { line }: Context,
  forge: Forge,
  { plan, open, changes, reviewers }: Made<P>,
  proposal: Proposal,
  commit: Oid,
): Promise<Omit<Reviewed, 'changed'>> {
  const { branch, base, environment } = proposal;
  const { noun } = forge;
  const land = lineWith(line, '--land');
  const gates = 'gates' in plan ? (plan.gates as readonly Gate[]) : [];
  const text = await requestText({ proposal, changes, gates, reviewers, land, noun });
  const labels = environment === null ? ['eleventh'] : ['eleventh', `environment: ${environment.name}`];
  const asked = { ...text, labels, reviewers: reviewers.logins };
  const { number, url } =
    open === null ? await forge.open({ head: branch, base, ...asked }) : await forge.update(open.number, asked);
  const action = open === null ? 'opened' : 'updated';
  return { action, noun, number, url, branch, base, commit, reviewers: reviewers.logins, land };
}
