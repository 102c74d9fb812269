import { entries, folded, kustomizeDocuments, list, type Mention, mentions, parseCanonicalPin } from '@eleventh/core';
import { renames } from './patch.ts';
import { judgePlugins, type PluginFile } from './plugin.ts';

export { entries, list };

export interface Named {
  /** A plugin's file and a patch are read, the rest is only there. */
  readonly use: Mention['use'];
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
  const mentioned = [...mentions(path, field, value)];
  const inline = mentioned.flatMap(({ isInline, value }) => (isInline && isText(value) ? [value] : []));
  const found = {
    names: mentioned.flatMap(({ use, isInline, value }) =>
      isInline ? [] : list(value).filter(isText).map(named(use)),
    ),
    isApart: !HARMLESS.has(field) && !AT_ROOT.has(field),
    isApartAsRoot: AT_ROOT.has(field) || (field === 'kind' && value === 'Component'),
  };
  switch (field) {
    case 'patches':
    case 'patchesjson6902':
      return {
        ...found,
        ...refusedUrl(inline),
        isApart: mayRename(value) || inline.some((text) => renames(path, text)),
      };
    case 'patchesstrategicmerge':
      return { ...found, ...refusedUrl(inline) };
    case 'transformers':
    case 'generators':
    case 'validators': {
      const plugins = ofPlugins(judgePlugins(inline.flatMap((text) => kustomizeDocuments(path, text))));
      return { ...plugins, ...refusedUrl(inline), names: [...found.names, ...plugins.names] };
    }
    case 'helmcharts':
    case 'helmchartinflationgenerator':
      return list(value).length === 0 ? found : { ...found, refused: { reason: 'chart', what: field } };
    default:
      return found;
  }
}

/** Returns whether patches are allowed to give objects another name, or kind. */
function mayRename(patches: unknown): boolean {
  const options = list(patches)
    .flatMap(entries)
    .flatMap(([key, option]) => (key === 'options' ? entries(option) : []));
  return options.some(([, isSet]) => isSet === true);
}

/** Returns the refusal of a text that is YAML to us, and a URL to kustomize where it cannot make an object of it. */
function refusedUrl(texts: readonly string[]): Pick<Kustomization, 'refused'> {
  const isUrl = (text: string) => /^\s*(?:git::|https?:|[a-z]+:\/\/|[a-z][a-z0-9-]*@|github\.com[/:])/i.test(text);
  const url = texts.find(isUrl);
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

/** Returns the files that ConfigMaps and Secrets are made of. */
export function generatorFiles(generators: readonly unknown[]): string[] {
  return [...mentions('', 'configmapgenerator', generators)].map(({ value }) => value).filter(isText);
}

function named(use: Named['use']): (reference: string) => Named {
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

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
