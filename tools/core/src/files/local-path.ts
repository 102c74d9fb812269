/**
 * Returns a file or folder that a file of kustomize names, as a path in the repository; null for what lies elsewhere, or
 * looks like a URL: kustomize takes that for one, even where a folder of that name stands.
 */
export function localPath(file: string, reference: string): string | null {
  if (/^\/|\/\/|[:?@\\]|^github\.com/i.test(reference) || reference === '') return null;
  const parts = file.split('/').slice(0, -1);
  for (const part of reference.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
