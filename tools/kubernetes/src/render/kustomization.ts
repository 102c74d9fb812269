import { folded, kustomizeDocuments, parseCanonicalPin } from '@eleventh/core';
import { renames } from './patch.ts';
import { judgePlugins, type PluginFile } from './plugin.ts';

/** What a kustomization does with something that it names: a plugin's file and a patch are read, the rest is only there. */
type Use = 'resource' | 'component' | 'plugin' | 'patch' | 'file';

export interface Named {
  readonly use: Use;
  /** As the kustomization writes it. */
  readonly reference: string;
}

export interface Refused {
  readonly reason: 'url' | 'plugin' | 'chart';
  readonly what: string;
}

/** What matters of one kustomization's file before it is built. Survives JSON. */
export interface Kustomization {
  readonly names: readonly Named[];
  /** What it asks for that may not be; of a plugin, which. */
  readonly refused?: Refused;
  /** Whether it can change what is built beside it, so that it has to be built apart from all others. */
  readonly isApart: boolean;
  /** Whether it would build otherwise as a part of something than alone. */
  readonly isApartAsRoot: boolean;
}

/** Fields that say nothing beyond what is built from their own kustomization. Every other one is built apart. */
const HARMLESS = new Set(
  [
    ...['apiversion', 'kind', 'metadata', 'namespace', 'resources', 'bases', 'components', 'images', 'imagetags'],
    ...['commonlabels', 'labels', 'commonannotations', 'replicas', 'patches', 'patchesjson6902'],
    ...['patchesstrategicmerge', 'configmapgenerator', 'secretgenerator', 'generatoroptions', 'helmglobals'],
  ].map(folded),
);

/** Fields that only count where a build begins: kustomize takes those of its root, and no others. */
const AT_ROOT = new Set(['buildmetadata', 'sortoptions']);

/** What `service add` and an unpinned service have: reading YAML takes far longer. */
const PLAIN =
  /^apiVersion: kustomize\.config\.k8s\.io\/v1beta1\nkind: Kustomization\n(?:namespace: [a-z0-9-]+\n)?resources:\n((?: {2}- [\w./-]+\n)+)$/;

/** Returns what the text of a kustomization names and asks for; throws `BAD_YAML` for one that cannot be read. */
export function readKustomization(path: string, text: string): Kustomization {
  const plain = PLAIN.exec(text)?.[1]?.matchAll(/^ {2}- (.+)$/gm);
  const resources = parseCanonicalPin(text)?.resources ?? (plain && Array.from(plain, ([, name = '']) => name));
  if (resources) return { ...NOTHING, names: resources.map(named('resource')) };
  return merged(
    kustomizeDocuments(path, text)
      .flatMap(entries)
      .map(([field, value]) => judge(path, field, value)),
  );
}

const NOTHING: Kustomization = { names: [], isApart: false, isApartAsRoot: false };

function merged(parts: readonly Kustomization[]): Kustomization {
  const refused = parts.find((part) => part.refused !== undefined)?.refused;
  return {
    names: parts.flatMap(({ names }) => names),
    ...(refused === undefined ? {} : { refused }),
    isApart: parts.some(({ isApart }) => isApart),
    isApartAsRoot: parts.some(({ isApartAsRoot }) => isApartAsRoot),
  };
}

function judge(path: string, field: string, value: unknown): Kustomization {
  const isApart = !HARMLESS.has(field) && !AT_ROOT.has(field);
  const found = {
    ...NOTHING,
    isApart,
    isApartAsRoot: AT_ROOT.has(field) || (field === 'kind' && value === 'Component'),
  };
  const naming = (use: Use, names: unknown[]) => ({ ...found, names: names.filter(isText).map(named(use)) });
  switch (field) {
    case 'resources':
    case 'bases':
      return naming('resource', list(value));
    case 'components':
      return naming('component', list(value));
    case 'crds':
    case 'configurations':
      return naming('file', list(value));
    case 'openapi':
      return naming('file', under('path', [value]));
    case 'configmapgenerator':
    case 'secretgenerator':
      return naming('file', generatorFiles(list(value)));
    case 'replacements':
      return naming('file', under('path', list(value)));
    case 'patches':
    case 'patchesjson6902':
      return patches(path, naming('patch', under('path', list(value))), value);
    case 'patchesstrategicmerge':
      return strategicMerges(path, found, list(value).filter(isText));
    case 'transformers':
    case 'generators':
    case 'validators':
      return plugins(path, list(value).filter(isText));
    case 'helmcharts':
    case 'helmchartinflationgenerator':
      return list(value).length === 0 ? found : { ...found, refused: { reason: 'chart', what: field } };
    default:
      return found;
  }
}

