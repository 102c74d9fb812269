import { EleventhError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import { knownLanding } from '../evidence/landing.ts';
import type { Person } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import { type BrokenGlass, brokenAt, brokenGlass, groundsOf } from '../gates/break-glass.ts';
import { abreast, type DeploymentKind, deploymentKind, headOf, recipeOf } from '../history/deployment.ts';
import { brokenRulesIn, parseMessage, trailer } from '../history/message.ts';
import { type ServiceChange, serviceChanges, tagsAt } from '../history/release.ts';
import { changeLabel } from '../history/release-notes.ts';
import type { Commit, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { EMPTY_TREE } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { straysOf } from './hand-made.ts';

export interface LoggedChange {
  readonly id: ServiceId;
  readonly from: Oid | null;
  readonly to: Oid | null;
  readonly label: string;
}

/** The gates that a deployment passed by breaking the glass, why, and who else reviewed that; null: nobody. */
export interface LoggedGlass {
  readonly rules: readonly string[];
  readonly why: string | null;
  readonly reviewedBy: Person | null;
}

/** How a change landed that was put to review. */
export interface Landed {
  readonly by: Person;
  readonly url: string | null;
}

/** One deployment, as `git log` of the branch knows it, and what is known of broken glass. */
export interface LogEntry extends Deployed {
  readonly breakGlass: LoggedGlass | null;
}

/** One deployment, as `git log` of the branch knows it. */
export interface Deployed {
  readonly commit: Oid;
  readonly kind: DeploymentKind;
  readonly subject: string;
  readonly author: { readonly name: string; readonly email: string };
  /** When it was committed or, after a review on the host, landed, RFC 3339 in UTC. */
  readonly time: string;
  /** Who brought it there after that review, and where the review is; null: there was none. */
  readonly landed: Landed | null;
  readonly recipe: Oid;
  readonly release: string | null;
  readonly promotedFrom: Oid | null;
  readonly rolledBackTo: Oid | null;
  readonly changes: readonly LoggedChange[];
  /** Services that a bare revert changed though the commit it undoes had not. */
  readonly strays: readonly ServiceId[];
}

export interface Log {
  readonly environment: string;
  readonly branch: string;
  readonly deployments: readonly LogEntry[];
}

interface LogRequest {
  readonly environment: string;
  /** At most so many, newest first. */
  readonly limit: number;
  readonly service?: ServiceId | undefined;
}

/** How many deployments are looked at side by side at first: each would take round trips of its own. */
const MOST_ABREAST = 64;

/** Returns an environment's deployments, newest first. */
export async function log(view: View, request: LogRequest): Promise<Log> {
  const workspace = await readWorkspace(view);
  const environment = findEnvironment(workspace, request.environment);
  const head = await headOf(view, environment);
  const deployments: LogEntry[] = [];
  const glass = knownGlass(view, workspace);
  if (head !== null && head.commit !== null) {
    const portion = Math.min(request.limit, MOST_ABREAST);
    for await (const commits of abreast(view.line(head.commit.oid), portion)) {
      const entries = await Promise.all(
        commits.map((commit) => entryOf(view, workspace, environment, commit, glass, request.service)),
      );
      deployments.push(...entries.filter((each) => each !== null));
      if (deployments.length >= request.limit) break;
    }
  }
  return {
    environment: environment.name,
    branch: environment.branch,
    deployments: deployments.slice(0, request.limit),
  };
}

/** Returns the entry of a commit, or null when it did not change the service asked for. */
async function entryOf(
  view: View,
  workspace: Workspace,
  environment: Environment,
  commit: Commit,
  glass: Promise<readonly BrokenGlass[]>,
  service: ServiceId | undefined,
): Promise<LogEntry | null> {
  const changes = await changesOf(view, commit);
  if (service !== undefined && !changes.some(({ id }) => id === service)) return null;
  const entry = await logEntry(view, workspace, environment, commit, changes);
  const place = { environment: environment.name, recipe: entry.recipe, onto: await groundsOf(view, commit) };
  return { ...entry, breakGlass: glassOf(commit, brokenAt(await glass, place)) };
}

/** Returns all that is known of broken glass; nothing where that cannot be read, which `status` says. */
async function knownGlass(view: View, workspace: Workspace): Promise<readonly BrokenGlass[]> {
  try {
    return await brokenGlass(view, workspace, await Evidence.in(view, workspace));
  } catch (error) {
    if (error instanceof EleventhError) return [];
    throw error;
  }
}

/** Returns what a commit's message and statements say of broken glass. */
function glassOf(commit: Commit, known: BrokenGlass | null): LoggedGlass | null {
  if (known !== null) {
    const { rules, reason } = known.statement;
    return { rules, why: reason, reviewedBy: known.review?.by ?? null };
  }
  const message = parseMessage(commit.message);
  const rules = brokenRulesIn(message);
  return rules.length === 0 ? null : { rules, why: trailer(message, 'Why') ?? null, reviewedBy: null };
}

/** Returns what the log says of a commit that made some changes. */
export async function logEntry(
  view: View,
  workspace: Workspace,
  environment: Environment,
  commit: Commit,
  changes: readonly ServiceChange[],
): Promise<Deployed> {
  const message = parseMessage(commit.message);
  const ids = changes.map(({ id }) => id);
  const landing = await knownLanding(view, workspace, commit);
  return {
    commit: commit.oid,
    kind: deploymentKind(commit),
    subject: message.subject,
    author: { name: commit.author.name, email: commit.author.email },
    time: landing?.time ?? isoTime(commit.committer.time),
    landed: landing === null ? null : { by: landing.by, url: landing.url ?? null },
    recipe: await recipeOf(await view.snapshot(commit.tree)),
    release: tagsAt(view, environment, commit.oid)[0] ?? null,
    promotedFrom: trailer(message, 'Promoted-From') ?? null,
    rolledBackTo: trailer(message, 'Rolled-Back-To') ?? null,
    changes: loggedChanges(changes),
    strays: await straysOf(view, commit, ids),
  };
}

/** Returns the services that a commit changed. */
export async function changesOf(view: View, commit: Commit): Promise<ServiceChange[]> {
  const [parent] = commit.parents;
  const before = await view.snapshot(parent === undefined ? EMPTY_TREE : (await view.commit(parent)).tree);
  return serviceChanges(before, await view.snapshot(commit.tree));
}

/** Returns service changes as reports show them. */
export function loggedChanges(changes: readonly ServiceChange[]): LoggedChange[] {
  return changes.map(({ id, before, after }) => ({
    id,
    from: before?.commit ?? null,
    to: after?.commit ?? null,
    label: changeLabel(before, after),
  }));
}
