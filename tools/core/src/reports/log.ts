import type { Environment } from '../files/environment.ts';
import { abreast, type DeploymentKind, deploymentKind, headOf, recipeOf } from '../history/deployment.ts';
import { parseMessage, trailer } from '../history/message.ts';
import { type ServiceChange, serviceChanges, tagsAt } from '../history/release.ts';
import { changeLabel } from '../history/release-notes.ts';
import type { Commit, View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { EMPTY_TREE } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { straysOf } from './status.ts';

export interface LoggedChange {
  readonly id: ServiceId;
  readonly from: Oid | null;
  readonly to: Oid | null;
  readonly label: string;
}

/** One deployment, as `git log` of the branch knows it. */
export interface LogEntry {
  readonly commit: Oid;
  readonly kind: DeploymentKind;
  readonly subject: string;
  readonly author: { readonly name: string; readonly email: string };
  /** When it was committed, RFC 3339 in UTC. */
  readonly time: string;
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
  if (head !== null && head.commit !== null) {
    const portion = Math.min(request.limit, MOST_ABREAST);
    for await (const commits of abreast(view.line(head.commit.oid), portion)) {
      const entries = await Promise.all(commits.map((commit) => entryOf(view, environment, commit, request.service)));
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
  environment: Environment,
  commit: Commit,
  service: ServiceId | undefined,
): Promise<LogEntry | null> {
  const changes = await changesOf(view, commit);
  if (service !== undefined && !changes.some(({ id }) => id === service)) return null;
  return logEntry(view, environment, commit, changes);
}

/** Returns what the log says of a commit that made some changes. */
export async function logEntry(
  view: View,
  environment: Environment,
  commit: Commit,
  changes: readonly ServiceChange[],
): Promise<LogEntry> {
  const message = parseMessage(commit.message);
  const ids = changes.map(({ id }) => id);
  return {
    commit: commit.oid,
    kind: deploymentKind(commit),
    subject: message.subject,
    author: { name: commit.author.name, email: commit.author.email },
    time: isoTime(commit.committer.time),
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
