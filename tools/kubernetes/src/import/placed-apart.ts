import type { ServiceId } from '@eleventh/core';
import { wholeCopy } from './folder-copy.ts';
import { imagesIn, serviceImages } from './images.ts';
import type { Part } from './part.ts';
import { plainOverlay } from './placed-overlays.ts';
import type { Placed, PlacedIn } from './placement.ts';

/** Returns a service of which each environment's branch has manifests of its own: the last way, since a promotion brings them along. */
export async function placedApart(id: ServiceId, parts: readonly Part[]): Promise<Placed | null> {
  const environments: PlacedIn[] = [];
  const moved = new Set<string>();
  const repositories = new Set<string>();
  for (const part of parts) {
    const copy = await wholeCopy(part);
    if (copy === null) return null;
    for (const path of copy.moved) moved.add(path);
    const named = imagesIn(part.objects);
    const images = serviceImages(id, new Map([[part.environment, new Map([...named].map((image) => [image, image]))]]));
    for (const repository of images?.repositories ?? []) repositories.add(repository);
    const overlay = plainOverlay(part.environment, id);
    environments.push({
      environment: part.environment,
      manifests: copy.files,
      overlay,
      images: images?.pins.get(part.environment) ?? [],
    });
  }
  const from = new Map(parts.map(({ environment, origin }) => [environment, origin]));
  return { id, way: 'apart', from, repositories: [...repositories].sort(), environments, shared: new Map(), moved };
}
