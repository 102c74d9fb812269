import {
  derivedPath,
  EleventhError,
  folded,
  formatDerived,
  kustomizeDocuments,
  localPath,
  refusal,
  type ServiceId,
  type Snapshot,
  utf8,
} from '@eleventh/core';
import { isIndependent } from './batch.ts';
import { reachOf } from './hermetic.ts';
import { entries } from './kustomization.ts';
import type { Outcome, Renderer, Unrendered } from './render.ts';
import { inOrder, printed } from './stream.ts';

/** What an environment comes to. */
export interface RenderedEnvironment {
  readonly outcomes: readonly Outcome[];
  /** What kustomize prints of the whole environment, then its charts; null where it cannot be rendered. */
  readonly yaml: string | null;
  /** Why it cannot, though each service can: two have the same object, say. */
  readonly error?: EleventhError;
}

/**
 * Returns the services that an environment's kustomization lists. Throws `DERIVED_STALE` where it holds anything else:
 * nobody edits it, and what it would add could not be told service by service.
 */
export async function listedServices(snapshot: Snapshot, environment: string): Promise<ServiceId[]> {
  const path = derivedPath(environment);
  const bytes = await snapshot.read(path);
  const stale = (problem: string) =>
    refusal('DERIVED_STALE', `${path} ${problem}.`, {
      hint: `eleventh update ${environment}`,
      details: { path, environment },
    });
  if (bytes === null) throw stale('is not there');
  const derived = canonical(environment, utf8(path, bytes));
  if (derived !== null) return derived;
  const services: ServiceId[] = [];
  for (const [field, value] of kustomizeDocuments(path, utf8(path, bytes)).flatMap(entries)) {
    if (['apiversion', 'kind', 'metadata'].map(folded).includes(field) || value === null) continue;
    if (field !== 'resources' || !Array.isArray(value)) throw stale(`has ${field}, which a derived list never has`);
    for (const item of value) {
      const folder = localPath(path, item);
      if (folder === null || !folder.startsWith(`environments/${environment}/`)) throw stale(`lists ${String(item)}`);
      services.push(folder.slice(`environments/${environment}/`.length));
    }
  }
  return services;
}

/** Returns what a list that is exactly as derived names, else null: reading YAML takes far longer. */
function canonical(environment: string, text: string): ServiceId[] | null {
  const overlays = Array.from(text.matchAll(/^ {2}# end of (.*)$/gm), ([, id = '']) => id);
  const present = new Set(Array.from(text.matchAll(/^ {2}- ([a-z0-9/-]+)$/gm), ([, id = '']) => id));
  const isDerived = formatDerived(environment, overlays, (id) => present.has(id)) === text;
  return isDerived ? overlays.filter((id) => present.has(id)) : null;
}

/** Renders an environment whole. Throws as `listedServices` does. */
export async function renderEnvironment(
  renderer: Renderer,
  snapshot: Snapshot,
  environment: string,
): Promise<RenderedEnvironment> {
  const services = await listedServices(snapshot, environment);
  const outcomes = await renderer.render(
    snapshot,
    services.map((service) => ({ environment, service })),
  );
  const rendered = outcomes.flatMap((outcome) => (isFailure(outcome) ? [] : [outcome]));
  if (rendered.length < outcomes.length) return { outcomes, yaml: null };
  const charts = rendered.filter(({ isChart }) => isChart).map(({ yaml }) => yaml);
  const built = rendered.filter(({ isChart }) => !isChart);
  const objects = built.map(({ yaml }) => printed(yaml));
  const isSum = !built.some(({ isApart }) => isApart) && isIndependent(objects);
  const folder = `environments/${environment}`;
  const together = isSum ? inOrder(objects.flat()) : await wholly(renderer, snapshot, folder);
  if (together instanceof EleventhError) return { outcomes, yaml: null, error: together };
  return {
    outcomes,
    yaml: [together, ...charts.map((text) => text.replace(/^---\n/, ''))].filter(Boolean).join('---\n'),
  };
}

async function wholly(renderer: Renderer, snapshot: Snapshot, folder: string): Promise<string | EleventhError> {
  try {
    return await renderer.whole(snapshot, folder, await reachOf(snapshot, folder));
  } catch (error) {
    if (error instanceof EleventhError) return error;
    throw error;
  }
}

/** Returns whether a service could not be rendered. */
export function isFailure(outcome: Outcome): outcome is Unrendered {
  return 'error' in outcome;
}
