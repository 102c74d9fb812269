import { type Change, EleventhError, fields, type Snapshot } from '@eleventh/core';
import { stringify } from 'yaml';
import { objectChanges } from '../diff/object-changes.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { EnvironmentNames } from './environment-name.ts';
import { takenByFlux } from './folders.ts';
import { appended, KustomizationText, mapsOf } from './kustomization-text.ts';
import { closureOf, type Layer, layersOf } from './layers.ts';
import { joined, type RepositoryFiles, relativePath, valuesOf } from './repository-files.ts';
import type { Root, Unplaced } from './root.ts';
import { namedKey, serviceKey } from './service-key.ts';
import type { Substitution } from './substitution.ts';

/** Returns the objects that a folder's kustomization comes to in a state; throws as the renderer does. */
export type Render = (
  snapshot: Snapshot,
  folder: string,
  substitution?: Substitution,
) => Promise<readonly KubernetesObject[]>;

/** What one service is made of in one environment, as a folder that can be built. */
export interface Part {
  readonly environment: string;
  /** What its service is known by: the same in all environments. */
  readonly key: string;
  /** What its agent calls it. */
  readonly name?: string | undefined;
  readonly folder: string;
  /** The folder that people know it by. */
  readonly origin: string;
  /** The repository, with kustomizations that stand for what an agent does by itself. */
  readonly snapshot: Snapshot;
  /** The paths of those kustomizations. */
  readonly made: ReadonlySet<string>;
  readonly by: string;
  readonly substitution?: Substitution | undefined;
  readonly objects: readonly KubernetesObject[];
}

export interface Parts {
  readonly parts: readonly Part[];
  readonly unplaced: readonly Unplaced[];
  readonly notes: readonly string[];
}

/** Returns the parts of all roots. What cannot be built is among the unplaced. */
export async function partsOf(
  files: RepositoryFiles,
  roots: readonly Root[],
  wiring: ReadonlySet<string>,
  names: EnvironmentNames,
  render: Render,
): Promise<Parts> {
  const parts: Part[] = [];
  const unplaced: Unplaced[] = [];
  const notes: string[] = [];
  const left = new Set([...wiring, ...roots.flatMap(({ isKept, files: kept = [] }) => (isKept === true ? kept : []))]);
  for (const root of roots) {
    try {
      const start = await buildable(files, root, root.isKept === true ? new Set() : left);
      if (start === null) continue;
      const whole = await started(start, root, names, render, notes);
      if (whole.objects.length === 0) continue;
      parts.push(...(await divided(files, whole, names, render)));
    } catch (error) {
      if (!(error instanceof EleventhError)) throw error;
      unplaced.push({ path: root.folder || '.', why: `${error.message} (${error.code})`, isMissing: true });
    }
  }
  return { parts, unplaced, notes };
}

type Start = Pick<Part, 'folder' | 'snapshot' | 'made'>;

/** Returns a folder that comes to what a root is, or null for one that holds wiring alone. */
async function buildable(
  files: RepositoryFiles,
  { folder, files: given }: Root,
  wiring: ReadonlySet<string>,
): Promise<Start | null> {
  // No file stands above the root of a repository that could name it: so it is taken a folder further down.
  const isRoot = folder === '';
  const at = (path: string) => (isRoot ? joined(WITHIN, path) : path);
  const place = isRoot ? WITHIN : folder;
  const whole = { path: WITHIN, put: { tree: files.snapshot.tree } };
  const snapshot = isRoot ? await files.snapshot.with([whole]) : files.snapshot;
  const left = new Set(Array.from(wiring, at));
  const own = files.kustomizationOf(folder);
  const taken = given ?? (own === undefined ? takenByFlux(files, folder) : undefined);
  if (taken === undefined) return withoutWiring({ folder: place, snapshot, made: new Set() }, left);
  const listed = taken.filter((path) => !wiring.has(path));
  if (listed.length === 0) return null;
  const text = listing(listed.map((path) => relativePath(folder, path)));
  const start = await overridden(snapshot, place, new Map([[at(own ?? joined(folder, 'kustomization.yaml')), text]]));
  return given === undefined ? withoutWiring(start, left) : start;
}

const WITHIN = 'whole-repository';

/** Returns the path by which people know a file. */
export function knownAs(path: string): string {
  return path.startsWith(`${WITHIN}/`) ? path.slice(WITHIN.length + 1) : path;
}

