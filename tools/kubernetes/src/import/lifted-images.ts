import { isMap, isScalar, isSeq, type Node, type Pair, parseAllDocuments, visit, type YAMLMap } from 'yaml';
import { mapsOf } from './kustomization-text.ts';
import { isManifest } from './repository-files.ts';

/** A patch without the images that it set, and what they were, by the name of the container. */
export interface Lifted {
  readonly text: string;
  readonly images: ReadonlyMap<string, string>;
}

/**
 * Returns a file of patches without the images of containers, which a pin is to set: `image:` goes, every other byte
 * stays. null where there is none, or one of a container that is not among those that are there already.
 */
export function lifted(path: string, bytes: Uint8Array, containers: ReadonlySet<string>): Lifted | null {
  const text = new TextDecoder().decode(bytes);
  if (!isManifest(path) || !/^\s*-?\s*image:/m.test(text)) return null;
  const images = new Map<string, string>();
  const gone: [number, number][] = [];
  let isStrange = false;
  for (const document of parseAllDocuments(text)) {
    if ('errors' in document && document.errors.length > 0) return null;
    visit(document, {
      Pair: (_, pair) => {
        const { key, value } = pair as Pair<Node, Node>;
        if (!isScalar(key) || (key.value !== 'containers' && key.value !== 'initContainers') || !isSeq(value)) return;
        for (const item of value.items) {
          const found = isMap(item) ? imageOf(item as YAMLMap<Node, Node>) : undefined;
          if (found === undefined) continue;
          if (found.span === undefined || !containers.has(found.name)) isStrange = true;
          else gone.push(lines(text, found.span));
          images.set(found.name, found.image);
        }
      },
    });
  }
  if (isStrange || images.size === 0) return null;
  const rest = gone
    .sort(([a], [b]) => b - a)
    .reduce((result, [from, to]) => result.slice(0, from) + result.slice(to), text);
  return { text: rest, images };
}

/** Returns the image of a container in a text, and from where to where it is written. */
function imageOf(
  container: YAMLMap<Node, Node>,
): { name: string; image: string; span: [number, number] | undefined } | undefined {
  const at = container.items.findIndex(({ key }) => isScalar(key) && key.value === 'image');
  const image = container.get('image');
  const pair = container.items[at];
  if (pair === undefined || typeof image !== 'string') return undefined;
  const next = container.items[at + 1];
  const start = pair.key.range?.[0];
  // Where it comes first, the dash before it stays for what comes next.
  const end = at === 0 ? next?.key.range?.[0] : pair.value?.range?.[1];
  const isPlain = start !== undefined && end !== undefined && container.flow !== true;
  return { name: String(container.get('name')), image, span: isPlain ? [start, end] : undefined };
}

/** Returns the whole lines of a span that begins after nothing but spaces. */
function lines(text: string, [from, to]: [number, number]): [number, number] {
  const start = text.lastIndexOf('\n', from - 1) + 1;
  if (text.slice(start, from).trim() !== '') return [from, to];
  const end = text.indexOf('\n', to - 1);
  return [start, end < 0 ? text.length : end + 1];
}

/** Returns the images of containers by their names, as some objects have them. */
export function containersIn(value: unknown, found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  if (Array.isArray(value)) for (const item of value) containersIn(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'containers' || key === 'initContainers')
        for (const { name, image } of mapsOf(inner))
          if (typeof name === 'string' && typeof image === 'string')
            found.set(name, (found.get(name) ?? new Set()).add(image));
      containersIn(inner, found);
    }
  }
  return found;
}
