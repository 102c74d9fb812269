import type { CheckSettings } from '../files/check-settings.ts';
import { servicesIn } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import { pinPath } from '../files/pin.ts';
import type { Service } from '../files/service.ts';
import { headOf } from '../history/deployment.ts';
import { resolve } from '../history/resolve.ts';
import type { Change, Snapshot, View } from '../history/snapshot.ts';
import { readService, readWorkspace, type Workspace, workspaceAt } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { updatedState } from '../plans/update.ts';
import { recipeBreaks } from '../rules/recipe-breaks.ts';
import { breakReason } from '../rules/requires.ts';

/** What the manifests of environments are, or would be, and what is asked of them. */
export interface CheckedStates {
  /** In promotion order; environments whose branch has not begun are left out. */
  readonly states: readonly { readonly environment: Environment; readonly snapshot: Snapshot }[];
  readonly settings: CheckSettings;
  /** Returns what the default branch, or the revision, says of a service. */
  readonly service: (id: ServiceId) => Promise<Service | null>;
  /** Returns what the services of a state require and do not have there, a sentence each. */
  readonly broken: (snapshot: Snapshot) => Promise<readonly { readonly service: ServiceId; readonly reason: string }[]>;
}

/**
 * Returns what is on the branches of environments. At a commit: the recipe that it holds, as each environment would run
 * it; or, where it pins nothing, what an update to it would make of each environment, with services that run nowhere yet. Throws as `readWorkspace` and `resolve` do.
 */
export async function checkedStates(view: View, at?: string): Promise<CheckedStates> {
  const workspace = await readWorkspace(view);
  if (at === undefined) return { ...(await statesOf(view, workspace, ({ snapshot }) => snapshot)), ...said(workspace) };
  const { commit, snapshot } = await resolve(view, workspace, at);
  if (await isPinned(snapshot)) {
    const states = workspace.environments.map((environment) => ({ environment, snapshot }));
    return { states, ...said(workspace) };
  }
  const then = await workspaceAt(view, workspace.branch, commit.oid);
  const { states } = await statesOf(view, then, (head, environment) => updatedState(head.snapshot, then, environment));
  return { states: await withNewServices(states, then.snapshot), ...said(then) };
}

/** Returns states with those services of the default branch that run in none of them yet: as each would first run them, but for the build. */
async function withNewServices(states: CheckedStates['states'], main: Snapshot): Promise<CheckedStates['states']> {
  const running = new Set((await Promise.all(states.map(({ snapshot }) => servicesIn(snapshot, 'apps')))).flat());
  const changes: Change[] = [];
  for (const id of await servicesIn(main, 'apps')) {
    const folder = running.has(id) ? null : await main.entry(`apps/${id}`);
    if (folder !== null) changes.push({ path: `apps/${id}`, put: { tree: folder.oid } });
  }
  if (changes.length === 0) return states;
  return Promise.all(
    states.map(async ({ environment, snapshot }) => ({ environment, snapshot: await snapshot.with(changes) })),
  );
}

function said(workspace: Workspace): Omit<CheckedStates, 'states'> {
  return {
    settings: workspace.check,
    service: (id) => readService(workspace, id),
    broken: async (snapshot) =>
      ((await recipeBreaks(workspace, snapshot)) ?? []).map((one) => ({
        service: one.service,
        reason: breakReason(one),
      })),
  };
}

async function statesOf(
  view: View,
  { environments }: Workspace,
  state: (head: { snapshot: Snapshot }, environment: Environment) => Snapshot | Promise<Snapshot>,
): Promise<Pick<CheckedStates, 'states'>> {
  const states = await Promise.all(
    environments.map(async (environment) => {
      const head = await headOf(view, environment);
      return head === null ? [] : [{ environment, snapshot: await state(head, environment) }];
    }),
  );
  return { states: states.flat() };
}

/** Returns whether a state pins builds: one of the default branch lists resources alone. */
async function isPinned(snapshot: Snapshot): Promise<boolean> {
  const [first] = await servicesIn(snapshot, 'apps');
  if (first === undefined) return false;
  const text = new TextDecoder().decode((await snapshot.read(pinPath(first))) ?? new Uint8Array());
  return text.includes('\ncommonAnnotations:');
}
