import { type EleventhError, refusal } from '../error.ts';
import type { Snapshot } from '../history/snapshot.ts';
import { quoted, type ServiceId } from '../names/names.ts';
import { type PinnedField, parseValues } from './build-field.ts';
import { entries, folded, isMap } from './field-name.ts';
import {
  fieldPathPlace,
  fieldSpecPlace,
  isKey,
  mayHoldImage,
  type Place,
  patchesImage,
  setsImage,
} from './image-field.ts';
import { KUSTOMIZATIONS, list, mentions } from './kustomization.ts';
import { localPath } from './local-path.ts';
import { formatOverlay, overlayFolder } from './overlay.ts';
import { parsePin, pinPath, valuesPath } from './pin.ts';
import { kustomizeDocuments, utf8 } from './yaml-file.ts';

/** A walk through everything that an overlay builds from. */
interface Walk {
  readonly snapshot: Snapshot;
  readonly environment: string;
  readonly id: ServiceId;
  readonly visited: Set<string>;
  /** Where else than in images the pin says what runs. */
  readonly pinned: readonly Place[];
}

/** Throws when a field of the kustomization in a file sets an image. */
type Judge = (walk: Walk, file: string, value: unknown, field: string) => Promise<void> | void;

const harmless: Judge = () => {};

/**
 * The fields of a kustomization, in lower case since kustomize takes any. A field that is not here could set an image
 * in a way that cannot be told without running it (charts, plugins, schemas that add fields), and is refused.
 */
const FIELDS: ReadonlyMap<string, Judge> = new Map(
  Object.entries({
    apiversion: harmless,
    kind: harmless,
    metadata: harmless,
    namespace: harmless,
    nameprefix: harmless,
    namesuffix: harmless,
    commonlabels: harmless,
    commonannotations: harmless,
    labels: judgeFieldSpecs,
    replicas: harmless,
    configmapgenerator: harmless,
    secretgenerator: harmless,
    generatoroptions: harmless,
    vars: harmless,
    openapi: harmless,
    buildmetadata: harmless,
    sortoptions: harmless,
    validators: harmless,
    images: judgeImages,
    imagetags: judgeImages,
    resources: judgeResources,
    bases: judgeResources,
    components: judgeResources,
    patches: eachOf(judgePatch),
    patchesjson6902: eachOf(judgePatch),
    patchesstrategicmerge: eachOf(judgePatch),
    replacements: eachOf(judgeReplacements),
    configurations: eachOf(judgeFieldSpecs),
    transformers: eachOf(judgePlugins),
    generators: eachOf(judgePlugins),
  }),
);

/** Transformers and generators of kustomize that put nothing but what their name says where their fields say. */
const PLUGINS =
  /^(?:Annotations|Label|Namespace|Prefix|Suffix|PrefixSuffix|ReplicaCount|SortOrder)Transformer$|^(?:ConfigMap|Secret)Generator$/;

/**
 * Refuses an overlay that sets or patches an image (`OVERLAY_IMAGE`): the pin alone says what runs, or two
 * environments with one recipe would run different builds. So is one of which that cannot be told without running it
 * (`OVERLAY_UNCLEAR`), or that is no YAML (`BAD_YAML`). Everything that the overlay names is followed, up to the pin.
 */
export async function checkOverlay(snapshot: Snapshot, environment: string, id: ServiceId): Promise<void> {
  const folder = overlayFolder(environment, id);
  if ((await snapshot.entry(folder)) === null || (await isAsMade(snapshot, folder, id))) return;
  const walk: Walk = {
    snapshot,
    environment,
    id,
    visited: new Set([`apps/${id}`]),
    pinned: await pinnedPlaces(snapshot, id),
  };
  await judge(walk, folder, folder);
  await judgeValues(walk, `${folder}/values.yaml`);
}

/** Returns the places of objects that the pin sets besides images; a pin that cannot be read is found elsewhere. */
async function pinnedPlaces(snapshot: Snapshot, id: ServiceId): Promise<Place[]> {
  const bytes = await snapshot.read(pinPath(id));
  const text = new TextDecoder().decode(bytes ?? new Uint8Array());
  return text.includes('\npatches:') ? (parsePin(id, text)?.fields ?? []).map(placeOf) : [];
}

function placeOf({ keys }: PinnedField): Place {
  return keys.filter(isKey);
}

/** Judges the values that an overlay has for the service's Helm chart. */
async function judgeValues(walk: Walk, path: string): Promise<void> {
  const pin = await walk.snapshot.read(valuesPath(walk.id));
  if (pin === null || (await walk.snapshot.read(path)) === null) return;
  const places = (parseValues(new TextDecoder().decode(pin)) ?? []).map(placeOf);
  const [values] = await documents(walk, path, path);
  const isSet = places.some((place) => reaches(values, place));
  if (isSet) throw setsAnImage(walk, path);
}

/** Returns whether a value has something at a place, or something else than a map on the way there. */
function reaches(value: unknown, place: Place): boolean {
  const [key, ...rest] = place;
  if (key === undefined || !isMap(value)) return value !== undefined;
  return Object.hasOwn(value, key) && reaches(value[key], rest);
}

/** Returns whether an overlay is exactly what `service add` makes: most are, and reading YAML takes far longer. */
async function isAsMade(snapshot: Snapshot, folder: string, id: ServiceId): Promise<boolean> {
  const [file, ...more] = await snapshot.list(folder);
  if (file?.name !== 'kustomization.yaml' || more.length > 0) return false;
  const text = new TextDecoder().decode((await snapshot.read(`${folder}/${file.name}`)) ?? new Uint8Array());
  const namespace = /^namespace: ([a-z0-9-]+)$/m.exec(text)?.[1];
  return namespace !== undefined && text === formatOverlay(id, namespace);
}