function patches(path: string, found: Kustomization, value: unknown): Kustomization {
  const fields = list(value).flatMap(entries);
  const inline = fields.flatMap(([key, text]) => (key === 'patch' && isText(text) ? [text] : []));
  const options = fields.flatMap(([key, option]) => (key === 'options' ? entries(option) : []));
  const mayRename = options.some(([, isSet]) => isSet === true) || inline.some((text) => renames(path, text));
  return { ...found, isApart: found.isApart || mayRename };
}

/** Returns what a list of strategic merges names: each is a patch itself, or the name of a file with one. */
function strategicMerges(path: string, found: Kustomization, items: readonly string[]): Kustomization {
  const files = items.filter((item) => !isInline(path, item));
  return { ...found, ...refusedUrl(items, files), names: files.map(named('patch')) };
}

function plugins(path: string, items: readonly string[]): Kustomization {
  const inline = items.filter((item) => isInline(path, item));
  const files = items.filter((item) => !inline.includes(item));
  const judged = ofPlugins(judgePlugins(inline.flatMap((item) => kustomizeDocuments(path, item))));
  return { ...judged, ...refusedUrl(items, files), names: [...files.map(named('plugin')), ...judged.names] };
}

/** Returns the refusal of a text that is YAML to us, and a URL to kustomize where it cannot make an object of it. */
function refusedUrl(items: readonly string[], files: readonly string[]): Pick<Kustomization, 'refused'> {
  const isUrl = (item: string) => /^\s*(?:git::|https?:|[a-z]+:\/\/|[a-z][a-z0-9-]*@|github\.com[/:])/i.test(item);
  const url = items.find((item) => !files.includes(item) && isUrl(item));
  return url === undefined ? {} : { refused: { reason: 'url', what: url } };
}

/** Returns what the files of plugins name and ask for, as a kustomization that has them would. */
export function ofPlugins({ problem, files, patches: patchFiles }: PluginFile): Kustomization {
  return {
    ...NOTHING,
    names: [...files.map(named('file')), ...patchFiles.map(named('patch'))],
    ...(problem === undefined ? {} : { refused: { reason: 'plugin' as const, what: problem } }),
    isApart: true,
  };
}

/** Returns the files that ConfigMaps and Secrets are made of: `settings.yaml`, or `key=settings.yaml`. */
export function generatorFiles(generators: readonly unknown[]): string[] {
  const fields = generators.flatMap(entries);
  const files = fields.filter(([key]) => key === 'files').flatMap(([, value]) => list(value));
  const envs = fields.filter(([key]) => key === 'envs' || key === 'env').flatMap(([, value]) => list(value));
  return [...files.filter(isText).map((file) => file.slice(file.indexOf('=') + 1)), ...envs.filter(isText)];
}

/** Returns whether a text within a kustomization is YAML of its own rather than the name of a file. */
function isInline(path: string, text: string): boolean {
  return kustomizeDocuments(path, text).some((document) => typeof document === 'object' && document !== null);
}

function named(use: Use): (reference: string) => Named {
  return (reference) => ({ use, reference });
}

/** Returns the texts under a key of some maps. */
export function under(key: string, maps: readonly unknown[]): string[] {
  return maps
    .flatMap(entries)
    .filter(([name]) => name === key)
    .flatMap(([, value]) => list(value))
    .filter(isText);
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Returns the fields of a map with their names as kustomize compares them. */
export function entries(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([key, inner]) => [folded(key), inner]);
}
