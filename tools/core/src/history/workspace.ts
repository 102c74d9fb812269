import { EleventhError, refusal, usageError } from '../error.ts';
import { ALLOWED_SIGNERS, type AllowedSigners, parseAllowedSigners } from '../files/allowed-signers.ts';
import type { CheckSettings } from '../files/check-settings.ts';
import { environmentFolders, servicesIn } from '../files/derived-list.ts';
import { type Environment, environmentPath, inPromotionOrder, parseEnvironment } from '../files/environment.ts';
import { parseService, type Service, servicePath } from '../files/service.ts';
import { type Key, parseWorkspaceFile, WORKSPACE_FILE } from '../files/workspace-file.ts';
import { utf8 } from '../files/yaml-file.ts';
import { quoted, type ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { nameHint } from '../names/suggestion.ts';
import { contains } from './deployment.ts';
import type { Snapshot, View } from './snapshot.ts';

/** The default branch at one commit: what people reviewed. Policy and services are read from here alone. */
export interface Workspace {
  readonly branch: string;
  readonly commit: Oid;
  readonly snapshot: Snapshot;
  /** In promotion order. */
  readonly environments: readonly Environment[];
  /** Where `pin` goes and `compose` starts. */
  readonly first: Environment;
  /** The branch that holds what is known of recipes and builds. */
  readonly attestations: string;
  /** The e-mail addresses of each team's people. */
  readonly teams: Readonly<Record<string, readonly string[]>>;
  /** The e-mail address of each person by the name that the host of the repository knows them by. */
  readonly logins: Readonly<Record<string, string>>;
  /** What each key may push; null: nobody is told apart. */
  readonly keys: Readonly<Record<string, Key>> | null;
  /** What is asked of manifests. */
  readonly check: CheckSettings;
  /** Who may sign; without the file, nobody. */
  readonly signers: AllowedSigners;
}

/** What `readWorkspace` reads of the default branch. */
export const WORKSPACE_PATHS = [WORKSPACE_FILE, ALLOWED_SIGNERS, environmentPath('*')];

/** Returns the workspace of a repository, or throws `EMPTY_REPOSITORY`, `NOT_A_WORKSPACE`, or what its files are refused for. */
export async function readWorkspace(view: View): Promise<Workspace> {
  const { head, branches } = view.refs;
  if (branches.size === 0) {
    throw new EleventhError('EMPTY_REPOSITORY', 'The repository is empty: it has no branch yet.', {
      hint: 'eleventh init <folder> --remote <url>',
    });
  }
  // HEAD may name a branch that an environment deploys from: that one is written by tools, not reviewed by people.
  let problem: unknown;
  for (const branch of new Set([head, 'main', 'workspace'])) {
    const commit = branch === null ? undefined : branches.get(branch);
    if (branch === null || commit === undefined) continue;
    try {
      const workspace = await workspaceAt(view, branch, commit);
      if (!workspace.environments.some((environment) => environment.branch === branch)) return workspace;
    } catch (error) {
      if (!(error instanceof EleventhError) || error.code !== 'NOT_A_WORKSPACE') throw error;
      problem ??= error;
    }
  }
  throw problem ?? noDefaultBranch(head ?? 'main');
}

/**
 * Returns the workspace as an earlier commit of the default branch had it, or null where that line never had the commit,
 * or the commit's files cannot be read.
 */
export async function earlierWorkspace(view: View, { branch, commit }: Workspace, oid: Oid): Promise<Workspace | null> {
  if (!(await contains(view.line(commit), oid))) return null;
  try {
    return await openWorkspace(branch, oid, await view.snapshot((await view.commit(oid)).tree));
  } catch (error) {
    if (error instanceof EleventhError) return null;
    throw error;
  }
}

/** A checkout of CI often has one branch alone. */
function noDefaultBranch(branch: string): EleventhError {
  const message = `There is no branch ${branch} here, whose files would say what the workspace is.`;
  return new EleventhError('NOT_A_WORKSPACE', message, {
    hint: "git fetch origin '+refs/heads/*:refs/remotes/origin/*' brings every branch; --repo <url or path> names another repository.",
  });
}

function notAWorkspace(branch: string): EleventhError {
  const message = `The branch ${branch} is not an Eleventh workspace: it has no ${WORKSPACE_FILE} or no environment.`;
  return new EleventhError('NOT_A_WORKSPACE', message, {
    hint: '--repo <url or path> names another repository, and eleventh init <folder> begins one.',
  });
}

/** Returns the workspace that one commit holds, under the name that people know it by; throws as `readWorkspace` does. */
export async function workspaceAt(view: View, name: string, commit: Oid): Promise<Workspace> {
  return openWorkspace(name, commit, await view.snapshot((await view.commit(commit)).tree));
}

/** Returns the workspace that a state of the default branch's files makes. */
async function openWorkspace(branch: string, commit: Oid, snapshot: Snapshot): Promise<Workspace> {
  const folder = await snapshot.entry('environments');
  if (folder === null) throw notAWorkspace(branch);
  // Reading YAML takes longer than all else, and environments seldom change.
  const described = await snapshot.remembered('environments-7', folder.oid, () => readEnvironments(snapshot));
  if (described === null) throw notAWorkspace(branch);
  const { environments, defaultEnvironment, attestations, teams, logins, keys, check, signers } = described;
  const ordered = inPromotionOrder(environments, defaultEnvironment);
  const first = defaultEnvironment === undefined ? ordered[0] : ordered.find(({ name }) => name === defaultEnvironment);
  if (first === undefined) {
    throw new EleventhError(
      'NO_ENVIRONMENT',
      `${WORKSPACE_FILE} names ${defaultEnvironment}, which is not an environment.`,
      { exitCode: 3, hint: 'eleventh env list' },
    );
  }
  const taken = ordered.find((environment) => environment.branch === attestations)?.name;
  if (taken !== undefined || branch === attestations) {
    const user = taken === undefined ? 'what people review stands there' : `${taken} deploys from there`;
    throw refusal('INVALID_FILE', `${WORKSPACE_FILE}: spec.attestations.branch is ${attestations}, but ${user}.`, {
      hint: `Name another branch in ${WORKSPACE_FILE}.`,
      details: { path: WORKSPACE_FILE, field: 'spec.attestations.branch' },
    });
  }
  return { branch, commit, snapshot, environments: ordered, first, attestations, teams, logins, keys, check, signers };
}

/** Returns what the files below `environments/` say, or null when they are not those of a workspace. */
async function readEnvironments(snapshot: Snapshot) {
  const settings = await snapshot.read(WORKSPACE_FILE);
  const signers = parseAllowedSigners(new TextDecoder().decode((await snapshot.read(ALLOWED_SIGNERS)) ?? undefined));
  const environments = await Promise.all(
    (await environmentFolders(snapshot)).map(async (name) => {
      const bytes = await snapshot.read(environmentPath(name));
      return bytes === null ? [] : [parseEnvironment(name, utf8(environmentPath(name), bytes))];
    }),
  );
  if (settings === null || environments.flat().length === 0) return null;
  return { environments: environments.flat(), signers, ...parseWorkspaceFile(utf8(WORKSPACE_FILE, settings)) };
}

/** Returns the environment of that name, or throws `UNKNOWN_ENVIRONMENT`. */
export function findEnvironment(workspace: Workspace, name: string): Environment {
  const found = workspace.environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  throw usageError(
    'UNKNOWN_ENVIRONMENT',
    `There is no environment ${quoted(name)}.`,
    nameHint(
      name,
      workspace.environments.map((environment) => environment.name),
    ),
  );
}

/** Returns the ids of all services that people keep on the default branch. */
export async function serviceIds(workspace: Workspace): Promise<ServiceId[]> {
  return servicesIn(workspace.snapshot, 'apps');
}

/** Returns the service of that id, or throws `UNKNOWN_SERVICE`. */
export async function findService(workspace: Workspace, id: ServiceId): Promise<Service> {
  const service = await readService(workspace, id);
  if (service !== null) return service;
  throw unknownService(id, await serviceIds(workspace), `on ${workspace.branch}`);
}

/** Returns the service of that id, or null when the default branch has none. */
export async function readService({ snapshot }: Workspace, id: ServiceId): Promise<Service | null> {
  // The folder's id stands in the list of all of them: of a thousand services none has to be read to know it again.
  const folder = await snapshot.entry(`apps/${id}`);
  if (folder === null) return null;
  return snapshot.remembered('service-3', `${id} ${folder.oid}`, async () => {
    const path = servicePath(id);
    const bytes = await snapshot.read(path);
    return bytes === null ? null : parseService(id, utf8(path, bytes));
  });
}

/** Returns the error of an id that is not among some services. */
export function unknownService(id: string, known: Iterable<ServiceId>, where: string): EleventhError {
  return usageError(
    'UNKNOWN_SERVICE',
    `There is no service ${quoted(id)} ${where}.`,
    nameHint(id, known) ?? `eleventh service add ${id}`,
  );
}
