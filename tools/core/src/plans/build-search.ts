import type { Pin } from '../files/pin.ts';
import { abreast, pinOf } from '../history/deployment.ts';
import type { Commit, Snapshot, View } from '../history/snapshot.ts';
import { isRollback, Standing } from '../history/standing.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

/** A service for which another build is looked for. */
export interface Wanted {
  /** Whether it may be a build that somebody rolled back from: only who names one gets such a one. */
  readonly isNamed: boolean;
  readonly accepts: (pin: Pin) => Promise<boolean>;
}

/** A build that once ran, with its folder. */
export interface FoundBuild {
  readonly pin: Pin;
  readonly folder: Oid;
}

/** What a search found; `isWhole`: it did not end at its limit with something still to be found. */
export interface Search {
  readonly found: ReadonlyMap<ServiceId, FoundBuild>;
  readonly isWhole: boolean;
}

/**
 * Walks an environment's history, newest first, for the first build of each service that is accepted.
 * @param limit how many states are looked at.
 */
export async function searchBuilds(
  view: View,
  tip: Oid,
  wanted: ReadonlyMap<ServiceId, Wanted>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Search> {
  const found = new Map<ServiceId, FoundBuild>();
  const folders = new Folders(view);
  const standing = new Map([...wanted.keys()].map((id) => [id, new Standing()]));
  const tried = new Map<ServiceId, Oid>();
  let left = limit;
  for await (const commits of abreast(view.line(tip))) {
    const open = [...wanted.keys()].filter((id) => !found.has(id));
    if (open.length === 0) break;
    if (left <= 0) return { found, isWhole: false };
    const states = await Promise.all(commits.slice(0, left).map((commit) => folders.at(commit, open)));
    left -= states.length;
    for (const { commit, present } of states) {
      if (found.size === wanted.size) break;
      const isBack = await isRollback(view, commit);
      for (const id of open) {
        const { isNamed = false, accepts } = wanted.get(id) ?? {};
        if (found.has(id) || accepts === undefined) continue;
        const folder = present.get(id);
        const stands = standing.get(id)?.has(folder ?? '-', isBack);
        if (folder === undefined || !(isNamed || stands) || tried.get(id) === folder) continue;
        tried.set(id, folder);
        const pin = await folders.pin(id, folder);
        if (pin !== null && (await accepts(pin))) found.set(id, { pin, folder });
      }
    }
  }
  return { found, isWhole: true };
}

/** The folders of services along a history. Their pins are read as they come up, side by side, and each once. */
class Folders {
  readonly #view: View;
  readonly #pins = new Map<string, Promise<Pin | null>>();

  constructor(view: View) {
    this.#view = view;
  }

  /** Returns the folders of some services at a commit: of those that are there. */
  async at(commit: Commit, ids: readonly ServiceId[]) {
    const snapshot = await this.#view.snapshot(commit.tree);
    const top = new Map((await snapshot.list('apps')).map(({ name, oid }) => [name, oid]));
    const present = new Map<ServiceId, Oid>();
    for (const id of ids) {
      const folder = id.includes('/') ? (await snapshot.entry(`apps/${id}`))?.oid : top.get(id);
      if (folder === undefined) continue;
      present.set(id, folder);
      this.#read(snapshot, id, folder);
    }
    return { commit, present };
  }

  /** Returns the pin of a folder that came up. */
  pin(id: ServiceId, folder: Oid): Promise<Pin | null> {
    return this.#pins.get(`${id} ${folder}`) ?? Promise.resolve(null);
  }

  #read(snapshot: Snapshot, id: ServiceId, folder: Oid): void {
    const key = `${id} ${folder}`;
    if (this.#pins.has(key)) return;
    const pin = pinOf(snapshot, id);
    pin.catch(() => {}); // Whoever asks for it finds out that it cannot be read.
    this.#pins.set(key, pin);
  }
}
