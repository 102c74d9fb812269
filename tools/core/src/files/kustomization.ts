import { entries, isMap } from './field-name.ts';
import { kustomizeDocuments } from './yaml-file.ts';

/** The names that kustomize knows its file by. */
export const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Something that a kustomization names, or has in place of a name. */
export interface Mention {
  /** What the kustomization does with it. */
  readonly use: 'resource' | 'component' | 'patch' | 'plugin' | 'file';
  /** Where it stands; of fields their names as kustomize compares them. */
  readonly at: readonly (string | number)[];
  /** As it is written: the name of a file or folder (`localPath` finds it), or what such a file would hold. */
  readonly value: unknown;
  /** Whether it is what a file would hold: a text of YAML, or a map. */
  readonly isInline: boolean;
}

/**
 * Returns what a field of the kustomization in a file names, whether it may or not. Throws `BAD_YAML` for a text that
 * is neither a name nor YAML. @param field its name as kustomize compares it
 */
export function* mentions(file: string, field: string, value: unknown): Generator<Mention, void> {
  if (field === 'openapi') yield* paths('file', [field], value);
  for (const [index, item] of list(value).entries()) {
    const at = [field, index];
    switch (field) {
      case 'resources':
      case 'bases':
        yield { use: 'resource', at, value: item, isInline: false };
        break;
      case 'components':
        yield { use: 'component', at, value: item, isInline: false };
        break;
      case 'crds':
      case 'configurations':
        yield { use: 'file', at, value: item, isInline: false };
        break;
      case 'configmapgenerator':
      case 'secretgenerator':
        yield* generated(at, item);
        break;
      case 'replacements':
        if (isMap(item)) yield { use: 'file', at, value: item, isInline: true };
        yield* paths('file', at, item);
        break;
      case 'patches':
      case 'patchesjson6902':
        // Before there were maps in it, it was a list of strategic merges.
        if (typeof item === 'string') yield { use: 'patch', at, value: item, isInline: isYaml(file, item) };
        else yield* patches(at, item);
        break;
      case 'patchesstrategicmerge':
        yield { use: 'patch', at, value: item, isInline: isYaml(file, item) };
        break;
      case 'transformers':
      case 'generators':
      case 'validators':
        yield { use: 'plugin', at, value: item, isInline: isYaml(file, item) };
    }
  }
}

function* paths(use: Mention['use'], at: Mention['at'], value: unknown): Generator<Mention, void> {
  for (const [key, inner] of entries(value))
    if (key === 'path') yield { use, at: [...at, key], value: inner, isInline: false };
}

function* patches(at: Mention['at'], patch: unknown): Generator<Mention, void> {
  for (const [key, value] of entries(patch)) {
    const isInline = key === 'patch' && typeof value === 'string';
    if (isInline || key === 'path') yield { use: 'patch', at: [...at, key], value, isInline };
  }
}

/** Returns the files that a generator makes a ConfigMap or a Secret of: `settings.yaml`, or `key=settings.yaml`. */
function* generated(at: Mention['at'], generator: unknown): Generator<Mention, void> {
  for (const [key, value] of entries(generator)) {
    if (key !== 'files' && key !== 'envs' && key !== 'env') continue;
    for (const [index, item] of list(value).entries()) {
      const name = key === 'files' && typeof item === 'string' ? item.slice(item.indexOf('=') + 1) : item;
      yield { use: 'file', at: [...at, key, index], value: name, isInline: false };
    }
  }
}

/** Returns whether a value is a text of YAML rather than the name of a file. */
function isYaml(file: string, value: unknown): boolean {
  if (typeof value !== 'string') return false;
  return kustomizeDocuments(file, value).some((document) => typeof document === 'object' && document !== null);
}

/** Returns the items of a list; of anything else that it is alone, as kustomize takes it in some fields. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
}
