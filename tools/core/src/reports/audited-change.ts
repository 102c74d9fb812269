import { asDecided, knownLanding } from '../evidence/landing.ts';
import type { Person } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import { brokenAt, groundsOf } from '../gates/break-glass.ts';
import { abreast, type DeploymentKind, recipeOf, revertedCommit } from '../history/deployment.ts';
import { brokenRulesIn, type Message, parseMessage, trailer } from '../history/message.ts';
import { serviceChanges } from '../history/release.ts';
import type { Commit, Signature, View } from '../history/snapshot.ts';
import { isRollback } from '../history/standing.ts';
import { type DatedCommit, type DatedRelease, datedRelease, releasesOnLine } from '../history/timeline.ts';
import { earlierWorkspace, type Workspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import type { Approval, EvidenceReader, TestRun } from './evidence-reader.ts';
import { changesOf, type Deployed, logEntry, loggedChanges } from './log.ts';

/** What the message of a change says of why it was made. */
export interface Reasons {
  readonly ticket: string | null;
  /** The commit that a bare `git revert` says it undoes. */
  readonly reverts: Oid | null;
  readonly why: string | null;
  /** The gates that were passed by breaking the glass. */
  readonly breakGlass: readonly string[];
  /** The commit of the default branch whose policy was asked. */
  readonly policy: Oid | null;
}

/** Returns what a message says of why a change was made. */
export function reasonsOf(message: Message): Reasons {
  return {
    ticket: trailer(message, 'Ticket') ?? null,
    reverts: revertedCommit(message) ?? null,
    why: trailer(message, 'Why') ?? null,
    breakGlass: brokenRulesIn(message),
    policy: trailer(message, 'Policy') ?? null,
  };
}

/** One change of what an environment runs: a commit of its branch, or a tag that was put on one later. */
export interface AuditedChange extends Omit<Deployed, 'kind' | 'author'>, Reasons {
  readonly environment: string;
  /** `time` is when it counts from: never before what came before it. */
  readonly kind: DeploymentKind | 'release';
  /** When the commit or the tag says that it was made, RFC 3339 in UTC. */
  readonly dated: string;
  /** null: a lightweight tag names nobody. */
  readonly author: Person | null;
  readonly committer: Person | null;
  /** Who approved this recipe for this environment, whenever they did. */
  readonly approvals: readonly Approval[];
  /** What suites said of this recipe. */
  readonly tests: readonly TestRun[];
  /** Who else looked at what was done by breaking the glass; null: nobody. */
  readonly reviewedBy: Person | null;
  /** Why somebody should look at it, or null. */
  readonly forReview: string | null;
}

interface Facts {
  readonly view: View;
  readonly workspace: Workspace;
  readonly evidence: EvidenceReader;
  readonly environment: Environment;
  readonly line: readonly DatedCommit[];
  /** In seconds since 1970; both ends belong to it. */
  readonly span: { readonly from: number; readonly to: number };
}

/** A change with the time, in seconds since 1970, from which it counts. */
type Dated = readonly [start: number, change: AuditedChange];

/** Returns the changes of an environment that commits of its branch made in a span, newest first. */
export async function commitChanges(facts: Facts): Promise<Dated[]> {
  const { view, workspace, environment, span, line } = facts;
  if (isElsewhere(facts)) return [];
  const within = line.filter(({ start }) => start >= span.from && start <= span.to);
  const starts = new Map(within.map(({ commit, start }) => [commit.oid, start]));
  const found: Dated[] = [];
  for await (const commits of abreast(
    within.map(({ commit }) => commit),
    64,
  )) {
    found.push(...(await Promise.all(commits.map(change))));
  }
  return found;

  async function change(commit: Commit): Promise<Dated> {
    const start = starts.get(commit.oid) ?? commit.committer.time;
    const entry = await logEntry(view, workspace, environment, commit, await changesOf(view, commit));
    const said = asDecided(parseMessage(commit.message), await knownLanding(view, workspace, commit));
    return [start, await audited(facts, { ...entry, time: isoTime(start) }, commit, commit.committer, said)];
  }
}

/** How many releases are looked at side by side: each would take round trips of its own. */
const MOST_ABREAST = 1024;

/** Returns the changes of an environment that its tags alone made in a span, newest first. */
export async function releaseChanges(facts: Facts): Promise<Dated[]> {
  const { view, environment, span, line } = facts;
  const there = releasesOnLine(view, environment, line).filter(({ start }) => start <= span.to);
  const dated = await Promise.all(
    there.map(async (each): Promise<DatedRelease> => {
      // A tag that came with its commit needs no reading: that commit is the change.
      return isOwn(facts, each.commit, each.release.tag) ? { ...each, tag: null } : datedRelease(view, each);
    }),
  );
  const rank = new Map(there.map(({ release }, index) => [release.tag, index]));
  const rankOf = ({ release }: DatedRelease) => rank.get(release.tag) ?? 0;
  const wanted: (readonly [one: DatedRelease, before: DatedRelease | undefined])[] = [];
  let running: DatedRelease | undefined;
  for (const one of dated.sort((a, b) => a.start - b.start || rankOf(b) - rankOf(a))) {
    const isHigher = running === undefined || rankOf(one) < rankOf(running);
    const isChange = !isOwn(facts, one.commit, one.release.tag) && one.start >= span.from && one.start <= span.to;
    if (isChange) wanted.push([one, isHigher ? running : one]);
    if (isHigher) running = one;
  }
  const found: Dated[] = [];
  for (let first = 0; first < wanted.length; first += MOST_ABREAST) {
    const portion = wanted.slice(first, first + MOST_ABREAST);
    found.push(
      ...(await Promise.all(
        portion.map(async ([one, before]): Promise<Dated> => [one.start, await released(facts, one, before)]),
      )),
    );
  }
  return found.reverse();
}

/** Returns whether the commits of the branch are another environment's deployments, and tags alone are this one's. */
function isElsewhere({ workspace, environment }: Facts): boolean {
  const { branch, release } = environment;
  return release !== undefined && workspace.environments.some((one) => one !== environment && one.branch === branch);
}

/** Returns whether a release was made with its commit. */
function isOwn(facts: Facts, commit: Commit, tag: string): boolean {
  return !isElsewhere(facts) && trailer(parseMessage(commit.message), 'Release') === tag;
}

/** @param before the release that ran; undefined for none. */
async function released(
  facts: Facts,
  { release, commit, tag, start }: DatedRelease,
  before: DatedRelease | undefined,
): Promise<AuditedChange> {
  const { view } = facts;
  const snapshot = await view.snapshot(commit.tree);
  const changes = await serviceChanges(await view.snapshot(before?.commit.tree ?? EMPTY_TREE), snapshot);
  const message = parseMessage(commit.message);
  const tagger = tag?.tagger ?? null;
  const entry = {
    commit: commit.oid,
    kind: 'release',
    subject: `Release ${release.tag}`,
    author: tagger === null ? null : personOf(tagger),
    time: isoTime(start),
    recipe: await recipeOf(snapshot),
    release: release.tag,
    promotedFrom: trailer(message, 'Promoted-From') ?? null,
    rolledBackTo: trailer(message, 'Rolled-Back-To') ?? null,
    changes: loggedChanges(changes),
    strays: [],
    landed: null,
  } as const;
  const said = tag === null ? [] : parseMessage(tag.message).trailers;
  return audited(facts, entry, commit, tagger, { ...message, trailers: [...said, ...message.trailers] });
}

/** @param message what says why. */
async function audited(
  facts: Facts,
  entry: Omit<Deployed, 'kind' | 'author'> & Pick<AuditedChange, 'kind' | 'author'>,
  commit: Commit,
  committer: Signature | null,
  message: Message,
): Promise<AuditedChange> {
  const { view, workspace, environment, evidence } = facts;
  const recipe = { kind: 'recipe', recipe: entry.recipe } as const;
  const approvals = await evidence.approvals(entry.recipe, environment.name);
  const reasons = reasonsOf(message);
  const { breakGlass, policy } = reasons;
  const grounds = breakGlass.length === 0 ? [] : await groundsOf(view, commit);
  // A tag says what its commit says, and what it passed itself.
  const onto = entry.kind === 'release' ? grounds : grounds.slice(1);
  const place = { environment: environment.name, recipe: entry.recipe, onto };
  const review = grounds.length === 0 ? null : brokenAt(await evidence.brokenGlass(view, workspace), place)?.review;
  return {
    environment: environment.name,
    ...entry,
    dated: isoTime(committer?.time ?? commit.committer.time),
    committer: committer === null ? null : personOf(committer),
    ...reasons,
    approvals,
    tests: await evidence.tests(recipe),
    reviewedBy: review?.by ?? null,
    forReview:
      breakGlass.length > 0 && review == null
        ? `passed ${breakGlass.join(', ')} by breaking the glass`
        : breakGlass.length === 0 && approvals.length === 0 && (await isUnapprovedRollback(facts, commit, policy))
          ? 'rolled back without an approval'
          : null,
  };
}

/** Returns whether a commit went back where promotions ask for approvals, by the policy of then as far as that is known. */
async function isUnapprovedRollback(
  { view, workspace, environment }: Facts,
  commit: Commit,
  policy: Oid | null,
): Promise<boolean> {
  if (!(await isRollback(view, commit))) return false;
  const then = policy === null ? null : await earlierWorkspace(view, workspace, policy);
  const known = then?.environments.find(({ name }) => name === environment.name) ?? environment;
  return known.policy.approvals !== undefined;
}

function personOf({ name, email }: Signature): Person {
  return { name, email };
}
