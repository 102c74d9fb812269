import * as v from 'valibot';
import { type EleventhError, refusal } from '../error.ts';
import { formatImage, type Image } from '../names/image.ts';
import type { ServiceId } from '../names/names.ts';
import { isMap } from './field-name.ts';
import { CHART, type Files, manifestObjects } from './manifests.ts';
import { quotedScalar, scalar } from './scalar.ts';

/** A place that a pin sets and that is no container's image, as `service.yaml` names it. */
export interface ServiceField {
  /** The kind of the object, and its name where there are several; absent: the values of the service's Helm chart. */
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  /** Keys between dots: a dot within a key is `\.`, an item of a list its position. */
  readonly path: string;
  /** What of the build goes there. */
  readonly value: (typeof VALUES)[number];
  /** Which image it is about, for a service with several. */
  readonly image?: string | undefined;
}

/** Such a place with what a pin puts there. */
export interface PinnedField {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly keys: readonly string[];
  readonly value: string;
}

/** A build as far as fields show it. */
interface Shown {
  readonly commit: string;
  readonly version?: string | undefined;
  readonly images: readonly Image[];
}

const VALUES = ['tag', 'digest', 'repository', 'reference', 'commit', 'version'] as const;
const OF_IMAGES: readonly string[] = ['tag', 'digest', 'repository', 'reference'];
const KEY = /(?:\\.|[^.\\])+/g;

export const fieldSchema = v.pipe(
  v.strictObject({
    kind: v.optional(v.pipe(v.string(), v.regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'not the kind of an object'))),
    name: v.optional(
      v.pipe(v.string(), v.regex(/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/, 'not the name of an object')),
    ),
    path: v.pipe(
      v.string(),
      v.check(
        (path) => fieldKeys(path).join('.') === path.replaceAll('\\', ''),
        'keys between dots, as spec.values.image.tag',
      ),
      v.regex(/^[^\p{Cc}]{1,500}$/u, 'not a path'),
    ),
    value: v.picklist(VALUES),
    image: v.optional(v.string()),
  }),
  v.check(({ kind, name }) => name === undefined || kind !== undefined, 'a name needs the kind of the object'),
);

/** Returns the keys that a path leads through. */
export function fieldKeys(path: string): string[] {
  return (path.match(KEY) ?? []).map((key) => key.replace(/\\(.)/g, '$1'));
}

/** Returns what is wrong with the fields of a service's file, or undefined. */
export function fieldsProblem(fields: readonly ServiceField[], images: readonly string[]): string | undefined {
  for (const { path, value, image } of fields) {
    if (!OF_IMAGES.includes(value)) continue;
    if (image !== undefined && !images.includes(image)) return `${path} is about ${image}, which is none of its images`;
    if (image === undefined && images.length !== 1) return `${path} has to name one of its images`;
  }
  return undefined;
}

/** Returns the repositories that go into fields: manifests need not name them elsewhere. */
export function fieldImages({
  fields,
  images,
}: {
  fields: readonly ServiceField[];
  images: readonly string[];
}): string[] {
  return fields.flatMap(({ value, image = images[0] }) =>
    OF_IMAGES.includes(value) && image !== undefined ? [image] : [],
  );
}

/** Returns what a build puts into a service's fields; throws `FIELD_WITHOUT_VALUE` where the build has no such thing. */
export function pinnedFields(
  { id, fields, images }: { id: ServiceId; fields: readonly ServiceField[]; images: readonly string[] },
  build: Shown,
): PinnedField[] {
  return fields.map(({ kind, name, path, value, image = images[0] }) => {
    const pinned = build.images.find(({ repository }) => repository === image);
    const put = { ...pinned, reference: pinned && formatImage(pinned), commit: build.commit, version: build.version }[
      value
    ];
    if (put === undefined) throw withoutValue(id, path, value);
    return { kind, name, keys: fieldKeys(path), value: put };
  });
}

