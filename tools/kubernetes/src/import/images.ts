import { fields, isMap, isRepository, type PinnedImage, splitImage } from '@eleventh/core';
import { mapsOf } from './kustomization-text.ts';
import type { Layer } from './layers.ts';

/** An entry of `images` in a kustomization. */
interface Directive {
  readonly name: string;
  readonly newName?: string | undefined;
  readonly newTag?: string | undefined;
  readonly digest?: string | undefined;
  readonly tagSuffix?: string | undefined;
}

/** Returns every image that containers of some value name, where kustomize's `images` would find it. */
export function imagesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) imagesIn(item, found);
  else if (isMap(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'containers' || key === 'initContainers')
        for (const { image } of mapsOf(inner)) if (typeof image === 'string') found.add(image);
      imagesIn(inner, found);
    }
  }
  return found;
}

/** Returns the images that some layers set, in the order in which kustomize does it: what lies below first. */
export function directivesOf(
  layers: ReadonlyMap<string, Layer>,
  folder: string,
  isWanted: (folder: string) => boolean,
): Directive[] {
  const layer = layers.get(folder);
  if (layer === undefined || !isWanted(folder)) return [];
  const below = [...layer.bases, ...layer.components].flatMap((next) => directivesOf(layers, next, isWanted));
  const own = layer.text.items('images').flatMap((item): Directive[] => {
    const { name, newname, newtag, digest, tagsuffix } = fields(item);
    if (typeof name !== 'string') return [];
    return [
      { name, newName: textOf(newname), newTag: textOf(newtag), digest: textOf(digest), tagSuffix: textOf(tagsuffix) },
    ];
  });
  return [...below, ...own];
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : String(value);
}

/** Returns a pattern for a name itself: kustomize takes it for a pattern, and a name of somebody else's could be a costly one. */
function literal(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Returns what becomes of an image, as kustomize does it. */
export function afterDirectives(image: string, directives: readonly Directive[]): string {
  let current = image;
  for (const { name, newName, newTag, digest, tagSuffix } of directives) {
    if (!new RegExp(`^${literal(name)}(?::[a-zA-Z0-9_.{}-]*)?(?:@sha256:[a-zA-Z0-9_.{}-]*)?$`).test(current)) continue;
    const { repository, tag, digest: known } = splitImage(current);
    const place = newName ?? repository;
    if (newTag !== undefined && digest !== undefined) current = `${place}:${newTag}@${digest}`;
    else if (newTag !== undefined) current = `${place}:${newTag}`;
    else if (digest !== undefined) current = `${place}@${digest}`;
    else
      current = `${place}${tag === undefined ? '' : `:${tag}${tagSuffix ?? ''}`}${known === undefined ? '' : `@${known}`}`;
  }
  return current;
}

/** What an image that manifests name is to be in one environment, by what stands in the manifests. */
export type Finals = ReadonlyMap<string, string>;

/** The images of a service: those that are its own, and the pins of each environment. */
export interface ServiceImages {
  readonly repositories: readonly string[];
  readonly pins: ReadonlyMap<string, readonly PinnedImage[]>;
}

/**
 * Returns what of a service's images the pins say: those that an environment sets, or that environments have otherwise.
 * A service of which nothing of that sort is known has the one image that it runs, or the one that is called like it.
 * null: a pin cannot say it, since two containers have one name and not one image, say.
 */
export function serviceImages(id: string, byEnvironment: ReadonlyMap<string, Finals>): ServiceImages | null {
  const finals = [...byEnvironment.values()];
  const names = new Set(finals.flatMap((one) => [...one.keys()].map((image) => splitImage(image).repository)));
  const moved = new Set<string>();
  for (const name of names) {
    const texts = finals.map((one) => of(one, name));
    if (
      texts.some((found) => found.some(([from, to]) => from !== to)) ||
      new Set(texts.filter(isSome).map((found) => JSON.stringify(found.map(([, to]) => to)))).size > 1
    )
      moved.add(name);
  }
  const own = moved.size > 0 ? moved : new Set(guessed(id, [...names]));
  const pins = new Map<string, PinnedImage[]>();
  const repositories = new Set<string>();
  for (const [environment, one] of byEnvironment) {
    const pinned: PinnedImage[] = [];
    for (const name of [...own].sort()) {
      const found = of(one, name);
      const targets = new Set(found.map(([, to]) => to));
      if (found.length === 0) continue;
      const { repository, tag = '', digest } = splitImage([...targets][0] ?? '');
      const isSayable = targets.size === 1 && isRepository(repository) && isRepository(name) && tag !== '';
      if (!isSayable && moved.has(name) && found.some(([from, to]) => from !== to)) return null;
      if (isRepository(repository)) repositories.add(repository);
      if (isSayable) pinned.push({ name, repository, tag, ...(digest === undefined ? {} : { digest }) });
    }
    pins.set(environment, pinned);
  }
  return { repositories: [...repositories].sort(), pins };
}

function of(finals: Finals, name: string): [string, string][] {
  return [...finals].filter(([image]) => splitImage(image).repository === name);
}

function isSome(found: readonly unknown[]): boolean {
  return found.length > 0;
}

function guessed(id: string, names: readonly string[]): string[] {
  if (names.length === 1) return [...names];
  const word = id.slice(id.lastIndexOf('/') + 1);
  return names.filter((name) => name.slice(name.lastIndexOf('/') + 1) === word);
}