function setsAnImage({ environment, id }: Walk, path: string): EleventhError {
  return refusal('OVERLAY_IMAGE', `The overlay of ${id} in ${environment} sets an image (${path}); only the pin may.`, {
    hint: `Remove the image from ${path} on the default branch, then: eleventh update ${environment}`,
    details: { environment, service: id, path },
  });
}

function unclear({ environment, id }: Walk, path: string, what: string): EleventhError {
  return refusal(
    'OVERLAY_UNCLEAR',
    `The overlay of ${id} in ${environment} could set an image, and only the pin may: ${path} ${what}.`,
    {
      hint: `Take that out of ${path} on the default branch, then: eleventh update ${environment}`,
      details: { environment, service: id, path },
    },
  );
}

/** Judges a file or folder of objects that a file names. */
async function judge(walk: Walk, path: string, namedBy: string): Promise<void> {
  if (walk.visited.has(path)) return;
  walk.visited.add(path);
  if ((await walk.snapshot.entry(path))?.mode !== '40000') {
    const objects = await documents(walk, path, namedBy);
    if (objects.some((object) => setsImage(object, walk.pinned))) throw setsAnImage(walk, path);
    return;
  }
  if (path.startsWith('apps/')) throw unclear(walk, namedBy, `names ${path}, which is not the pin of ${walk.id}`);
  for (const { name } of await walk.snapshot.list(path)) {
    if (KUSTOMIZATIONS.includes(name)) await judgeKustomization(walk, `${path}/${name}`);
  }
}

async function judgeKustomization(walk: Walk, file: string): Promise<void> {
  for (const document of await documents(walk, file, file)) {
    for (const [name, value] of Object.entries(isMap(document) ? document : {})) {
      const field = folded(name);
      const judgeField = FIELDS.get(field);
      if (judgeField === undefined) throw unclear(walk, file, `has ${name}`);
      await judgeField(walk, file, value, field);
    }
  }
}

async function judgeResources(walk: Walk, file: string, value: unknown, field: string): Promise<void> {
  for (const { value: reference } of mentions(file, field, value))
    await judge(walk, resolved(walk, file, reference), file);
}

function judgeImages(walk: Walk, file: string, value: unknown): void {
  if (list(value).length > 0) throw setsAnImage(walk, file);
}

/** Returns what judges the documents of all that a field names, each where it stands. */
function eachOf(judgeDocuments: (walk: Walk, path: string, documents: readonly unknown[]) => void): Judge {
  return async (walk, file, value, field) => {
    for (const { value: content, isInline } of mentions(file, field, value)) {
      const path = isInline ? file : resolved(walk, file, content);
      judgeDocuments(walk, path, isInline ? inlined(file, content) : await documents(walk, path, file));
    }
  };
}

function judgePatch(walk: Walk, path: string, patches: readonly unknown[]): void {
  if (patches.some((patch) => patchesImage(patch, walk.pinned))) throw setsAnImage(walk, path);
}

function judgeReplacements(walk: Walk, path: string, replacements: readonly unknown[]): void {
  const places = texts(replacements, 'fieldpaths').map(fieldPathPlace);
  if (places.some((place) => mayHoldImage(place, walk.pinned))) throw setsAnImage(walk, path);
}

function judgeFieldSpecs(walk: Walk, path: string, value: unknown): void {
  const places = texts(value, 'path').map(fieldSpecPlace);
  if (places.some((place) => mayHoldImage(place, walk.pinned))) throw setsAnImage(walk, path);
}

function judgePlugins(walk: Walk, path: string, plugins: readonly unknown[]): void {
  for (const plugin of plugins) {
    const { apiVersion, kind } = isMap(plugin) ? plugin : {};
    if (kind === 'ImageTagTransformer') throw setsAnImage(walk, path);
    if (apiVersion !== 'builtin' || !PLUGINS.test(String(kind))) throw unclear(walk, path, `runs ${String(kind)}`);
    judgeFieldSpecs(walk, path, plugin);
  }
}

/** Returns the documents of a file; one that is a link, or is nowhere in the repository, is refused. */
async function documents(walk: Walk, path: string, namedBy: string): Promise<unknown[]> {
  const bytes = await walk.snapshot.read(path);
  if (bytes !== null) return kustomizeDocuments(path, utf8(path, bytes));
  throw unclear(walk, namedBy, path === namedBy ? 'is no plain file' : `names ${path}, where no plain file is`);
}

/** Returns the documents that stand in a kustomization in place of a file's name. */
function inlined(file: string, content: unknown): unknown[] {
  return typeof content === 'string' ? kustomizeDocuments(file, content) : [content];
}

/** Returns a file or folder that a file names, as a path in the repository. */
function resolved(walk: Walk, file: string, reference: unknown): string {
  const path = localPath(file, reference);
  if (path !== null) return path;
  throw unclear(walk, file, `names ${quoted(String(reference))}, which is not in this repository`);
}

/** Returns the texts that stand under a key anywhere in a value. */
function texts(value: unknown, key: string, isUnder = false): string[] {
  if (typeof value === 'string') return isUnder ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => texts(item, key, isUnder));
  return entries(value).flatMap(([name, inner]) => texts(inner, key, name === key));
}
