import { valid } from 'semver';
import * as v from 'valibot';
import { EleventhError } from '../error.ts';
import { formatImage } from '../names/image.ts';
import type { ServiceId } from '../names/names.ts';
import { isOid, type Oid } from '../names/object-id.ts';
import { isOfBuild, type PinnedField, parseValues } from './build-field.ts';
import { quotedScalar, scalar } from './scalar.ts';
import { parseYaml } from './yaml-file.ts';

/** One image of a build, and the name by which the manifests call it. */
export interface PinnedImage {
  readonly name: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

/** Which build of a service it is. */
export interface Build {
  readonly commit: Oid;
  readonly branch: string;
  readonly source?: string;
  /** The time of the service's commit, RFC 3339 in UTC: the order of builds. */
  readonly built?: string;
  /** SemVer. */
  readonly version?: string;
}

/** What `apps/<id>/kustomization.yaml` says on an environment branch: which build of one service runs. */
export interface Pin extends Build {
  readonly resources: readonly string[];
  readonly images: readonly PinnedImage[];
  /** What else is set in objects, each with its kind. */
  readonly fields?: readonly PinnedField[] | undefined;
}

/** The files that a pin writes into a service's folder, beside its manifests. */
export const PIN_FILES: readonly string[] = ['kustomization.yaml', 'values.yaml'];

/** Returns the path of the values that a pin gives to a service's Helm chart. */
export function valuesPath(id: ServiceId): string {
  return `apps/${id}/values.yaml`;
}

/**
 * Returns whether all that a pin puts into fields is something of its build.
 * @param values the file of its chart's values, or null.
 */
export function areOfBuild(pin: Pin, values: Uint8Array | null): boolean {
  const ofChart = values === null ? [] : parseValues(new TextDecoder().decode(values));
  return ofChart !== null && [...ofChart, ...(pin.fields ?? [])].every(({ value }) => isOfBuild(value, pin));
}

const ANNOTATIONS = ['commit', 'branch', 'source', 'built', 'version'] as const;
const prefix = 'eleventh.dev/';

/** Returns the path of a service's pin. */
export function pinPath(id: ServiceId): string {
  return `apps/${id}/kustomization.yaml`;
}

/** Returns an image of a pin as `repository:tag@digest`. */
export function pinnedReference(image: PinnedImage): string {
  return formatImage(image);
}

/**
 * Returns a pin's file. The bytes depend on the pin alone, and every scalar that a person did not choose is quoted:
 * kustomize reads YAML 1.1, where `no`, `1e3` and forty digits are not strings.
 */
export function formatPin(pin: Pin): string {
  const lines = [
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    ...formatResources(pin.resources),
  ];
  if (pin.images.length > 0) lines.push('images:');
  for (const image of pin.images) {
    lines.push(
      `  - name: ${quotedScalar(image.name)}`,
      `    newName: ${quotedScalar(image.repository)}`,
      `    newTag: ${quotedScalar(image.tag)}`,
    );
    if (image.digest !== undefined) lines.push(`    digest: ${quotedScalar(image.digest)}`);
  }
  if (pin.fields !== undefined && pin.fields.length > 0) lines.push('patches:', ...pin.fields.flatMap(patchLines));
  lines.push('commonAnnotations:');
  for (const key of ANNOTATIONS) {
    const value = pin[key];
    if (value !== undefined) lines.push(`  ${prefix}${key}: ${quotedScalar(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Returns a JSON patch (RFC 6902) as kustomize takes it; it reads the name of the object as a regular expression. */
function patchLines({ kind = '', name, keys, value }: PinnedField): string[] {
  const pointer = keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return [
    '  - target:',
    `      kind: ${quotedScalar(kind)}`,
    ...(name === undefined ? [] : [`      name: ${quotedScalar(name.replaceAll('.', '\\.'))}`]),
    '    patch: |-',
    // `add` replaces what a map has there, and would move along what a list has.
    `      - op: ${/^\d+$/.test(keys.at(-1) ?? '') ? 'replace' : 'add'}`,
    `        path: ${quotedScalar(pointer)}`,
    `        value: ${quotedScalar(value)}`,
  ];
}

function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Returns the file that stands in a pin's place on the default branch: the resources alone. */
export function formatUnpinned(resources: readonly string[]): string {
  return `${['apiVersion: kustomize.config.k8s.io/v1beta1', 'kind: Kustomization', ...formatResources(resources)].join('\n')}\n`;
}

function formatResources(resources: readonly string[]): string[] {
  return resources.length === 0 ? ['resources: []'] : ['resources:', ...resources.map((path) => `  - ${scalar(path)}`)];
}

const schema = v.strictObject({
  apiVersion: v.string(),
  kind: v.literal('Kustomization'),
  resources: v.optional(v.nullable(v.array(v.string()))),
  images: v.optional(
    v.array(
      v.strictObject({ name: v.string(), newName: v.string(), newTag: v.string(), digest: v.optional(v.string()) }),
    ),
  ),
  patches: v.optional(
    v.array(
      v.strictObject({ target: v.strictObject({ kind: v.string(), name: v.optional(v.string()) }), patch: v.string() }),
    ),
  ),
  commonAnnotations: v.optional(v.record(v.string(), v.string())),
});

const patchSchema = v.strictTuple([
  v.strictObject({ op: v.picklist(['add', 'replace']), path: v.string(), value: v.string() }),
]);

/**
 * Returns the pin that a service's kustomization.yaml holds, or null when it holds resources alone.
 * Throws `BAD_PIN` when the file is anything else: an environment branch is written by the tool.
 */
export function parsePin(id: ServiceId, text: string): Pin | null {
  return parseCanonicalPin(text) ?? readYaml(pinPath(id), text);
}

/**
 * Returns the pin of a text that is exactly what `formatPin` writes, else undefined. A report reads thousands, and this
 * is many times faster than YAML. What it makes of other texts does not matter: no pin is formatted as they are.
 */
export function parseCanonicalPin(text: string): Pin | undefined {
  const resources: string[] = [];
  const images: { name: string; repository: string; tag: string; digest: string | undefined }[] = [];
  let image = { name: '', repository: '', tag: '', digest: undefined as string | undefined };
  const given: { -readonly [key in keyof Build]?: string } = {};
  const fields: { kind: string; name: string | undefined; keys: string[]; value: string }[] = [];
  let field = { kind: '', name: undefined as string | undefined, keys: [] as string[], value: '' };
  for (const line of text.split('\n')) {
    const start = line.indexOf(': ') + 2;
    const value = unquoted(line.slice(start));
    // Naming the keys one by one is what makes it fast: a key that is computed costs more than all the rest.
    switch (line.slice(0, start)) {
      case '  - name: ':
        image = { name: value, repository: '', tag: '', digest: undefined };
        images.push(image);
        break;
      case '    newName: ':
        image.repository = value;
        break;
      case '    newTag: ':
        image.tag = value;
        break;
      case '    digest: ':
        image.digest = value;
        break;
      case '      kind: ':
        field = { kind: value, name: undefined, keys: [], value: '' };
        fields.push(field);
        break;
      case '      name: ':
        field.name = value.replaceAll('\\.', '.');
        break;
      case '        path: ':
        field.keys = pointerKeys(value);
        break;
      case '        value: ':
        field.value = value;
        break;
      case '  eleventh.dev/commit: ':
        given.commit = value;
        break;
      case '  eleventh.dev/branch: ':
        given.branch = value;
        break;
      case '  eleventh.dev/source: ':
        given.source = value;
        break;
      case '  eleventh.dev/built: ':
        given.built = value;
        break;
      case '  eleventh.dev/version: ':
        given.version = value;
        break;
      default:
        if (line.startsWith('  - ') && line !== '  - target:') resources.push(unquoted(line.slice(4)));
    }
  }
  const build = checkedBuild(given);
  if (typeof build === 'string') return undefined;
  const pin = { ...build, resources, images, ...(fields.length > 0 && { fields }) };
  return formatPin(pin) === text ? pin : undefined;
}

/** Returns the text of a scalar as we write them; of another one, anything. */
function unquoted(written: string): string {
  if (!written.startsWith('"')) return written;
  if (!written.includes('\\')) return written.slice(1, -1);
  try {
    return String(JSON.parse(written));
  } catch {
    return '';
  }
}

function readYaml(path: string, text: string): Pin | null {
  const parsed = v.safeParse(schema, yamlIn(path, text));
  if (!parsed.success) throw bad(path, `${v.getDotPath(parsed.issues[0]) ?? 'the file'} is not what a pin holds`);
  const { resources, images, patches, commonAnnotations } = parsed.output;
  if (commonAnnotations === undefined && images === undefined) return null;
  const given = Object.fromEntries(ANNOTATIONS.map((key) => [key, commonAnnotations?.[`${prefix}${key}`]]));
  const build = checkedBuild(given);
  if (typeof build === 'string') throw bad(path, build);
  const fields = (patches ?? []).map(({ target, patch }) => {
    const operations = v.safeParse(patchSchema, yamlIn(path, patch));
    if (!operations.success) throw bad(path, 'a patch does more than set one field');
    const [{ path: pointer, value: put }] = operations.output;
    return { kind: target.kind, name: target.name?.replaceAll('\\.', '.'), keys: pointerKeys(pointer), value: put };
  });
  return {
    ...build,
    ...(fields.length > 0 && { fields }),
    resources: resources ?? [],
    images: (images ?? []).map(({ name, newName, newTag, digest }) => ({
      name,
      repository: newName,
      tag: newTag,
      digest,
    })),
  };
}

function yamlIn(path: string, text: string): unknown {
  try {
    return parseYaml(path, text);
  } catch (cause) {
    throw bad(path, 'it is not YAML', cause);
  }
}

/** Returns the build that a pin names, or half a sentence on what is wrong with it. */
function checkedBuild({ commit, branch = '', source, built, version }: Partial<Build>): Build | string {
  if (commit === undefined || !isOid(commit)) return 'it names no commit of the service';
  if (version !== undefined && valid(version) !== version) return 'its version is not SemVer';
  return { commit, branch, source, built, version };
}

function bad(path: string, problem: string, cause?: unknown): EleventhError {
  return new EleventhError('BAD_PIN', `${path} is not a pin: ${problem}.`, {
    hint: `git log -p -- ${path}`,
    details: { path },
    cause,
  });
}
