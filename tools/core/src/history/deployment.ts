import { EleventhError } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import { type Pin, parsePin, pinPath } from '../files/pin.ts';
import { utf8 } from '../files/yaml-file.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, isOid, type Oid } from '../names/object-id.ts';
import { type Message, parseMessage, trailer, trailers } from './message.ts';
import type { Commit, Snapshot, View } from './snapshot.ts';

/** One state of an environment branch. `commit` is null before its first. */
export interface Deployment {
  readonly commit: Commit | null;
  readonly snapshot: Snapshot;
}

/** Returns the newest state of an environment's branch: null when the branch does not exist. */
export async function headOf(view: View, environment: Pick<Environment, 'branch'>): Promise<Deployment | null> {
  const oid = view.refs.branches.get(environment.branch);
  return oid === undefined ? null : deploymentAt(view, oid);
}

/** Returns the state at a commit. */
export async function deploymentAt(view: View, oid: Oid): Promise<{ commit: Commit; snapshot: Snapshot }> {
  const commit = await view.commit(oid);
  return { commit, snapshot: await view.snapshot(commit.tree) };
}

/** Returns the recipe of a state: the tree id of `apps/`, the empty tree's when nothing runs yet. */
export async function recipeOf(snapshot: Snapshot): Promise<Oid> {
  const apps = await snapshot.entry('apps');
  return apps?.mode === '40000' ? apps.oid : EMPTY_TREE;
}

/** Returns the pin of a service, or null when the service is absent; throws `BAD_PIN` for a folder without a readable pin. */
export async function pinOf(snapshot: Snapshot, id: ServiceId): Promise<Pin | null> {
  const bytes = await snapshot.read(pinPath(id));
  if (bytes === null) return null;
  const pin = parsePin(id, utf8(pinPath(id), bytes));
  if (pin === null)
    throw new EleventhError('BAD_PIN', `${pinPath(id)} pins no build.`, { hint: `git log -p -- ${pinPath(id)}` });
  return pin;
}

/** How a service's folder differs between two states; null where it is absent. */
export interface FolderChange {
  readonly id: ServiceId;
  readonly from: Oid | null;
  readonly to: Oid | null;
}

