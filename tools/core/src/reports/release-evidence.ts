import { stringify } from 'yaml';
import { describedRecipe, type Sha256 } from '../evidence/described.ts';
import { Evidence } from '../evidence/evidence.ts';
import { asDecided, knownLanding } from '../evidence/landing.ts';
import { GIT_NAMESPACE, signerKey } from '../evidence/signer.ts';
import type { Described, LandingStatement, Person } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import { type Pin, pinnedReference } from '../files/pin.ts';
import { policyFor, type Way } from '../files/policy.ts';
import { brokenAt, groundsOf } from '../gates/break-glass.ts';
import { authorsOf } from '../history/authors.ts';
import { type DeploymentKind, deploymentKind, recipeOf } from '../history/deployment.ts';
import { type Message, parseMessage, trailer } from '../history/message.ts';
import { findRelease } from '../history/named-release.ts';
import { ranFor } from '../history/ran-for.ts';
import { releasesOn, type ServiceChange, serviceChanges } from '../history/release.ts';
import { changeSubjects } from '../history/release-notes.ts';
import type { Signature, View } from '../history/snapshot.ts';
import { commitAt, type DatedRelease, timeline } from '../history/timeline.ts';
import { earlierWorkspace, readWorkspace, type Workspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { ranBefore } from '../plans/release.ts';
import { type AskedAgain, askedAgain } from './asked-again.ts';
import { type Reasons, reasonsOf } from './audited-change.ts';
import { type DiffChange, diffChanges } from './diff.ts';
import { type Approval, EvidenceReader, type TestRun } from './evidence-reader.ts';
import type { Landed } from './log.ts';
import { knownMissing, type Missing } from './release-missing.ts';
import { type ServiceStatus, serviceStatuses } from './service-status.ts';

/** A service that a release changed. */
export interface ReleasedChange extends DiffChange {
  /** The images before and after, as `repository:tag@digest`. */
  readonly imagesBefore: readonly string[];
  readonly images: readonly string[];
  /** The subjects of the commits in it, as far as pins recorded them. */
  readonly subjects: readonly string[];
}

/** Everything that the repository knows of one release. */
export interface ReleaseEvidence {
  readonly tag: string;
  readonly version: string;
  readonly environment: string;
  readonly commit: Oid;
  readonly recipe: Oid;
  /** What tells the recipe from all others: `gitTree` and `dirHash1`. */
  readonly described: readonly Described[];
  /** The release before it on the branch; null for the first. */
  readonly previous: { readonly tag: string; readonly commit: Oid } | null;
  /** What changed since then. */
  readonly changes: readonly ReleasedChange[];
  /** All that it runs. */
  readonly services: readonly ServiceStatus[];
  /** Who pinned the builds, and who wrote what is in them. */
  readonly authors: readonly Person[];
  readonly tests: readonly TestRun[];
  readonly approvals: readonly Approval[];
  readonly deployment: Deployed;
  readonly tagged: Tagged;
  /** Where this recipe ran before it was released, and for how many seconds. */
  readonly ranBefore: readonly { readonly environment: string; readonly seconds: number }[];
  readonly policy: ReleasePolicy;
  readonly gates: AskedAgain;
  readonly missing: readonly Missing[];
  /** Commands of plain Git, and what each prints. */
  readonly verify: readonly { readonly command: string; readonly prints: string }[];
  readonly problems: readonly string[];
  readonly identities: 'claims' | 'signed';
}

/** The commit that a release stands on. */
interface Deployed extends Omit<Reasons, 'policy'> {
  readonly kind: DeploymentKind;
  readonly subject: string;
  readonly author: Person;
  readonly committer: Person;
  readonly time: string;
  /** Who brought it there after a review on the host; null: there was none. */
  readonly landed: Landed | null;
  readonly promotedFrom: Oid | null;
  /** The candidate by whose tag it was named. */
  readonly promotedTag: string | null;
  readonly rolledBackTo: Oid | null;
  /** The review of what was done by breaking the glass; null: there is none. */
  readonly reviewed: { readonly by: Person; readonly time: string } | null;
}

interface Tagged {
  /** The tag object; null for a lightweight tag, which says nothing. */
  readonly oid: Oid | null;
  readonly by: Person | null;
  readonly time: string;
  readonly notes: string | null;
}

interface ReleasePolicy {
  /** The commit of the default branch; null where none is recorded. */
  readonly commit: Oid | null;
  readonly way: Way;
  /** What the environment asked of that way in; null where it cannot be told. */
  readonly yaml: string | null;
}

/** Returns everything that the repository knows of a release. Throws `UNKNOWN_RELEASE`, and `NOT_A_RELEASE` for another tag. */
export async function releaseEvidence(view: View, tag: string, sha256: Sha256): Promise<ReleaseEvidence> {
  const workspace = await readWorkspace(view);
  const { environment, dated, version } = await findRelease(view, workspace, tag);
  const { commit, start } = dated;
  const snapshot = await view.snapshot(commit.tree);
  const landing = await knownLanding(view, workspace, commit);
  const said = asDecided(messageOf(dated), landing);
  const { policy, ...reasons } = reasonsOf(said);
  const previous = await releaseBelow(view, environment, commit.parents[0]);
  const before = await view.snapshot(previous?.commit.tree ?? EMPTY_TREE);
  const changes = await serviceChanges(before, snapshot);
  const recipe = await recipeOf(snapshot);
  const evidence = new EvidenceReader(await Evidence.in(view, workspace));
  const then = policy === null ? null : await earlierWorkspace(view, workspace, policy);
  const at = { snapshot, commit: commit.oid, after: commit.parents[0] ?? null };
  const way = await wayOf(said, deploymentKind(commit), () => ranBefore(view, environment, at));
  const source = trailer(said, 'Promoted-From') ?? trailer(said, 'Rolled-Back-To') ?? commit.oid;
  const signed = await view.signed(commit.oid);
  const key = signed === null ? undefined : signerKey(view, signed, GIT_NAMESPACE);
  const gates = await askedAgain({
    ...{ view, workspace, then, environment: environment.name, way, before, after: snapshot, changes },
    isPartial: trailer(said, 'Only') !== undefined,
    ...{ evidence: trailer(said, 'Evidence') ?? null, source, who: commit.author, now: start * 1000 },
    ...{ key, ticket: reasons.ticket ?? undefined },
  });
  const isSigned = gates.gates?.some(({ rule, passes }) => rule === 'signed' && passes) === true;
  const described = await describedRecipe(snapshot, sha256);
  const place = { environment: environment.name, recipe, onto: await groundsOf(view, commit) };
  const review = brokenAt(await evidence.brokenGlass(view, workspace), place)?.review;
  const reviewed = review == null ? null : { by: review.by, time: review.time };
  const facts = {
    identities: isSigned ? ('signed' as const) : ('claims' as const),
    tag,
    recipe,
    deployment: { ...deployedBy(dated, said, landing), ...reasons, reviewed },
    tagged: taggedBy(view, dated),
    changes: await releasedChanges(view, workspace, changes),
    services: (await serviceStatuses(snapshot)).statuses,
    tests: await testsOf(evidence, recipe, changes),
    approvals: await evidence.approvals(recipe, environment.name),
    policy: { commit: policy, way, yaml: policyText(then, environment, way) },
    gates,
  };
  const authors = await authorsOf(view, commit.oid, changes);
  return {
    version,
    environment: environment.name,
    commit: commit.oid,
    ...facts,
    described,
    previous: previous === undefined ? null : { tag: previous.release.tag, commit: previous.commit.oid },
    authors: [...authors].map(([email, name]) => ({ name, email })),
    ranBefore: await ranElsewhere(view, workspace, environment, recipe, start),
    missing: await knownMissing({ ...facts, time: isoTime(start) }, evidence),
    verify: await verification(view, facts, commit.oid, described),
    problems: evidence.problems,
    identities: facts.identities,
  };
}

async function releaseBelow(view: View, environment: Environment, parent: Oid | undefined) {
  return parent === undefined ? undefined : (await releasesOn(view, environment, view.line(parent), 1))[0];
}

/** Returns what the commit says, and what its tag says where that was put on it later. */
function messageOf({ commit, tag }: DatedRelease): Message {
  const message = parseMessage(commit.message);
  const said = tag === null ? [] : parseMessage(tag.message).trailers;
  return { ...message, trailers: [...said, ...message.trailers] };
}

async function wayOf(said: Message, kind: DeploymentKind, isBack: () => Promise<boolean>): Promise<Way> {
  if (kind === 'rollback') return 'rollback';
  if (kind === 'promotion') return trailer(said, 'Only') === undefined ? 'promotion' : 'partial';
  return (await isBack()) ? 'rollback' : 'promotion';
}

function deployedBy({ commit }: DatedRelease, said: Message, landing: LandingStatement | null) {
  return {
    kind: deploymentKind(commit),
    subject: said.subject,
    author: personOf(commit.author),
    committer: personOf(commit.committer),
    time: landing?.time ?? isoTime(commit.committer.time),
    landed: landing === null ? null : { by: landing.by, url: landing.url ?? null },
    promotedFrom: trailer(said, 'Promoted-From') ?? null,
    promotedTag: trailer(said, 'Promoted-Tag') ?? null,
    rolledBackTo: trailer(said, 'Rolled-Back-To') ?? null,
  };
}

function taggedBy(view: View, { release, tag, start }: DatedRelease): Tagged {
  if (tag === null) return { oid: null, by: null, time: isoTime(start), notes: null };
  const oid = view.refs.tags.get(release.tag)?.oid ?? null;
  const by = tag.tagger === null ? null : personOf(tag.tagger);
  return { oid, by, time: isoTime(tag.tagger?.time ?? start), notes: tag.message };
}

function personOf({ name, email }: Signature): Person {
  return { name, email };
}

async function releasedChanges(
  view: View,
  workspace: Workspace,
  changes: readonly ServiceChange[],
): Promise<ReleasedChange[]> {
  const subjects = await changeSubjects(view, workspace, changes);
  const imagesOf = (pin: Pin | null | undefined) => (pin?.images ?? []).map(pinnedReference);
  return diffChanges(changes).map((change, index) => ({
    ...change,
    imagesBefore: imagesOf(changes[index]?.before),
    images: imagesOf(changes[index]?.after),
    subjects: subjects.get(change.id) ?? [],
  }));
}

/** Returns what suites said of a recipe, and of the builds that are new in it. */
async function testsOf(evidence: EvidenceReader, recipe: Oid, changes: readonly ServiceChange[]): Promise<TestRun[]> {
  const builds = changes.flatMap(({ id: service, after }) =>
    after === null ? [] : [{ kind: 'build' as const, service, commit: after.commit }],
  );
  const runs = await Promise.all([{ kind: 'recipe' as const, recipe }, ...builds].map((one) => evidence.tests(one)));
  return runs.flat();
}

async function ranElsewhere(
  view: View,
  workspace: Workspace,
  environment: Environment,
  recipe: Oid,
  time: number,
): Promise<ReleaseEvidence['ranBefore']> {
  const others = workspace.environments.filter(({ name }) => name !== environment.name);
  const ran = await Promise.all(
    others.map(async (other) => {
      const tip = commitAt(await timeline(view, workspace, other), time)?.commit.oid;
      if (tip === undefined) return [];
      const stood = await ranFor(
        view,
        workspace,
        tip,
        new Map([['', recipe]]),
        Number.POSITIVE_INFINITY,
        time * 1000,
        recipeOf,
      );
      const seconds = stood.seconds.get('');
      return seconds === undefined ? [] : [{ environment: other.name, seconds }];
    }),
  );
  return ran.flat();
}

function policyText(then: Workspace | null, { name }: Environment, way: Way): string | null {
  const policy = then?.environments.find((one) => one.name === name)?.policy;
  return policy === undefined ? null : stringify(policyFor(policy, way), { lineWidth: 0 });
}

async function verification(
  view: View,
  { tag, tagged, deployment }: Pick<ReleaseEvidence, 'tag' | 'tagged' | 'deployment'>,
  commit: Oid,
  described: readonly Described[],
): Promise<ReleaseEvidence['verify']> {
  const { gitTree = '', dirHash1 = '' } = described[0]?.digest ?? {};
  const name = /^[\w./+-]+$/.test(tag) ? tag : `'${tag.replaceAll("'", "'\\''")}'`;
  const source = deployment.promotedFrom === null ? null : await view.expand(deployment.promotedFrom);
  const came = source === null ? null : await recipeOf(await view.snapshot((await view.commit(source)).tree));
  const hash = `git -c core.quotePath=false ls-tree -r ${name}:apps | grep ^100 | while read -r mode type id path; do echo "$(git cat-file blob "$id" | sha256sum | cut -c1-64)  $path"; done | sha256sum | cut -c1-64`;
  return [
    ...(tagged.oid === null ? [] : [{ command: `git rev-parse ${name}`, prints: tagged.oid }]),
    { command: `git rev-parse ${name}^0`, prints: commit },
    { command: `git rev-parse ${name}:apps`, prints: gitTree },
    ...(source === null || came === null ? [] : [{ command: `git rev-parse ${source}:apps`, prints: came }]),
    { command: hash, prints: dirHash1 },
  ];
}
