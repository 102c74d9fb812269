import { fields } from '@eleventh/core';
import { isScalar, Scalar } from 'yaml';
import type { KubernetesObject } from '../objects/object.ts';
import type { Path } from '../schemas/schema.ts';
import { type Fields, items } from '../summary/fields.ts';
import { readYaml } from './kubernetes-yaml.ts';
import type { Layer } from './kustomization.ts';
import { type Descent, descend } from './node.ts';
import type { SourceIndex } from './source-index.ts';
import { selects } from './target.ts';

/** A patch that a kustomization names or holds. */
export interface Patch {
  readonly file: string;
  /** Returns how deep the patch leads towards a path of an object, and where; undefined where it does not. */
  descend(
    object: KubernetesObject,
    path: Path,
    writes: (written: Fields) => boolean,
  ): Pick<Descent, 'depth' | 'position'> | undefined;
}

/** Returns the patches of a kustomization, in files and as texts: of JSON (RFC 6902), or objects to be merged. */
export function patchesOf(layer: Layer, index: SourceIndex): Patch[] {
  return layer.parts.flatMap(({ use, at, path, isInline }) => {
    if (use !== 'patch') return [];
    const { target } = fields(valueAt(layer.value, at.slice(0, 2)));
    if (path !== null) return patchesIn(path, index.files.get(path) ?? '', target, (position) => position);
    const node = isInline ? index.fieldNode(layer, at) : undefined;
    if (!isScalar(node) || typeof node.value !== 'string') return [];
    const { value: text } = node;
    return patchesIn(layer.file, text, target, (position) =>
      placeInside(node as Scalar, text, position, index.files.get(layer.file) ?? ''),
    );
  });
}

function patchesIn(file: string, text: string, target: unknown, place: (position: number) => number): Patch[] {
  return readYaml(text).documents.flatMap((document): Patch[] => {
    const { contents } = document;
    if (contents === null || document.errors.length > 0) return [];
    const value: unknown = document.toJS({ maxAliasCount: -1 });
    if (!Array.isArray(value)) {
      const merged: Patch['descend'] = (object, path, writes) => {
        if (target == null ? !writes(value as Fields) : !selects(target, object)) return undefined;
        const { depth, position } = descend(contents, path, object, document);
        return depth === 0 ? undefined : { depth, position: place(position) };
      };
      return [{ file, descend: merged }];
    }
    return value.map((operation: Fields | null, at) => ({
      file,
      descend: (object, path) => {
        const pointer = pointerPath(String(operation?.path));
        const isTowards = pointer.every((step, depth) => step === '-' || step === String(path[depth]));
        if (target == null || !isTowards || !selects(target, object)) return undefined;
        const inner = descend(contents, [at, 'value', ...path.slice(pointer.length)], undefined, document);
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
export function setterPath({ value }: Layer, object: KubernetesObject, path: Path): Path | undefined {
  const [first, second, third] = path;
  if (path.at(-1) === 'image') return imageSetter(value, String(valueAt(object, path)));
  if (first === 'metadata' && second === 'namespace' && value.namespace !== undefined) return ['namespace'];
  if (first === 'spec' && second === 'replicas' && path.length === 2) {
    const set = items(value.replicas).find(([, item]) => fields(item).name === object.metadata.name);
    return set === undefined ? undefined : ['replicas', set[0], 'count'];
  }
  const field = second === 'labels' ? 'commonlabels' : 'commonannotations';
  if (first === 'metadata' && path.length === 3 && typeof third === 'string') {
    const common = value[field] as Fields | undefined;
    return common?.[third] === undefined ? undefined : [field, third];
  }
  return undefined;
}

function imageSetter(value: Fields, image: string): Path | undefined {
  const set = items(value.images).find(([, item]) => {
    const { name, newname, newtag, digest } = fields(item);
    const isNamed =
      image === (newname ?? name) || image.startsWith(`${newname ?? name}:`) || image.startsWith(`${newname ?? name}@`);
    return (
      isNamed &&
      (newtag === undefined || image.includes(String(newtag))) &&
      (digest === undefined || image.includes(String(digest)))
    );
  });
  return set === undefined ? undefined : ['images', set[0]];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value);
}
