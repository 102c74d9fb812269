import { kustomizeDocuments } from '@eleventh/core';

/**
 * Returns whether a patch may give an object another name, so that kustomize looks for references to the old one
 * everywhere: a JSON patch that touches its metadata beyond labels and annotations. A strategic merge keeps the name.
 */
export function renames(path: string, text: string): boolean {
  const documents = kustomizeDocuments(path, text, { uniqueKeys: false });
  return documents.some((document) => Array.isArray(document) && document.some(touchesName));
}

function touchesName(operation: unknown): boolean {
  const { op, path, from } = Object(operation) as { op?: unknown; path?: unknown; from?: unknown };
  return isName(path) || (op === 'move' && isName(from));
}

function isName(pointer: unknown): boolean {
  if (typeof pointer !== 'string') return pointer !== undefined;
  // What stands before the first slash does not count, as kustomize reads it.
  const [, first, second] = pointer.split('/');
  if (first === undefined || first === '') return true;
  return first === 'metadata' && second !== 'labels' && second !== 'annotations';
}
