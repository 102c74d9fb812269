import {
  kustomizeDocuments,
  localPath,
  overlayFolder,
  quoted,
  refusal,
  type ServiceId,
  type Snapshot,
  utf8,
} from '@eleventh/core';
import { link, type Source } from './hermetic.ts';
import { entries } from './kustomization.ts';

/** A service whose manifests are a Helm chart, and what it is rendered with. */
export interface Chart {
  readonly sources: readonly Source[];
  /** The folder of the chart, and the files with values, later ones first obeyed. */
  readonly folder: string;
  readonly values: readonly string[];
  readonly name: string;
  readonly namespace: string | undefined;
}

/** What the overlay of a chart may say. Anything else would be left out in silence. */
const OVERLAY = new Set(['apiversion', 'kind', 'metadata', 'namespace', 'resources']);

/**
 * Returns the chart that a service's manifests are, or null when they are none. Throws `RENDER_LINK` for a link among
 * its files, and `RENDER_CHART` for an overlay that changes more than the namespace: values are for that.
 */
export async function chartOf(snapshot: Snapshot, environment: string, id: ServiceId): Promise<Chart | null> {
  const folder = `apps/${id}/manifests`;
  if ((await snapshot.entry(`${folder}/Chart.yaml`)) === null) return null;
  const sources: Source[] = [];
  await collect(snapshot, folder, sources);
  const overlay = `${overlayFolder(environment, id)}/kustomization.yaml`;
  const values = [`apps/${id}/values.yaml`, `${overlayFolder(environment, id)}/values.yaml`];
  const present: string[] = [];
  for (const path of [...values, overlay]) {
    const entry = await snapshot.entry(path);
    if (entry === null) continue;
    if (!entry.mode.startsWith('100')) throw link(path, entry);
    sources.push({ path, oid: entry.oid });
    if (path !== overlay) present.push(path);
  }
  const name = id.slice(id.lastIndexOf('/') + 1);
  return { sources, folder, values: present, name, namespace: await namespaceOf(snapshot, overlay, id) };
}

async function collect(snapshot: Snapshot, folder: string, sources: Source[]): Promise<void> {
  for (const { name, ...entry } of await snapshot.list(folder)) {
    const path = `${folder}/${name}`;
    if (entry.mode === '40000') await collect(snapshot, path, sources);
    else if (entry.mode.startsWith('100')) sources.push({ path, oid: entry.oid });
    else throw link(path, entry);
  }
}

async function namespaceOf(snapshot: Snapshot, overlay: string, id: ServiceId): Promise<string | undefined> {
  const bytes = await snapshot.read(overlay);
  if (bytes === null) return undefined;
  const fields = kustomizeDocuments(overlay, utf8(overlay, bytes)).flatMap(entries);
  for (const [field, value] of fields) {
    const isOwn = (item: unknown) => localPath(overlay, item) === `apps/${id}`;
    const isFine = field !== 'resources' || (Array.isArray(value) && value.every(isOwn));
    if (OVERLAY.has(field) && isFine) continue;
    throw refusal('RENDER_CHART', `${overlay} has ${field}, but ${id} is a Helm chart, which takes values instead.`, {
      hint: `Say it in ${overlay.replace('kustomization.yaml', 'values.yaml')}`,
      details: { path: overlay },
    });
  }
  const namespace = fields.find(([field]) => field === 'namespace')?.[1];
  if (namespace === undefined || (typeof namespace === 'string' && NAMESPACE.test(namespace))) return namespace;
  throw refusal('RENDER_CHART', `${overlay} has ${quoted(String(namespace))} for a namespace, which is none.`, {
    hint: `See ${overlay}`,
    details: { path: overlay },
  });
}

const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
