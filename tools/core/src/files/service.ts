import { validRange } from 'semver';
import * as v from 'valibot';
import { refusal } from '../error.ts';
import { isRepository, sameRepository } from '../names/image.ts';
import { isServiceId, type ServiceId } from '../names/names.ts';
import { fieldSchema, fieldsProblem, type ServiceField } from './build-field.ts';
import { type CheckException, exceptionsSchema } from './check-settings.ts';
import { quotedScalar, scalar } from './scalar.ts';
import { fileSchema, parseFile } from './yaml-file.ts';

/** What people say of a service in `apps/<id>/service.yaml` on the default branch. */
export interface Service {
  readonly id: ServiceId;
  readonly owner?: string;
  /** The URL of the service's own repository. */
  readonly source?: string;
  /** The repositories its builds may come from; empty for a service without images. */
  readonly images: readonly string[];
  /** Who owns the manifests: the service's CI mirrors them, or people edit them on the default branch. */
  readonly manifests: 'ci' | 'workspace';
  /** The services that it needs, with SemVer ranges as npm reads them. */
  readonly requires: Readonly<Record<ServiceId, string>>;
  /** Where a build goes besides the images of containers. */
  readonly fields: readonly ServiceField[];
  /** What `check` finds here and is meant to be so. */
  readonly ignore?: readonly CheckException[];
}

const repository = v.pipe(v.string(), v.check(isRepository, 'an image repository has neither tag nor digest'));
const range = v.pipe(
  v.string(),
  v.check((text) => validRange(text) !== null, 'not a SemVer range'),
);
const requires = v.pipe(
  v.unknown(),
  // Valibot leaves these two out of a record without a word, and what is left out is not required.
  v.check(
    (given) => !['constructor', 'prototype'].some((name) => Object.hasOwn(Object(given), name)),
    'a service called constructor or prototype cannot be required',
  ),
  v.record(v.pipe(v.string(), v.check(isServiceId, 'not a service id')), range),
);

const schema = fileSchema(
  'Service',
  v.strictObject({
    owner: v.optional(v.string()),
    source: v.optional(v.string()),
    images: v.optional(v.array(repository)),
    manifests: v.optional(v.picklist(['ci', 'workspace'])),
    requires: v.optional(requires),
    fields: v.optional(v.array(fieldSchema)),
    check: v.optional(exceptionsSchema),
  }),
);

export function servicePath(id: ServiceId): string {
  return `apps/${id}/service.yaml`;
}

/** Returns the service that a `service.yaml` describes; throws as `parseFile` does. */
export function parseService(id: ServiceId, text: string): Service {
  const { spec } = parseFile(servicePath(id), text, schema);
  const problem = fieldsProblem(spec.fields ?? [], spec.images ?? []);
  if (problem !== undefined)
    throw refusal('INVALID_FILE', `${servicePath(id)}: spec.fields is not valid: ${problem}.`, {
      hint: `See ${servicePath(id)}`,
      details: { path: servicePath(id), field: 'spec.fields' },
    });
  return {
    id,
    owner: spec.owner,
    source: spec.source,
    images: spec.images ?? [],
    manifests: spec.manifests ?? 'ci',
    requires: spec.requires ?? {},
    fields: spec.fields ?? [],
    ...(spec.check === undefined ? {} : { ignore: spec.check.ignore }),
  };
}

/** Returns the text of a new `service.yaml`. */
export function formatService(service: Pick<Service, 'id' | 'owner' | 'source' | 'images'>): string {
  const lines = [
    'apiVersion: eleventh.dev/v1alpha1',
    'kind: Service',
    'metadata:',
    `  name: ${scalar(service.id)}`,
    'spec:',
  ];
  if (service.owner !== undefined) lines.push(`  owner: ${quotedScalar(service.owner)}`);
  if (service.source !== undefined) lines.push(`  source: ${quotedScalar(service.source)}`);
  if (service.images.length > 0) lines.push('  images:', ...service.images.map((image) => `    - ${scalar(image)}`));
  lines.push('  manifests: ci');
  return `${lines.join('\n')}\n`;
}

/** Throws `IMAGE_NOT_LISTED` for an image from a repository that is not one of the service's. */
export function refuseUnlistedImage(service: Service, repository: string): void {
  if (service.images.some((known) => sameRepository(known, repository))) return;
  const listed = service.images.length === 0 ? 'no image' : `${service.images.join(', ')} and no other`;
  throw refusal('IMAGE_NOT_LISTED', `${service.id} does not build ${repository}; its service.yaml lists ${listed}.`, {
    hint: `Add ${repository} to spec.images in ${servicePath(service.id)} on the default branch.`,
  });
}
