import { refusal, usageError } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import { folderChanges, pinOf } from '../history/deployment.ts';
import { requirementsOf } from '../history/requirements.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { unknownService, type Workspace } from '../history/workspace.ts';
import { quoted, type ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import { buildLabel } from '../rules/build-order.ts';
import { type Demand, demandsOn, meets } from '../rules/requires.ts';
import { searchBuilds } from './build-search.ts';
import { LOOK_BACK, newestCompatible } from './compatible.ts';
import type { ComposeRequest } from './compose.ts';

/** A service whose build in the candidate is not the source's newest. */
export interface Replacement {
  readonly id: ServiceId;
  readonly from: Pin;
  /** null: no build of it may enter, so the candidate goes without the service. */
  readonly to: Pin | null;
  readonly why: 'set' | 'without' | 'policy' | 'requires';
  /** What other services require, and the build that would have gone otherwise is not. */
  readonly requiredBy: readonly Demand[];
}

/** A replacement with the folder that takes the other's place. */
export interface Choice extends Replacement {
  readonly folder: Oid | null;
}

/** Where builds are chosen from, and what they are chosen for. */
export interface Choosable {
  readonly view: View;
  readonly workspace: Workspace;
  readonly from: Environment;
  readonly targets: readonly Environment[];
  readonly commit: Commit;
  readonly head: Snapshot;
  readonly enters: (id: ServiceId, pin: Pin) => Promise<boolean>;
}

/** Returns the services that do not go as they are, with the build of the environment's own history that goes instead. */
export async function chooseBuilds(from: Choosable, request: ComposeRequest): Promise<Choice[]> {
  const pins = await pinsOf(from);
  refuseUnknown([...pins.keys()], request);
  const chosen = await chooseAllowed(from, pins, request);
  return request.newestCompatible === true ? chooseCompatible(from, pins, chosen, request) : chosen;
}

async function pinsOf({ view, head }: Choosable): Promise<Map<ServiceId, Pin>> {
  const present = await folderChanges(await view.snapshot(EMPTY_TREE), head);
  const pins = present.map(async ({ id }): Promise<[ServiceId, Pin][]> => {
    const pin = await pinOf(head, id);
    return pin === null ? [] : [[id, pin]];
  });
  return new Map((await Promise.all(pins)).flat());
}

function refuseUnknown(ids: readonly ServiceId[], { set, without = [] }: ComposeRequest): void {
  const unknown = [...(set?.keys() ?? []), ...without].find((id) => !ids.includes(id));
  if (unknown !== undefined) throw unknownService(unknown, ids, 'in the recipe');
  const both = without.find((id) => set?.has(id));
  if (both !== undefined)
    throw usageError('SET_AND_WITHOUT', `${both} cannot be both set and left out.`, 'eleventh compose --help');
}

/** A service for which another build is looked for. */
interface Waiting {
  readonly from: Pin;
  readonly why: Replacement['why'];
  readonly isNamed: boolean;
  readonly accepts: (pin: Pin) => Promise<boolean>;
}

/** Returns what goes instead of what somebody wants otherwise, or policy keeps out. */
async function chooseAllowed(
  { view, commit, targets, enters }: Choosable,
  pins: ReadonlyMap<ServiceId, Pin>,
  { set, without }: ComposeRequest,
): Promise<Choice[]> {
  const waiting = new Map<ServiceId, Waiting>();
  for (const [id, from] of pins) {
    const wanted = set?.get(id);
    const wait = (why: Waiting['why'], accepts: Waiting['accepts']) =>
      waiting.set(id, { from, why, isNamed: why === 'set', accepts });
    if (wanted !== undefined) wait('set', async (pin) => pin.commit.startsWith(wanted));
    else if (without?.includes(id)) wait('without', async (pin) => pin.commit !== from.commit && enters(id, pin));
    else if (!(await enters(id, from))) wait('policy', (pin) => enters(id, pin));
  }
  const { found } = await searchBuilds(view, commit.oid, waiting);
  const choices: Choice[] = [];
  for (const [id, { from, why }] of waiting) {
    const choice = found.get(id);
    if (choice === undefined && why === 'set') throw unknownBuild(id, set?.get(id) ?? '');
    if (choice !== undefined && why === 'set' && !(await enters(id, choice.pin))) {
      const names = targets.map(({ name }) => name).join(' and ');
      throw refusal(
        'POLICY_REFUSED',
        `${id} ${buildLabel(choice.pin)} of ${choice.pin.branch} may not enter ${names}.`,
        { hint: 'eleventh env list' },
      );
    }
    if (choice?.pin.commit !== from.commit || why !== 'set')
      choices.push({ id, from, why, to: choice?.pin ?? null, folder: choice?.folder ?? null, requiredBy: [] });
  }
  return choices;
}

/** Returns the choices that are left, with older builds of those services of which others require one. */
async function chooseCompatible(
  { view, workspace, from: { name }, commit, enters }: Choosable,
  pins: ReadonlyMap<ServiceId, Pin>,
  chosen: readonly Choice[],
  { set, without }: ComposeRequest,
): Promise<Choice[]> {
  const going = new Map(pins);
  for (const { id, to } of chosen) {
    if (to === null) going.delete(id);
    else going.set(id, to);
  }
  const requirements = await requirementsOf(workspace, going.keys());
  const isLeftOut = (id: ServiceId, pin: Pin) => without?.includes(id) === true && pin.commit === pins.get(id)?.commit;
  const found = await newestCompatible({
    ...{ going, requirements, from: name, fixed: new Set(set?.keys() ?? []) },
    enters: async (id, pin) => !isLeftOut(id, pin) && enters(id, pin),
    search: (wanted) => searchBuilds(view, commit.oid, wanted, LOOK_BACK),
  });
  const demands = demandsOn(requirements, going.keys());
  const moved = [...found].flatMap(([id, { pin, folder }]): Choice[] => {
    const [from, goes] = [pins.get(id), going.get(id)];
    if (from === undefined || goes === undefined) return [];
    const requiredBy = (demands.get(id) ?? []).filter((demand) => !meets(goes, demand));
    return [{ id, from, to: pin, folder, why: 'requires', requiredBy }];
  });
  return [...chosen.filter(({ id }) => !found.has(id)), ...moved].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function unknownBuild(id: ServiceId, wanted: string) {
  return usageError(
    'UNKNOWN_BUILD',
    `No build ${quoted(wanted)} of ${id} was ever pinned in the environment.`,
    `eleventh log --service ${id}`,
  );
}
