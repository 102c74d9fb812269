import { usageError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import type { Environment } from '../files/environment.ts';
import { recipeOf } from '../history/deployment.ts';
import type { View } from '../history/snapshot.ts';
import { commitAt, type DatedCommit, releaseAt, timeline } from '../history/timeline.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { type AuditedChange, commitChanges, releaseChanges } from './audited-change.ts';
import { EvidenceReader } from './evidence-reader.ts';
import { momentOf } from './moment.ts';
import { type ServiceStatus, serviceStatuses } from './service-status.ts';

/** What ran in an environment at a time. */
export interface AuditedState {
  readonly environment: string;
  readonly branch: string;
  /** null: nothing ran. */
  readonly commit: Oid | null;
  /** The tag that agents deployed, where the environment releases. */
  readonly release: string | null;
  /** From when on it ran, RFC 3339 in UTC. */
  readonly since: string | null;
  readonly recipe: Oid;
  readonly services: readonly ServiceStatus[];
}

interface Audited {
  /** What could not be read, or cannot be as it says. */
  readonly problems: readonly string[];
  /** `signed` where every environment of it takes only what listed keys signed; else names are what people wrote. */
  readonly identities: 'claims' | 'signed';
}

export interface AuditAt extends Audited {
  readonly at: string;
  readonly environments: readonly AuditedState[];
}

export interface AuditChanges extends Audited {
  /** Both ends belong to it. null: from the first commit, to the newest. */
  readonly from: string | null;
  readonly to: string | null;
  readonly environments: readonly string[];
  /** Newest first. */
  readonly changes: readonly AuditedChange[];
}

interface AuditRequest {
  /** These alone; empty: every one. */
  readonly environments: readonly string[];
  /** The present, in milliseconds since 1970. */
  readonly now: number;
}

/** Returns what ran where at a time; `at` as `momentOf` takes it, or throws as that does. */
export async function auditAt(view: View, request: AuditRequest & { readonly at: string }): Promise<AuditAt> {
  const { workspace, lines, startOf } = await open(view, request);
  const at = await momentOf(view, workspace, request.at, 'first', startOf);
  const states = await Promise.all(lines.map((line) => stateAt(view, line, at)));
  return {
    at: isoTime(at),
    environments: states,
    problems: datedAhead(lines, request.now),
    identities: identitiesOf(lines),
  };
}

function identitiesOf(lines: readonly Line[]): Audited['identities'] {
  return lines.every(({ environment }) => environment.policy.signed === 'required') ? 'signed' : 'claims';
}

/** @param at in seconds since 1970. */
async function stateAt(view: View, { environment, line }: Line, at: number): Promise<AuditedState> {
  const { name, branch } = environment;
  const isReleasing = environment.release !== undefined;
  const released = isReleasing ? await releaseAt(view, environment, line, at) : undefined;
  const ran = isReleasing ? released : commitAt(line, at);
  const facts = { environment: name, branch, release: released?.release.tag ?? null };
  if (ran === undefined) return { ...facts, commit: null, since: null, recipe: EMPTY_TREE, services: [] };
  const snapshot = await view.snapshot(ran.commit.tree);
  const [recipe, { statuses }] = await Promise.all([recipeOf(snapshot), serviceStatuses(snapshot)]);
  return { ...facts, commit: ran.commit.oid, since: isoTime(ran.start), recipe, services: statuses };
}

/** Returns every change of a span, newest first; its ends as `momentOf` takes them, or throws as that does, and `BAD_SPAN`. */
export async function auditChanges(
  view: View,
  request: AuditRequest & { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<AuditChanges> {
  const { workspace, lines, startOf } = await open(view, request);
  const end = async (text: string | undefined, edge: 'first' | 'last') =>
    text === undefined ? null : momentOf(view, workspace, text, edge, startOf);
  const [from, to] = [await end(request.from, 'first'), await end(request.to, 'last')];
  if (from !== null && to !== null && from > to) {
    throw usageError(
      'BAD_SPAN',
      `${request.from} (${isoTime(from)}) is after ${request.to} (${isoTime(to)}).`,
      `--from ${request.to} --to ${request.from}`,
    );
  }
  const span = { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY };
  const evidence = new EvidenceReader(await Evidence.in(view, workspace));
  const found: (readonly [number, AuditedChange])[] = [];
  // Of one second, what happened further along comes first: there it was made of what is further back.
  for (const { environment, line } of lines.toReversed()) {
    const facts = { view, workspace, evidence, environment, line, span };
    found.push(...(await releaseChanges(facts)), ...(await commitChanges(facts)));
  }
  return {
    from: from === null ? null : isoTime(from),
    to: to === null ? null : isoTime(to),
    environments: lines.map(({ environment }) => environment.name),
    changes: found.sort(([a], [b]) => b - a).map(([, change]) => change),
    problems: [...datedAhead(lines, request.now), ...evidence.problems],
    identities: identitiesOf(lines),
  };
}

interface Line {
  readonly environment: Environment;
  readonly line: readonly DatedCommit[];
}

async function open(view: View, request: AuditRequest) {
  const workspace: Workspace = await readWorkspace(view);
  const asked = new Set(request.environments.map((name) => findEnvironment(workspace, name).name));
  const chosen = workspace.environments.filter(({ name }) => asked.size === 0 || asked.has(name));
  const lines = await Promise.all(
    chosen.map(
      async (environment): Promise<Line> => ({ environment, line: await timeline(view, workspace, environment) }),
    ),
  );
  const starts = new Map(lines.flatMap(({ line }) => line.map(({ commit, start }) => [commit.oid, start] as const)));
  return { workspace, lines, startOf: (commit: Oid) => starts.get(commit) };
}

/** How far ahead of ours, in seconds, the clock of whoever made a commit may be. */
const AHEAD = 300;

/** Returns what makes the times of an environment untrue, since later ones never count from before it. */
function datedAhead(lines: readonly Line[], now: number): string[] {
  return lines.flatMap(({ environment, line }) => {
    const first = line.findLast(({ commit }) => commit.committer.time > now / 1000 + AHEAD);
    if (first === undefined) return [];
    const { oid, committer } = first.commit;
    return [
      `${short(oid)} on ${environment.branch} is dated ${isoTime(committer.time)}, in the future: when it and what came after it began to run cannot be told`,
    ];
  });
}