function listing(paths: readonly string[]): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${[...paths]
    .sort()
    .map((path) => `  - ${JSON.stringify(path)}\n`)
    .join('')}`;
}

async function overridden(
  snapshot: Snapshot,
  folder: string,
  texts: ReadonlyMap<string, string>,
  made: Iterable<string> = [],
): Promise<Start> {
  const changes = [...texts].map(([path, file]): Change => ({ path, put: { file } }));
  return { folder, snapshot: await snapshot.with(changes), made: new Set([...made, ...texts.keys()]) };
}

/** Returns the same without the files that point agents at folders, and without what then lists nothing; null where nothing is left. */
async function withoutWiring(start: Start, wiring: ReadonlySet<string>): Promise<Start | null> {
  const layers = await layersOf(start.snapshot, start.folder);
  if (![...layers.values()].some(({ files }) => files.some((path) => wiring.has(path)))) return start;
  const texts = new Map<string, string>();
  const isEmpty = (folder: string): boolean => {
    const layer = layers.get(folder);
    if (layer === undefined) return false;
    const text = layer.text.keeping('resources', (item) => {
      const path = resolved(layer, item);
      return !wiring.has(path) && !(layers.has(path) && isEmpty(path));
    });
    if (text !== layer.text.text) texts.set(layer.file, text);
    return !new KustomizationText(text).fields.some((field) =>
      ['resources', 'configmapgenerator', 'secretgenerator', 'bases', 'generators'].includes(field),
    );
  };
  if (isEmpty(start.folder)) return null;
  return overridden(start.snapshot, start.folder, texts, start.made);
}

export function resolved(layer: Pick<Layer, 'folder'>, reference: unknown): string {
  const parts = layer.folder === '' ? [] : layer.folder.split('/');
  for (const part of String(reference).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** Returns the whole of a root as a part, with what its agent adds. */
async function started(
  start: Start,
  root: Root,
  names: EnvironmentNames,
  render: Render,
  notes: string[],
): Promise<Part> {
  const place =
    serviceKey(
      root.files === undefined || root.name === undefined ? root.folder : `${root.folder}/${root.name}`,
      names,
    ) ||
    (await keyBelow(start, names)) ||
    root.name ||
    '';
  const key = root.files === undefined ? namedKey(place, root.name, names) : place;
  const { substitution } = root;
  const facts = {
    environment: root.environment,
    key,
    name: root.name,
    by: root.by,
    origin: root.folder,
    ...(substitution && { substitution }),
  };
  const settings = Object.entries(root.settings ?? {});
  const layers = await layersOf(start.snapshot, start.folder);
  const own = layers.get(start.folder);
  let at = start;
  if (
    settings.length === 1 &&
    root.settings?.namespace !== undefined &&
    own !== undefined &&
    !own.text.fields.includes('namespace')
  )
    at = await overridden(
      start.snapshot,
      start.folder,
      new Map([[own.file, appended(own.text.text, [`namespace: ${JSON.stringify(root.settings.namespace)}`])]]),
      start.made,
    );
  else if (settings.length > 0) {
    const folder = `agent-settings/${root.environment}`;
    const text = stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [relativePath(folder, start.folder)],
      ...root.settings,
      ...(root.settings?.components && {
        components: root.settings.components.map((path) =>
          relativePath(folder, resolved({ folder: start.folder }, path)),
        ),
      }),
    });
    at = await overridden(start.snapshot, folder, new Map([[`${folder}/kustomization.yaml`, text]]), start.made);
  }
  const objects = await render(at.snapshot, at.folder, substitution);
  const { defaultNamespace } = root;
  if (defaultNamespace === undefined || own === undefined) return { ...facts, ...at, objects };
  const into = await overridden(
    at.snapshot,
    at.folder,
    new Map([[own.file, appended(own.text.text, [`namespace: ${JSON.stringify(defaultNamespace)}`])]]),
    at.made,
  );
  const isFree = at.folder === start.folder && !own.text.fields.includes('namespace');
  const inside = isFree ? await render(into.snapshot, into.folder, substitution).catch(() => null) : null;
  const isSame = inside !== null && onlyPlaced(objects, inside);
  if (isSame) return { ...facts, ...into, objects: inside };
  const isPlaced = objects.every(({ metadata }) => metadata.namespace !== undefined);
  if (!isPlaced)
    notes.push(
      `${root.by}: objects of ${key || root.folder} that name no namespace go where the Application that follows environments/${root.environment} says: it was ${defaultNamespace}.`,
    );
  return { ...facts, ...at, objects };
}

/** Returns whether nothing but objects without a namespace got one. */
function onlyPlaced(before: readonly KubernetesObject[], after: readonly KubernetesObject[]): boolean {
  return before.every(
    (one, index) => one.metadata.namespace === undefined || one.metadata.namespace === after[index]?.metadata.namespace,
  );
}

/** Returns the key of the one folder that another builds upon: an overlay that is called after its environment alone. */
async function keyBelow({ snapshot, folder }: Start, names: EnvironmentNames): Promise<string> {
  const layers = await layersOf(snapshot, folder);
  const keys = new Set((layers.get(folder)?.bases ?? []).map((base) => serviceKey(base, names)));
  return keys.size === 1 ? ([...keys][0] ?? '') : '';
}

/** Fields of a kustomization that say the same of each thing that it lists. */
const DIVISIBLE = new Set([
  'apiversion',
  'kind',
  'metadata',
  'resources',
  'bases',
  'namespace',
  'commonlabels',
  'labels',
  'commonannotations',
  'images',
  'patches',
  'patchesstrategicmerge',
  'patchesjson6902',
  'replicas',
]);

/** Returns a part as those of several services, where it lists several folders and comes to the sum of them. */
async function divided(files: RepositoryFiles, part: Part, names: EnvironmentNames, render: Render): Promise<Part[]> {
  const layers = await layersOf(part.snapshot, part.folder);
  const own = layers.get(part.folder);
  if (own === undefined || own.bases.length < 2 || own.text.fields.some((field) => !DIVISIBLE.has(field)))
    return [part];
  const listed = [...own.text.items('resources'), ...own.text.items('bases')].map((item) => resolved(own, item));
  const isPlainList = own.text.fields.every((field) =>
    ['apiversion', 'kind', 'metadata', 'resources', 'bases'].includes(field),
  );
  const children: Part[] = [];
  for (const base of new Set(own.bases)) {
    const key = serviceKey(base, names) || part.key;
    if (children.some((child) => child.key === key)) return [part];
    const inside = closureOf(layers, base);
    const at = isPlainList
      ? { ...part, folder: base, origin: base }
      : { ...part, ...(await narrowed(part, own, new Set([base]), await namesIn(part.snapshot, inside))) };
    const objects = await render(at.snapshot, at.folder, part.substitution).catch(() => null);
    if (objects === null) return [part];
    if (objects.length > 0) children.push({ ...at, origin: base, key, objects });
  }
  const loose = listed.filter((path) => !layers.has(path));
  if (loose.length > 0) {
    const found = await namesIn(part.snapshot, [{ ...own, files: loose }]);
    const at = { ...part, ...(await narrowed(part, own, new Set(loose), found)) };
    const objects = await render(at.snapshot, at.folder, part.substitution).catch(() => null);
    if (objects === null || children.some((child) => child.key === part.key)) return [part];
    if (objects.length > 0) children.push({ ...at, objects });
  }
  const sum = children.flatMap(({ objects }) => objects);
  if (sum.length !== part.objects.length || objectChanges(part.objects, sum).length > 0) return [part];
  const deeper = await Promise.all(
    children.map((child) => (child.folder === part.folder ? [child] : divided(files, child, names, render))),
  );
  const all = deeper.flat();
  return new Set(all.map(({ key }) => key)).size === all.length ? all : children;
}

/** Returns a kustomization with some of what it lists, and those patches that are of it. */
async function narrowed(
  part: Part,
  own: Layer,
  wanted: ReadonlySet<string>,
  objects: readonly Named[],
): Promise<Start> {
  let text = own.text.keeping('resources', (item) => wanted.has(resolved(own, item)));
  text = new KustomizationText(text).keeping('bases', (item) => wanted.has(resolved(own, item)));
  for (const field of ['patches', 'patchesstrategicmerge', 'patchesjson6902', 'replicas']) {
    const items = new KustomizationText(text).items(field);
    const isOf = await Promise.all(items.map((item) => concerns(part.snapshot, own, item, objects)));
    text = new KustomizationText(text).keeping(field, (_, index) => isOf[index] === true);
  }
  return overridden(part.snapshot, part.folder, new Map([[own.file, text]]), part.made);
}

interface Named {
  readonly kind: string;
  readonly name: string;
}

async function namesIn(snapshot: Snapshot, layers: readonly Pick<Layer, 'files'>[]): Promise<Named[]> {
  const found: Named[] = [];
  for (const path of layers.flatMap(({ files }) => files)) {
    const text = new TextDecoder().decode((await snapshot.read(path)) ?? new Uint8Array());
    for (const value of valuesOf(text) ?? []) found.push(...[value, ...mapsOf(fields(value).items)].map(namedIn));
  }
  return found;
}

function namedIn(value: unknown): Named {
  const { kind, metadata } = fields(value);
  return { kind: String(kind), name: String(fields(metadata).name) };
}

/** Returns whether a pattern of a target fits: one that is none here (kustomize reads RE2) may, and rendering tells. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return true;
  }
}

/** Returns whether an item of a kustomization is about one of some objects. */
async function concerns(snapshot: Snapshot, own: Layer, item: unknown, objects: readonly Named[]): Promise<boolean> {
  const { target, path, patch, name, count } = fields(item);
  if (count !== undefined) return objects.some((one) => one.name === name);
  if (target !== undefined) {
    const { kind, name: wanted } = fields(target);
    const fits = (pattern: unknown, text: string) => pattern === undefined || matches(String(pattern), text);
    return objects.some((one) => fits(kind, one.kind) && fits(wanted, one.name));
  }
  const reference = typeof item === 'string' ? item : path;
  const file =
    typeof reference === 'string' && !reference.includes('\n') ? await snapshot.read(resolved(own, reference)) : null;
  const text = file === null ? String(patch ?? item) : new TextDecoder().decode(file);
  const patched = (valuesOf(text) ?? []).map(namedIn);
  return patched.some((one) => objects.some((other) => other.kind === one.kind && other.name === one.name));
}