/** Returns the services whose folders differ, by id. Reads only the folders that do. */
export async function folderChanges(from: Snapshot, to: Snapshot): Promise<FolderChange[]> {
  const before = new Map((await from.list('apps')).map((entry) => [entry.name, entry]));
  const after = new Map((await to.list('apps')).map((entry) => [entry.name, entry]));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const changes = await Promise.all(
    names.map(async (name) => {
      if (before.get(name)?.oid === after.get(name)?.oid && before.get(name)?.mode === after.get(name)?.mode) return [];
      const [a, b] = await Promise.all([folders(from, name), folders(to, name)]);
      return [...new Set([...a.keys(), ...b.keys()])].map((id) => ({
        id,
        from: a.get(id) ?? null,
        to: b.get(id) ?? null,
      }));
    }),
  );
  return changes
    .flat()
    .filter((change) => change.from !== change.to)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Returns the service, or the services of the group, that an entry of `apps/` is. */
async function folders(snapshot: Snapshot, name: string): Promise<Map<ServiceId, Oid>> {
  const entry = await snapshot.entry(`apps/${name}`);
  if (entry === null || entry.mode !== '40000') return new Map();
  const inside = await snapshot.list(`apps/${name}`);
  const isGroup =
    inside.length > 0 && !inside.some((file) => file.name === 'kustomization.yaml' || file.name === 'manifests');
  if (!isGroup) return new Map([[name, entry.oid]]);
  const members = inside.filter(({ mode }) => mode === '40000');
  return new Map(members.map((member) => [`${name}/${member.name}`, member.oid]));
}

/** How many states of a line are read side by side at most. */
const MOST_ABREAST = 1024;

/** Returns those of the wanted folders (id → tree) that no state of a line of history had. Reads back about as far as needed. */
export async function neverHad(
  view: View,
  line: AsyncIterable<Commit>,
  wanted: ReadonlyMap<ServiceId, Oid>,
): Promise<ServiceId[]> {
  const missing = new Map<string, Map<ServiceId, Oid>>();
  for (const [id, folder] of wanted) {
    const [name = ''] = id.split('/');
    missing.set(name, (missing.get(name) ?? new Map()).set(id, folder));
  }
  // What stood at a name of `apps/` in the state that was looked at before: a deployment changes few of them.
  const seen = new Map<string, Oid>();
  for await (const commits of abreast(line)) {
    if (missing.size === 0) break;
    const states = await Promise.all(
      commits.map(async ({ tree }) => {
        const snapshot = await view.snapshot(tree);
        return { snapshot, entries: await snapshot.list('apps') };
      }),
    );
    const changed = states.flatMap(({ snapshot, entries }) => {
      const news = entries.filter(({ name, oid }) => missing.has(name) && seen.get(name) !== oid);
      for (const { name, oid } of news) seen.set(name, oid);
      return news.map((entry) => ({ snapshot, ...entry }));
    });
    await Promise.all(
      changed.map(async ({ snapshot, name, oid }) => {
        const here = missing.get(name) ?? new Map<ServiceId, Oid>();
        const members = here.has(name) ? [] : await snapshot.list(`apps/${name}`);
        const folders = new Map([
          [name, oid],
          ...members.map((member) => [`${name}/${member.name}`, member.oid] as const),
        ]);
        for (const [id, folder] of here) if (folders.get(id) === folder) here.delete(id);
        if (here.size === 0) missing.delete(name);
      }),
    );
  }
  return [...missing.values()].flatMap((here) => [...here.keys()]);
}

/** Returns the commits of a line in growing portions: most walks are short, and in a long one each step would wait. */
export async function* abreast(line: AsyncIterable<Commit> | Iterable<Commit>, first = 1): AsyncGenerator<Commit[]> {
  let portion: Commit[] = [];
  let size = first;
  for await (const commit of line) {
    portion.push(commit);
    if (portion.length < size) continue;
    yield portion;
    portion = [];
    size = Math.min(2 * size, MOST_ABREAST);
  }
  if (portion.length > 0) yield portion;
}

/** Returns whether a line of history contains a commit. */
export async function contains(line: AsyncIterable<Commit>, oid: Oid): Promise<boolean> {
  for await (const commit of line) if (commit.oid === oid) return true;
  return false;
}

/** What made a commit of an environment branch. `by hand` and `revert` carry no trailers of ours and are just as good. */
export type DeploymentKind = 'root' | 'pin' | 'update' | 'promotion' | 'candidate' | 'rollback' | 'revert' | 'by hand';

/** Returns what made a commit. @param message what it says, where that is known already. */
export function deploymentKind(commit: Commit, message = parseMessage(commit.message)): DeploymentKind {
  const has = (key: string) => trailer(message, key) !== undefined;
  if (has('Recipe')) {
    if (has('Promoted-From')) return 'promotion';
    if (has('Rolled-Back-To')) return 'rollback';
    if (has('Composed-From')) return 'candidate';
    if (has('Service')) return 'pin';
    return commit.parents.length === 0 ? 'root' : 'update';
  }
  return revertedCommit(message) === undefined ? 'by hand' : 'revert';
}

/** Returns the commit that a bare `git revert` says it undoes. */
export function revertedCommit(message: Message): Oid | undefined {
  const oid = /^This reverts commit ([0-9a-f]{40})/m.exec(message.body)?.[1];
  return oid !== undefined && isOid(oid) ? oid : undefined;
}

/** Returns the services that a pin's message names. */
export function pinnedServices(commit: Commit): ServiceId[] {
  return trailers(parseMessage(commit.message), 'Service');
}
