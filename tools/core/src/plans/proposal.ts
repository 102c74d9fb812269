import { PROPOSAL } from '../evidence/landing.ts';
import type { Environment } from '../files/environment.ts';
import { formatMessage, parseMessage } from '../history/message.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import { readWorkspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import { type BranchPlan, isEmpty, type Plan, type Step } from './plan.ts';

/** A plan that is put to review: its commits, on a branch of their own. */
export interface Proposal extends Plan {
  /** The branch that the commits are on, and the one that they are to come to. */
  readonly branch: string;
  readonly base: string;
  /** The environment that changes; null: it is the default branch. */
  readonly environment: Environment | null;
  /** The first line of the newest commit, and what follows it. */
  readonly subject: string;
  readonly body: string;
  /** The commit that is on the branch already and just like this; null: it has to be made. */
  readonly commit: Oid | null;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Whether the base has no commit yet: it has to begin before anything can be put to review for it. */
  readonly isFirst: boolean;
}

/**
 * Returns a plan as it is put to review: its first branch stays where it is, and its commits go to a branch of their
 * own, which moves to them from whatever was there. They name no policy and no evidence, since those of their landing
 * count. A plan that only tags is put to review as a commit without changes, which never lands. Null: nothing to do.
 */
export async function propose(view: View, plan: Plan, branch: string): Promise<Proposal | null> {
  if (isEmpty(plan)) return null;
  const workspace = await readWorkspace(view);
  const line = plan.branches.find(({ steps }) => steps.length > 0) ?? (await tagLine(view, plan));
  if (line === null) return null;
  const environment =
    plan.tag?.environment ?? workspace.environments.find(({ branch }) => branch === line.branch) ?? null;
  const { subject, body } = parseMessage(line.steps.at(-1)?.message(() => '') ?? '');
  const steps = environment === null ? line.steps : line.steps.map((step) => asProposed(step, branch));
  const there = view.refs.branches.get(branch);
  const isThere = there !== undefined && (await isLike(view, there, line.parent, steps));
  const parent = line.parent === null ? null : await view.commit(line.parent);
  return {
    ...{ branch, base: line.branch, environment, subject, body },
    commit: isThere ? there : null,
    before: await view.snapshot(parent?.tree ?? EMPTY_TREE),
    after: line.snapshot,
    isFirst: line.parent === null,
    branches: isThere ? [] : [{ branch, expected: there ?? null, parent: line.parent, steps, snapshot: line.snapshot }],
    onRace: 'again',
  };
}

/**
 * Returns the branch on which a change is put to review: the same words, the same branch. No service has a dot in its
 * name, so that one in a group is told from any other.
 */
export function proposalBranch(words: readonly string[]): string {
  const parts = words.map(
    (word) =>
      word
        .toLowerCase()
        .replaceAll('/', '.')
        .match(/[a-z0-9]+(?:\.[a-z0-9]+)*/g) ?? [],
  );
  return `proposal/${parts.flat().join('-').slice(0, 150)}`;
}

/** Returns the commit without changes that stands for a tag in its review. */
async function tagLine(view: View, { tag }: Plan): Promise<BranchPlan | null> {
  const { target = null, environment } = tag ?? {};
  if (tag === undefined || target === null || environment === undefined) return null;
  const snapshot = await view.snapshot((await view.commit(target)).tree);
  const step = { changes: [], snapshot, message: () => `Release ${tag.message}` };
  return { branch: environment.branch, expected: target, parent: target, steps: [step], snapshot };
}

/** Under which policy, and with which evidence, it enters is decided when it lands. */
const DECIDED_LATER = new Set(['Policy', 'Evidence']);

function asProposed(step: Step, branch: string): Step {
  const message: Step['message'] = (newest) => {
    const { trailers, ...words } = parseMessage(step.message(newest));
    const kept = trailers.filter(([key]) => !DECIDED_LATER.has(key));
    return formatMessage({ ...words, trailers: [...kept, [PROPOSAL, branch]] });
  };
  return { ...step, message };
}

/** Returns whether a line of commits up to a tip is what some steps after a parent would make, whoever made it and when. */
async function isLike(view: View, tip: Oid, parent: Oid | null, steps: readonly Step[]): Promise<boolean> {
  let at: Oid | null = tip;
  for (const step of steps.toReversed()) {
    if (at === null || at === parent || (await view.expand(at)) === null) return false;
    const commit = await view.commit(at);
    if (commit.parents.length > 1 || commit.tree !== step.snapshot.tree) return false;
    if (commit.message.trim() !== step.message(() => '').trim()) return false;
    at = commit.parents[0] ?? null;
  }
  return at === parent;
}
