import type { Files, ServiceId } from '@eleventh/core';
import { copyOf } from './folder-copy.ts';
import { afterDirectives, directivesOf, imagesIn, serviceImages } from './images.ts';
import { KustomizationText } from './kustomization-text.ts';
import { basesBelow, closureOf, type Layer, layersOf } from './layers.ts';
import { containersIn, type Lifted, lifted } from './lifted-images.ts';
import { knownAs, type Part, type Render, resolved } from './part.ts';
import { encoded, type Placed, type PlacedIn, SHARED } from './placement.ts';
import { joined, nameOf, relativePath } from './repository-files.ts';

interface Layered {
  readonly part: Part;
  readonly layers: ReadonlyMap<string, Layer>;
}

/**
 * Returns a service whose environments build upon the same folders: those become its manifests, and each overlay moves
 * with all that is its own, without its images, which become the pin. null where nothing is common.
 */
export async function placedAsOverlays(id: ServiceId, parts: readonly Part[], render: Render): Promise<Placed | null> {
  const all: Layered[] = await Promise.all(
    parts.map(async (part) => ({ part, layers: await layersOf(part.snapshot, part.folder) })),
  );
  const [first] = all;
  if (first === undefined) return null;
  const bases = commonBases(all);
  const isWhole = bases.length === 0;
  // Without anything below, all have to be the same folder.
  if (isWhole && all.some(({ part }) => part.folder !== first.part.folder)) return null;
  const folders = isWhole ? [first.part.folder] : bases;
  const below = new Map(
    folders.flatMap((folder) => closureOf(first.layers, folder)).map((layer) => [layer.folder, layer]),
  );
  const isSame = all.every(({ layers }) =>
    [...below].every(([folder, { text }]) => layers.get(folder)?.text.text === text.text),
  );
  const copy = isSame ? await copyOf(first.part, [...below.values()], folders) : null;
  if (copy === null) return null;
  const objects = (await Promise.all(folders.map((folder) => render(first.part.snapshot, folder)))).flat();
  const [named, containers] = [imagesIn(objects), containersIn(objects)];
  const own = await Promise.all(
    all.map(async (one) => ({ ...one, lifts: await liftsOf(one, below, new Set(containers.keys())) })),
  );
  const finals = own.map(({ part, layers, lifts }): [string, Map<string, string>] => {
    const directives = isWhole ? [] : directivesOf(layers, part.folder, (folder) => !below.has(folder));
    const set = new Map(
      [...lifts.values()]
        .flatMap((one) => [...one.images])
        .flatMap(([name, to]) => [...(containers.get(name) ?? [])].map((from) => [from, to] as const)),
    );
    return [
      part.environment,
      new Map([...named].map((image) => [image, afterDirectives(set.get(image) ?? image, directives)])),
    ];
  });
  const images = serviceImages(id, new Map(finals));
  if (images === null) return null;
  const moved = new Set(copy.moved);
  const shared = new Map<string, Uint8Array>();
  const environments: PlacedIn[] = [];
  for (const one of own) {
    const overlay = isWhole
      ? plainOverlay(one.part.environment, id)
      : await movedOverlay(one, id, new Set(folders), below, { moved, shared });
    if (overlay === null) return null;
    environments.push({
      environment: one.part.environment,
      manifests: copy.files,
      overlay,
      images: images.pins.get(one.part.environment) ?? [],
    });
  }
  const from = new Map(parts.map(({ environment, origin }) => [environment, origin]));
  return { id, way: 'overlays', from, repositories: images.repositories, environments, shared, moved };
}

/** Returns the files of an overlay whose images become the pin. */
async function liftsOf(
  { part, layers }: Layered,
  below: ReadonlyMap<string, Layer>,
  containers: ReadonlySet<string>,
): Promise<Map<string, Lifted>> {
  const paths = [...layers.values()].filter(({ folder }) => !below.has(folder)).flatMap(({ files }) => files);
  const found = new Map<string, Lifted>();
  for (const path of paths) {
    const one = lifted(path, (await part.snapshot.read(path)) ?? new Uint8Array(), containers);
    if (one !== null) found.set(path, one);
  }
  return found;
}

