import { refusal } from '../error.ts';
import { checkPlaces, fieldImages, formatValues, type PinnedField, pinnedFields } from '../files/build-field.ts';
import { nameInManifests, placeImages } from '../files/image-placement.ts';
import {
  checkManifestNames,
  checkManifestObjects,
  type Files,
  imageNames,
  manifestResources,
} from '../files/manifests.ts';
import { formatPin, type Pin, pinPath, valuesPath } from '../files/pin.ts';
import { refuseUnlistedImage, type Service } from '../files/service.ts';
import { type Change, filesBelow, type Snapshot } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { Image } from '../names/image.ts';
import type { ServiceId } from '../names/names.ts';
import type { PinRequest } from './pin-request.ts';

/** Returns the manifests that the pin will deploy, by who owns them. */
export async function chooseManifests(
  base: Snapshot,
  workspace: Workspace,
  service: Service,
  request: PinRequest,
): Promise<Files> {
  const folder = `apps/${service.id}/manifests`;
  if (request.manifests !== undefined) {
    if (service.manifests === 'workspace') {
      throw refusal(
        'MANIFESTS_OWNED',
        `The manifests of ${service.id} are edited on ${workspace.branch}; its service.yaml says manifests: workspace.`,
        {
          hint: `Leave out --manifests, or set manifests: ci in apps/${service.id}/service.yaml`,
        },
      );
    }
    checkManifestNames(request.manifests.keys());
    checkManifestObjects(request.manifests);
    return request.manifests;
  }
  const own = service.manifests === 'ci' ? await filesBelow(base, folder) : new Map<string, Uint8Array>();
  return own.size > 0 ? own : filesBelow(workspace.snapshot, folder);
}

/** Returns the pin of a build under the names that the manifests use. Images that nobody names keep what they were. */
export function makePin(service: Service, request: PinRequest, files: Files, before: Pin | null): Pin {
  const { build } = request;
  const names = usedImages(service, files);
  const asked = request.images ?? builtImages(service, names);
  for (const { repository } of asked) refuseUnlistedImage(service, repository);
  const wanted = asked.map((image) => ({ ...image, tag: image.tag ?? build.commit }));
  const placed = placeImages(service.id, wanted, names);
  const kept = (before?.images ?? []).filter(
    (image) => request.images !== undefined && names.has(image.name) && !placed.some(({ name }) => name === image.name),
  );
  const images = [...placed, ...kept].sort((a, b) => (a.name < b.name ? -1 : 1));
  refuseUnpinned(service, names, images);
  const isSameBuild = before !== null && before.commit === build.commit && before.branch === build.branch;
  const built = isSameBuild && !request.isBuiltKnown ? before.built : build.built;
  const fields = pinnedFields(service, { ...build, images });
  checkPlaces(service.id, fields, files);
  return {
    ...build,
    built,
    source: build.source ?? service.source,
    resources: manifestResources(files),
    images,
    ...inObjects(fields),
  };
}

/** Returns the names by which manifests, or the fields of the service, call its images. */
function usedImages(service: Service, files: Files): Set<string> {
  return new Set([...imageNames(files), ...fieldImages(service)]);
}

function inObjects(fields: readonly PinnedField[]): Pick<Pin, 'fields'> {
  const patched = fields.filter(({ kind }) => kind !== undefined);
  return patched.length > 0 ? { fields: patched } : {};
}

/** Returns the pin of the same build on other manifests, and the values of its chart, as changes. */
export function repinned(service: Service, pin: Pin, files: Files): Change[] {
  const { id } = service;
  const names = usedImages(service, files);
  const images = pin.images.filter(({ name }) => names.has(name));
  const fields = pinnedFields(service, { ...pin, images });
  const { fields: _, ...rest } = pin;
  const again = { ...rest, images, resources: manifestResources(files), ...inObjects(fields) };
  return [{ path: pinPath(id), put: { file: formatPin(again) } }, valuesChange(id, fields)];
}

function valuesChange(id: ServiceId, fields: readonly PinnedField[]): Change {
  const values = formatValues(fields);
  return { path: valuesPath(id), put: values === null ? null : { file: values } };
}

/** Throws `IMAGE_NOT_PINNED` for an image of the service that its first pin leaves without a tag: that would be `latest`. */
function refuseUnpinned(service: Service, names: ReadonlySet<string>, images: readonly { name: string }[]): void {
  for (const repository of service.images) {
    const name = nameInManifests(repository, names);
    if (name === undefined || images.some((image) => image.name === name)) continue;
    throw refusal('IMAGE_NOT_PINNED', `The first pin of ${service.id} has to name all its images, ${repository} too.`, {
      hint: `--image ${repository}:<tag>`,
      details: { image: repository },
    });
  }
}

/** Returns the changes that put a pin and its manifests in a service's folder, and nothing else. */
export function pinChanges(service: Service, pin: Pin, files: Files): Change[] {
  const { id } = service;
  return [
    { path: `apps/${id}`, put: null },
    { path: pinPath(id), put: { file: formatPin(pin) } },
    valuesChange(id, pinnedFields(service, pin)),
    ...[...files].map(([path, file]) => ({ path: `apps/${id}/manifests/${path}`, put: { file } })),
  ];
}

/** Returns the images of a service that its manifests use; all of them when they use none, to be refused by name. */
function builtImages(service: Service, names: ReadonlySet<string>): Image[] {
  const used = service.images.filter((repository) => nameInManifests(repository, names) !== undefined);
  return (used.length > 0 ? used : service.images).map((repository) => ({ repository }));
}
