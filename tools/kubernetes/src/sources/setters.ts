import { isScalar, Scalar } from 'yaml';
import type { KubernetesObject } from '../objects/object.ts';
import type { Path } from '../schemas/schema.ts';
import { readYaml } from './kubernetes-yaml.ts';
import type { Fields, Layer } from './kustomization.ts';
import { reach } from './node.ts';
import type { SourceIndex } from './source-index.ts';
import { selects } from './target.ts';

/** A patch within a kustomization. */
export interface Patch {
  readonly file: string;
  /** Returns how deep the patch leads towards a path of an object, and where; undefined where it does not. */
  reach(
    object: KubernetesObject,
    path: Path,
    writes: (written: Fields) => boolean,
  ): { depth: number; position: number } | undefined;
}

/** Returns the patches that a kustomization holds as texts: of JSON (RFC 6902), or objects to be merged. */
export function inlinePatches(layer: Layer, index: SourceIndex): Patch[] {
  return ['patches', 'patchesStrategicMerge', 'patchesJson6902'].flatMap((field) => {
    const items = Array.isArray(layer.value[field]) ? layer.value[field] : [];
    return items.flatMap((item: unknown, at: number) => {
      const isText = typeof item === 'string';
      const path = isText ? [field, at] : [field, at, 'patch'];
      const node = index.fieldNode(layer, path);
      const text = isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
      if (text?.includes('\n') !== true && (isText || text === undefined)) return filePatch(item, layer, index);
      return patchesIn(layer.file, text ?? '', (item as Fields).target, (position) =>
        placeInside(node as Scalar, text ?? '', position, index.files.get(layer.file) ?? ''),
      );
    });
  });
}

/** Returns the JSON patch of a file with its target; what a file merges is found among the objects. */
function filePatch(item: unknown, { folder }: Layer, index: SourceIndex): Patch[] {
  const { path, target } = (item ?? {}) as Fields;
  const file = index.build.patches.find(
    (name) => typeof path === 'string' && name === `${folder}/${path.replace(/^\.\//, '')}`,
  );
  if (file === undefined) return [];
  return patchesIn(file, index.files.get(file) ?? '', target, (position) => position);
}

function patchesIn(file: string, text: string, target: unknown, place: (position: number) => number): Patch[] {
  return readYaml(text).documents.flatMap((document): Patch[] => {
    const { contents } = document;
    if (contents === null || document.errors.length > 0) return [];
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    if (!Array.isArray(value)) {
      const reached: Patch['reach'] = (object, path, writes) => {
        if (target == null ? !writes(value as Fields) : !selects(target as Fields, object)) return undefined;
        const { depth, position } = reach(contents, path, object, document);
        return depth === 0 ? undefined : { depth, position: place(position) };
      };
      return [{ file, reach: reached }];
    }
    return value.map((operation: Fields | null, at) => ({
      file,
      reach: (object, path) => {
        const pointer = pointerPath(String(operation?.path));
        const isTowards = pointer.every((step, depth) => step === '-' || step === String(path[depth]));
        if (target == null || !isTowards || !selects(target as Fields, object)) return undefined;
        const inner = reach(contents, [at, 'value', ...path.slice(pointer.length)], undefined, document);
        return { depth: pointer.length + Math.max(0, inner.depth - 2), position: place(inner.position) };
      },
    }));
  });
}

function pointerPath(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Returns where a position of a text within a block of YAML stands in the file. */
function placeInside(node: Scalar, text: string, position: number, source: string): number {
  const start = node.range?.[0] ?? 0;
  if (node.type !== Scalar.BLOCK_LITERAL && node.type !== Scalar.BLOCK_FOLDED) return start;
  const before = text.slice(0, position).split('\n');
  let line = source.indexOf('\n', start) + 1;
  for (let count = 1; count < before.length; count += 1) line = source.indexOf('\n', line) + 1;
  const first = /^[ ]*/.exec(source.slice(source.indexOf('\n', start) + 1))?.[0].length ?? 0;
  const own = /^[ ]*/.exec(text)?.[0].length ?? 0;
  return line + first - own + (before.at(-1)?.length ?? 0);
}

/** Returns the field of a kustomization that sets a field of an object, or undefined. */
export function setterPath(value: Fields, object: KubernetesObject, path: Path): Path | undefined {
  const [first, second, third] = path;
  if (path.at(-1) === 'image') return imageSetter(value, String(valueAt(object, path)));
  if (first === 'metadata' && second === 'namespace' && value.namespace !== undefined) return ['namespace'];
  if (first === 'spec' && second === 'replicas' && path.length === 2) {
    const at = list(value.replicas).findIndex((item) => (item as Fields | null)?.name === object.metadata.name);
    return at < 0 ? undefined : ['replicas', at, 'count'];
  }
  const field = second === 'labels' ? 'commonLabels' : 'commonAnnotations';
  if (first === 'metadata' && path.length === 3 && typeof third === 'string') {
    const common = value[field] as Fields | undefined;
    return common?.[third] === undefined ? undefined : [field, third];
  }
  return undefined;
}

function imageSetter(value: Fields, image: string): Path | undefined {
  const at = list(value.images).findIndex((item) => {
    const { name, newName, newTag, digest } = (item ?? {}) as Fields;
    const isNamed =
      image === (newName ?? name) || image.startsWith(`${newName ?? name}:`) || image.startsWith(`${newName ?? name}@`);
    return (
      isNamed &&
      (newTag === undefined || image.includes(String(newTag))) &&
      (digest === undefined || image.includes(String(digest)))
    );
  });
  return at < 0 ? undefined : ['images', at];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