/** Returns the topmost folders that all environments build upon. */
function commonBases(all: readonly Layered[]): string[] {
  const each = all.map(({ part, layers }) => basesBelow(layers, part.folder));
  const common = [...(each[0] ?? [])].filter((folder) => each.every((one) => one.has(folder)));
  const layers = all[0]?.layers ?? new Map<string, Layer>();
  return common.filter((folder) => !common.some((other) => other !== folder && basesBelow(layers, other).has(folder)));
}

/** Returns an overlay that takes a service as it is. */
export function plainOverlay(environment: string, id: ServiceId): Map<string, Uint8Array> {
  const reference = relativePath(`environments/${environment}/${id}`, `apps/${id}`);
  const text = `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ${reference}\n`;
  return new Map([['kustomization.yaml', encoded(text)]]);
}

async function movedOverlay(
  { part, layers, lifts }: Layered & { readonly lifts: ReadonlyMap<string, Lifted> },
  id: ServiceId,
  bases: ReadonlySet<string>,
  below: ReadonlyMap<string, Layer>,
  { moved, shared }: { moved: Set<string>; shared: Map<string, Uint8Array> },
): Promise<Files | null> {
  const place = `environments/${part.environment}/${id}`;
  const own = [...layers.values()].filter(({ folder }) => !below.has(folder));
  const places = new Map<string, string>();
  for (const { folder } of own) {
    const buildsUpon = [...basesBelow(layers, folder)].some((one) => bases.has(one));
    const isInside = folder.startsWith(`${part.folder}/`);
    const free = joined(place, nameOf(folder));
    if (folder === part.folder) places.set(folder, place);
    else if (isInside) places.set(folder, joined(place, folder.slice(part.folder.length + 1)));
    else if (!buildsUpon) places.set(folder, joined(SHARED, folder));
    else places.set(folder, [...places.values()].includes(free) ? `${free}-${places.size}` : free);
  }
  const overlay = new Map<string, Uint8Array>();
  const put = (path: string, bytes: Uint8Array) =>
    path.startsWith(`${place}/`) ? overlay.set(path.slice(place.length + 1), bytes) : shared.set(path, bytes);
  for (const layer of own) {
    const target = places.get(layer.folder) ?? place;
    for (const path of layer.files) {
      if (layer.folder !== '' && !path.startsWith(`${layer.folder}/`)) return null;
      const lift = lifts.get(path);
      const bytes = lift === undefined ? await part.snapshot.read(path) : encoded(lift.text);
      put(joined(target, layer.folder === '' ? path : path.slice(layer.folder.length + 1)), bytes ?? new Uint8Array());
      moved.add(knownAs(path));
    }
    const isRoot = layer.folder === part.folder;
    put(
      joined(target, isRoot ? 'kustomization.yaml' : nameOf(layer.file)),
      encoded(readdressed(layer, target, id, bases, places)),
    );
    if (!part.made.has(layer.file)) moved.add(knownAs(layer.file));
  }
  return overlay;
}

/** Returns a kustomization at its new place: what it builds upon is the service, and images are the pin's. */
function readdressed(
  layer: Layer,
  target: string,
  id: ServiceId,
  bases: ReadonlySet<string>,
  places: ReadonlyMap<string, string>,
): string {
  let text = layer.text.without(['images']);
  let isNamed = false;
  for (const field of ['resources', 'bases']) {
    text = new KustomizationText(text).keeping(field, (item) => {
      if (!bases.has(resolved(layer, item))) return true;
      const isAgain = isNamed;
      isNamed = true;
      return !isAgain;
    });
  }
  return new KustomizationText(text).renamed(['resources', 'bases', 'components'], (reference) => {
    const path = resolved(layer, reference);
    if (bases.has(path)) return relativePath(target, `apps/${id}`);
    const place = places.get(path);
    return place === undefined ? null : relativePath(target, place);
  });
}
