import { EleventhError } from '../error.ts';
import { splitImage } from '../names/image.ts';
import { isDeviceName, quoted } from '../names/names.ts';
import { fields, isMap } from './field-name.ts';
import { KUSTOMIZATIONS, list } from './kustomization.ts';
import { utf8, yamlDocuments } from './yaml-file.ts';

/** The files of a service's `manifests/` folder by their path within it. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What a service's manifests may hold at most. */
export const MANIFEST_LIMITS = { files: 1000, fileBytes: 5 * 1024 * 1024, totalBytes: 20 * 1024 * 1024 } as const;

const RESOURCE = /\.(?:ya?ml|json)$/;
// What Windows refuses in a name, and what macOS leaves out of one (so that `.g\u200cit` is `.git` there).
const UNPORTABLE = /[\p{Cc}<>:"|?*\\\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]|[. ]$/u;

/**
 * Throws `MANIFESTS_NAME` for a path that would not survive every file system and every Git setting: names that
 * differ in case alone, that Windows reserves, or that Git itself acts on.
 */
export function checkManifestNames(paths: Iterable<string>): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    for (const name of path.split('/')) checkName(path, name);
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const part = parts.slice(0, depth).join('/');
      const folded = part.normalize('NFC').toLowerCase();
      const other = seen.get(folded);
      if (other !== undefined && other !== part) {
        throw unportable(path, `differs from ${quoted(other)} in case alone, which many file systems cannot hold`);
      }
      seen.set(folded, part);
    }
  }
}

function checkName(path: string, name: string): void {
  if (/^\.git(?:attributes|modules|ignore)?$/i.test(name) || /^git~[0-9]$/i.test(name)) {
    throw unportable(path, 'is a file that Git itself acts on, so the mirrored bytes could change on checkout');
  }
  if (name === '' || name === '.' || name === '..' || UNPORTABLE.test(name) || isDeviceName(name)) {
    throw unportable(path, 'has a name that Windows or macOS cannot hold');
  }
  if (new TextEncoder().encode(name).length > 200) throw unportable(path, 'has a name of more than 200 bytes');
}

function unportable(path: string, problem: string): EleventhError {
  return new EleventhError('MANIFESTS_NAME', `The manifest ${quoted(path)} ${problem}.`, {
    hint: 'Rename it, or keep it out of the folder that --manifests names.',
    details: { path },
  });
}

/** What makes a folder a Helm chart. */
export const CHART = 'Chart.yaml';

/**
 * Returns what the pin lists: `manifests` when the folder has a kustomization of its own, else its files one by one. Of
 * a Helm chart it lists nothing: kustomize cannot read templates, and agents are pointed at the chart.
 */
export function manifestResources(files: Files): string[] {
  if (files.has(CHART)) return [];
  if (KUSTOMIZATIONS.some((name) => files.has(name))) return ['manifests'];
  return [...files.keys()]
    .filter((path) => RESOURCE.test(path))
    .sort()
    .map((path) => `manifests/${path}`);
}

/**
 * Returns the names by which the manifests call their images, without tags: what kustomize's `images` can replace
 * (`containers` and `initContainers` anywhere in an object), after a kustomization of the folder's own.
 * Throws `BAD_MANIFEST` naming file and line.
 */
export function imageNames(files: Files): Set<string> {
  const names = new Set<string>();
  if (files.has(CHART)) return names;
  const renamed = new Map<string, string>();
  for (const [path, bytes] of files) {
    if (!RESOURCE.test(path) && !KUSTOMIZATIONS.includes(path)) continue;
    for (const document of documents(path, bytes)) {
      if (KUSTOMIZATIONS.includes(path)) collectRenames(document, renamed);
      else collectImages(document, names);
    }
  }
  return new Set([...names].map((name) => renamed.get(name) ?? name));
}

/** Throws `BAD_MANIFEST` for a file that the pin would list and that holds anything but Kubernetes objects. */
export function checkManifestObjects(files: Files): void {
  if (files.has(CHART)) return;
  const listed = manifestResources(files);
  if (listed.length === 1 && listed[0] === 'manifests') return;
  if (listed.length === 0) {
    throw new EleventhError('MANIFESTS_EMPTY', 'The manifests folder holds no YAML or JSON file.', {
      hint: 'Name the folder that holds the Kubernetes manifests: --manifests k8s/',
    });
  }
  for (const [path, bytes] of files) {
    if (!RESOURCE.test(path)) continue;
    for (const document of documents(path, bytes)) {
      if (document === null || (isMap(document) && 'apiVersion' in document && 'kind' in document)) continue;
      throw badManifest(path, 'holds something that is not a Kubernetes object (it has no apiVersion and kind)');
    }
  }
}

/** Returns every document of the files that a pin could list; throws `BAD_MANIFEST`. */
export function* manifestObjects(files: Files): Generator<unknown> {
  if (files.has(CHART)) return;
  for (const [path, bytes] of files)
    if (RESOURCE.test(path) && !KUSTOMIZATIONS.includes(path)) yield* documents(path, bytes);
}

function documents(path: string, bytes: Uint8Array): unknown[] {
  // A key given twice is for kubectl, which takes the last one, and for kustomize, which refuses it, to judge.
  const refuse = (problem: string, line: number | undefined) =>
    badManifest(path, `is not valid YAML: ${problem}${line === undefined ? '' : ` (line ${line})`}`);
  return yamlDocuments(utf8(`manifests/${path}`, bytes), refuse, { uniqueKeys: false });
}

function badManifest(path: string, problem: string): EleventhError {
  return new EleventhError('BAD_MANIFEST', `manifests/${path} ${problem}.`, {
    hint: 'kubectl apply --dry-run=client -f <folder> shows what kubectl thinks of it; a kustomization.yaml in the folder says which files count.',
    details: { path },
  });
}

/** Adds every container's image name below a value. */
function collectImages(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collectImages(item, names);
  } else if (isMap(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if ((key === 'containers' || key === 'initContainers') && Array.isArray(inner)) {
        for (const container of inner) {
          if (isMap(container) && typeof container.image === 'string')
            names.add(splitImage(container.image).repository);
        }
      }
      collectImages(inner, names);
    }
  }
}

function collectRenames(kustomization: unknown, renamed: Map<string, string>): void {
  for (const image of list(fields(kustomization).images)) {
    const { name, newname } = fields(image);
    if (typeof name === 'string' && typeof newname === 'string') renamed.set(name, newname);
  }
}
