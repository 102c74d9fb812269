import { refusal } from '../error.ts';
import { type Image, lastSegment, sameRepository } from '../names/image.ts';
import type { ServiceId } from '../names/names.ts';
import type { PinnedImage } from './pin.ts';

/**
 * Returns the images of a build under the names that the manifests use: the same repository, else its last segment.
 * Throws `IMAGE_UNUSED` for one that the manifests do not use, and `IMAGE_AMBIGUOUS` where kustomize, which reads the
 * name as a regular expression, could not tell two apart.
 */
export function placeImages(
  id: ServiceId,
  images: readonly (Image & { readonly tag: string })[],
  names: ReadonlySet<string>,
): PinnedImage[] {
  const placed: PinnedImage[] = [];
  for (const image of images) {
    const name = nameInManifests(image.repository, names);
    if (name === undefined) throw unused(id, image.repository, names);
    const twin =
      placed.find((other) => other.name === name) ??
      [...names].find((other) => other !== name && new RegExp(`^${name}$`).test(other));
    if (twin !== undefined) {
      const other = typeof twin === 'string' ? twin : twin.repository;
      throw refusal(
        'IMAGE_AMBIGUOUS',
        `The manifests of ${id} cannot tell ${image.repository} from ${other}: both are ${name} there.`,
        {
          hint: 'Write the full repository of each image in the manifests.',
        },
      );
    }
    placed.push({ name, repository: image.repository, tag: image.tag, digest: image.digest });
  }
  return placed;
}

/** Returns the name by which manifests call a repository: itself, else its last segment; undefined when by neither. */
export function nameInManifests(repository: string, names: ReadonlySet<string>): string | undefined {
  const all = [...names];
  return (
    all.find((name) => name === repository) ??
    all.find((name) => sameRepository(name, repository)) ??
    (names.has(lastSegment(repository)) ? lastSegment(repository) : undefined)
  );
}

function unused(id: ServiceId, repository: string, names: ReadonlySet<string>) {
  const used = names.size === 0 ? 'they use no image' : `they use ${[...names].sort().join(', ')} and no other`;
  return refusal('IMAGE_UNUSED', `The manifests of ${id} do not use the image ${repository}; ${used}.`, {
    hint: `Bring manifests that do: eleventh pin ${id} … --manifests <folder>`,
    details: { service: id, image: repository, used: [...names].sort() },
  });
}
