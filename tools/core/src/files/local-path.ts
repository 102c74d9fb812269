/**
 * Returns the file or folder that a kustomization's file names, as a path in the repository, or null for what is not in
 * it or might not be: an absolute path, one that leaves the repository, and every form of a URL.
 */
export function localPath(file: string, reference: unknown): string | null {
  // Kustomize takes what looks like a URL for one, even where a folder of that name stands.
  if (typeof reference !== 'string' || /^\/|\/\/|[:?@\\]|^github\.com/i.test(reference)) return null;
  const parts = file.split('/').slice(0, -1);
  for (const part of reference.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