function withoutValue(id: ServiceId, path: string, value: string): EleventhError {
  const hint =
    value === 'version'
      ? '--version <SemVer>'
      : value === 'digest'
        ? '--image <repository>:<tag>@sha256:…'
        : '--image <repository>:<tag>';
  return refusal('FIELD_WITHOUT_VALUE', `The build of ${id} has no ${value}, which goes to ${path}.`, {
    hint,
    details: { service: id, path, value },
  });
}

/** Returns whether a value is something of a build. */
export function isOfBuild(value: string, { commit, version, images }: Shown): boolean {
  return (
    value === commit ||
    value === version ||
    images.some((image) => [image.tag, image.digest, image.repository, formatImage(image)].includes(value))
  );
}

/** Throws `FIELD_UNUSED` for a field for which the manifests have no place: a pin would change nothing. */
export function checkPlaces(id: ServiceId, fields: readonly PinnedField[], files: Files): void {
  const objects = fields.some(({ kind }) => kind !== undefined) ? [...manifestObjects(files)] : [];
  for (const field of fields) {
    const { kind, name, keys } = field;
    if (
      kind === undefined
        ? files.has(CHART)
        : objects.some((object) => isOf(object, kind, name) && hasPlace(object, keys))
    )
      continue;
    const where =
      kind === undefined ? `no ${CHART}` : `no ${kind}${name === undefined ? '' : ` ${name}`} that could hold it`;
    throw refusal('FIELD_UNUSED', `The pin of ${id} has to go to ${keys.join('.')}, and its manifests have ${where}.`, {
      hint: `See spec.fields in apps/${id}/service.yaml, and what the manifests hold.`,
      details: { service: id, path: keys.join('.') },
    });
  }
}

function isOf(object: unknown, kind: string, name: string | undefined): boolean {
  if (!isMap(object) || object.kind !== kind) return false;
  return name === undefined || (isMap(object.metadata) && object.metadata.name === name);
}

/** Returns whether a JSON patch can put a value there: all but the last key stand, and in a list that one too. */
function hasPlace(object: unknown, keys: readonly string[]): boolean {
  let value: unknown = object;
  for (const key of keys.slice(0, -1))
    value = isMap(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined;
  const last = keys.at(-1) ?? '';
  return isMap(value) || (Array.isArray(value) && /^\d+$/.test(last) && Number(last) < value.length);
}

/** Returns the values of a chart as its file says them, or null where no field goes there. */
export function formatValues(fields: readonly PinnedField[]): string | null {
  const tree: Values = new Map();
  for (const { kind, keys, value } of fields) {
    if (kind !== undefined) continue;
    let inner = tree;
    for (const key of keys.slice(0, -1)) {
      const next = inner.get(key);
      const folder: Values = next instanceof Map ? next : new Map();
      inner.set(key, folder);
      inner = folder;
    }
    inner.set(keys.at(-1) ?? '', value);
  }
  return tree.size === 0 ? null : `${valueLines(tree, '').join('\n')}\n`;
}

type Values = Map<string, Values | string>;

function valueLines(tree: Values, indent: string): string[] {
  return [...tree].flatMap(([key, value]) =>
    value instanceof Map
      ? [`${indent}${scalar(key)}:`, ...valueLines(value, `${indent}  `)]
      : [`${indent}${scalar(key)}: ${quotedScalar(value)}`],
  );
}

/** Returns what the text of a chart's values sets, or null when it is not as `formatValues` writes it. */
export function parseValues(text: string): PinnedField[] | null {
  const fields: PinnedField[] = [];
  const keys: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const [, indent = '', key = '', value] =
      /^((?: {2})*)("(?:[^"\\]|\\.)*"|[^\s:"]+):(?: ("(?:[^"\\]|\\.)*"))?$/.exec(line) ?? [];
    keys.splice(indent.length / 2, keys.length, unquoted(key));
    if (value !== undefined) fields.push({ keys: [...keys], value: unquoted(value) });
  }
  return formatValues(fields) === text ? fields : null;
}

function unquoted(written: string): string {
  try {
    return written.startsWith('"') ? String(JSON.parse(written)) : written;
  } catch {
    return '';
  }
}
