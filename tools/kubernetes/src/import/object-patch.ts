import { isMap } from '@eleventh/core';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../objects/object.ts';

/** An operation of a JSON patch (RFC 6902). */
export interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/** Returns the operations that make one object of another, the images of containers left as they are. */
export function operations(before: unknown, after: unknown, path: readonly string[] = []): Operation[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, index) => operations(item, after[index], [...path, String(index)]));
  if (!isMap(before) || !isMap(after)) return [{ op: 'replace', path: pointer(path), value: after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key): Operation[] => {
    const at = [...path, key];
    if (isImage(at)) return [];
    // The pin gives every object annotations: there is always a map to add to.
    if (path.length === 1 && path[0] === 'metadata' && key === 'annotations')
      return operations(before[key] ?? {}, after[key] ?? {}, at);
    if (!Object.hasOwn(after, key)) return [{ op: 'remove', path: pointer(at) }];
    if (!Object.hasOwn(before, key)) return [{ op: 'add', path: pointer(at), value: after[key] }];
    return operations(before[key], after[key], at);
  });
}

function isImage(path: readonly string[]): boolean {
  const [list, index, field] = path.slice(-3);
  return field === 'image' && (list === 'containers' || list === 'initContainers') && /^\d+$/.test(index ?? '');
}

function pointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Returns an item of `patches` that does some operations on an object, or (null) takes it away. */
export function patchOf(
  { apiVersion, kind, metadata }: KubernetesObject,
  todo: readonly Operation[] | null,
): Record<string, unknown> {
  const exactly = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const namespace = metadata.namespace === undefined ? {} : { namespace: exactly(metadata.namespace) };
  const target = { kind, name: exactly(metadata.name), ...namespace };
  const gone = {
    $patch: 'delete',
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) },
  };
  const isRenamed = todo?.some(({ path }) => path === '/metadata/name') === true;
  return {
    target,
    patch: stringify(todo ?? gone, { lineWidth: 0 }),
    ...(isRenamed && { options: { allowNameChange: true } }),
  };
}

/** Returns pairs of values that stand at the same places of two objects: the images of their containers. */
export function imagePairs(before: unknown, after: unknown): [string, string][] {
  if (Array.isArray(before) && Array.isArray(after))
    return before.flatMap((item, index) => imagePairs(item, after[index]));
  if (!isMap(before) || !isMap(after)) return [];
  return Object.entries(before).flatMap(([key, inner]) => {
    if (key !== 'containers' && key !== 'initContainers') return imagePairs(inner, after[key]);
    const [left, right] = [inner, after[key]];
    if (!Array.isArray(left) || !Array.isArray(right)) return [];
    return left.flatMap((one, index): [string, string][] => {
      const [from, to] = [isMap(one) ? one.image : undefined, isMap(right[index]) ? right[index].image : undefined];
      return typeof from === 'string' && typeof to === 'string' ? [[from, to]] : [];
    });
  });
}
