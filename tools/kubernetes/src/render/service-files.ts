import { createHash } from 'node:crypto';
import { overlayFolder, type Rendering, type Snapshot, valuesPath } from '@eleventh/core';
import { type Reached, reach } from './reach.ts';

/** What a rendering of one service reads, and how. */
export interface ServiceFiles {
  readonly reached: Reached;
  /** The chart's values in the order in which Helm takes them; absent for what kustomize builds. */
  readonly values?: readonly string[];
}

/** Returns what a rendering of a service reads; throws as `reach` does. */
export async function serviceFiles(snapshot: Snapshot, { environment, service }: Rendering): Promise<ServiceFiles> {
  const overlay = overlayFolder(environment, service);
  const reached = await reach(snapshot, overlay);
  const chart = chartFolder(service);
  if ((await snapshot.entry(`${chart}/Chart.yaml`)) === null) return { reached };
  const files = new Map(reached);
  await below(snapshot, chart, files);
  const values: string[] = [];
  for (const path of [valuesPath(service), `${overlay}/values.yaml`]) {
    const entry = await snapshot.entry(path);
    if (entry === null) continue;
    files.set(path, entry.oid);
    values.push(path);
  }
  return { reached: files, values };
}

/** Returns the folder of a service's Helm chart, where it has one. */
export function chartFolder(service: string): string {
  return `apps/${service}/manifests`;
}

async function below(snapshot: Snapshot, folder: string, files: Map<string, string>): Promise<void> {
  for (const { name, mode, oid } of await snapshot.list(folder)) {
    const path = `${folder}/${name}`;
    if (mode === '40000') await below(snapshot, path, files);
    else if (mode.startsWith('100')) files.set(path, oid);
  }
}

/** Returns the ids of the folders that a rendering begins with: with them its cache is asked. */
export async function startOf(snapshot: Snapshot, { environment, service }: Rendering): Promise<string> {
  const paths = [overlayFolder(environment, service), `apps/${service}`];
  const ids = await Promise.all(paths.map(async (path) => (await snapshot.entry(path))?.oid ?? ''));
  return [environment, service, ...ids].join(' ');
}

/** Returns the files that a rendering reads beyond the folders that it begins with. */
export function elsewhere({ environment, service }: Rendering, { reached }: ServiceFiles): [string, string][] {
  const own = [`${overlayFolder(environment, service)}/`, `apps/${service}/`];
  return [...reached].filter(([path]) => !own.some((folder) => path.startsWith(folder)));
}

/** Returns a text's digest, in hexadecimal. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
