import {
  type EleventhError,
  type Entry,
  folded,
  KUSTOMIZATIONS,
  kustomizeDocuments,
  localPath,
  type Oid,
  overlayFolder,
  quoted,
  refusal,
  type ServiceId,
  type Snapshot,
  utf8,
} from '@eleventh/core';
import {
  entries,
  type Kustomization,
  type Named,
  ofPlugins,
  type Refused,
  readKustomization,
} from './kustomization.ts';
import { renames } from './patch.ts';
import { judgePlugins } from './plugin.ts';

/** A file that something is rendered from. */
export interface Source {
  readonly path: string;
  readonly oid: Oid;
}

/** Everything that one build depends on. Survives JSON. */
export interface Reach {
  /** By path. */
  readonly sources: readonly Source[];
  /** Whether it has to be built apart from all others. */
  readonly isApart: boolean;
}

/**
 * Returns the files that a service's overlay is built from, found by following what it names. What would reach out of
 * the repository is refused before any renderer starts: `RENDER_REMOTE` (a URL, or a path that leaves the repository),
 * `RENDER_LINK`, `RENDER_PLUGIN`, `RENDER_CHART`, `RENDER_MISSING`; and `BAD_YAML` or `NOT_UTF8` for what cannot be read.
 */
export async function reach(snapshot: Snapshot, environment: string, id: ServiceId): Promise<Reach> {
  const overlay = overlayFolder(environment, id);
  if ((await snapshot.entry(overlay)) !== null) return reachOf(snapshot, overlay);
  throw missing(overlay, `${id} has no overlay in ${environment}: ${overlay} is not there.`);
}

/** Returns the files that a folder's kustomization is built from; throws as `reach` does. */
export async function reachOf(snapshot: Snapshot, folder: string): Promise<Reach> {
  const walk: Walk = { snapshot, sources: new Map(), visited: new Set(), isApart: false };
  await visitFolder(walk, folder, undefined);
  const sources = [...walk.sources].map(([path, oid]) => ({ path, oid }));
  return { sources: sources.sort((a, b) => (a.path < b.path ? -1 : 1)), isApart: walk.isApart };
}

interface Walk {
  readonly snapshot: Snapshot;
  readonly sources: Map<string, Oid>;
  readonly visited: Set<string>;
  isApart: boolean;
}

/**
 * Visits what the file `by` names.
 * @param host the kustomization, if any, whose plugins are listed there: what they name is meant from it
 */
async function visit(walk: Walk, { use, reference }: Named, by: string, host: string | undefined): Promise<void> {
  const path = localPath(by, reference);
  if (path === null) throw remote(by, reference);
  const user = use === 'plugin' ? by : use === 'resource' ? host : undefined;
  const key = `${use} ${user} ${path}`;
  if (walk.visited.has(key)) return;
  walk.visited.add(key);
  const entry = await standing(walk, path, by, reference);
  if (entry.mode === '40000') {
    // Of a file that is a folder kustomize says best what is wrong.
    if (use !== 'file' && use !== 'patch') await visitFolder(walk, path, by, user);
    return;
  }
  walk.sources.set(path, entry.oid);
  if (use === 'patch') await visitPatch(walk, path, entry);
  if (user !== undefined) await follow(walk, ofPlugins(judgePlugins(await documents(walk, path))), user, path);
}

async function visitFolder(walk: Walk, folder: string, by: string | undefined, host?: string): Promise<void> {
  const files = (await walk.snapshot.list(folder)).filter(({ name }) => KUSTOMIZATIONS.includes(name));
  if (files.length === 0) {
    throw missing(
      folder,
      `${by === undefined ? '' : `${by} names `}${folder}${by === undefined ? '' : ', which'} has no kustomization.yaml.`,
    );
  }
  for (const { name, ...entry } of files) {
    const path = `${folder}/${name}`;
    if (!entry.mode.startsWith('100')) throw link(path, entry);
    walk.sources.set(path, entry.oid);
    const found = await walk.snapshot.remembered('kustomization-2', entry.oid, async () =>
      readKustomization(path, utf8(path, await bytes(walk, path))),
    );
    walk.isApart ||= found.isApartAsRoot && by === undefined;
    if (host !== undefined) await requireListAlone(walk, path);
    await follow(walk, found, path, path, host);
  }
}

/** Refuses a folder of plugins that changes what it lists: a patch would make another plugin of one. */
async function requireListAlone(walk: Walk, path: string): Promise<void> {
  const fields = (await documents(walk, path)).flatMap(entries).map(([field]) => field);
  const what = fields.find((field) => !['apiversion', 'kind', 'metadata', 'resources'].map(folded).includes(field));
  if (what !== undefined) throw forbidden({ reason: 'plugin', what }, path);
}

/** Follows what was found in the file `at`; what that names is meant from `by`. */
async function follow(walk: Walk, found: Kustomization, by: string, at: string, host?: string): Promise<void> {
  if (found.refused !== undefined) throw forbidden(found.refused, at);
  walk.isApart ||= found.isApart;
  for (const named of found.names) await visit(walk, named, by, host);
}

async function visitPatch(walk: Walk, path: string, { oid }: Entry): Promise<void> {
  walk.isApart ||= await walk.snapshot.remembered('patch-renames-1', oid, async () =>
    renames(path, utf8(path, await bytes(walk, path))),
  );
}

async function documents(walk: Walk, path: string): Promise<unknown[]> {
  return kustomizeDocuments(path, utf8(path, await bytes(walk, path)));
}

async function bytes(walk: Walk, path: string): Promise<Uint8Array> {
  return (await walk.snapshot.read(path)) ?? new Uint8Array();
}

/** Returns what stands at a path: a folder or a plain file, on a way of folders alone. */
async function standing(walk: Walk, path: string, by: string, reference: string): Promise<Entry> {
  const parts = path.split('/');
  for (let length = path === '' ? 0 : 1; length <= parts.length; length += 1) {
    const way = parts.slice(0, length).join('/');
    const entry = await walk.snapshot.entry(way);
    if (entry === null) break;
    if (entry.mode !== '40000' && !entry.mode.startsWith('100')) throw link(way, entry);
    if (way === path) return entry;
  }
  throw missing(by, `${by} names ${quoted(reference)}, but ${path} is not there.`);
}

function forbidden({ reason, what }: Refused, path: string): EleventhError {
  const options = { hint: `Take that out of ${path}`, details: { path, what } };
  if (reason === 'url') return remote(path, what);
  return reason === 'chart'
    ? refusal('RENDER_CHART', `${path} has ${what}, and rendering never fetches a chart.`, options)
    : refusal('RENDER_PLUGIN', `${path} runs ${quoted(what)}, which is no part of kustomize.`, options);
}

function remote(by: string, reference: string): EleventhError {
  return refusal('RENDER_REMOTE', `${by} names ${quoted(reference)}, which is not in this repository.`, {
    hint: `Copy it into the repository, and name it in ${by} by its path.`,
    details: { path: by, reference },
  });
}

function missing(path: string, sentence: string): EleventhError {
  return refusal('RENDER_MISSING', sentence, { hint: `git log --stat -- ${path}`, details: { path } });
}

export function link(path: string, { mode }: Entry): EleventhError {
  const what = mode === '160000' ? 'a submodule' : 'a symbolic link';
  return refusal('RENDER_LINK', `${path} is ${what}, which rendering never follows.`, {
    hint: `Put the files themselves in the place of ${path}`,
    details: { path },
  });
}
