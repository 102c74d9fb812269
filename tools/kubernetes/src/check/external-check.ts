import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ExternalCheckers, filesBelow, overlayFolder, pathInside, type Snapshot } from '@eleventh/core';
import { type KubernetesObject, objectKey } from '../objects/object.ts';
import { SourceIndex } from '../sources/source-index.ts';
import type { CheckedService, Measure } from './check.ts';
import { isExcepted } from './exceptions.ts';
import { type ExternalPlaces, externalFindings, externals, runExternal, runner, versionOf } from './external.ts';
import type { Finding } from './finding.ts';

/** The checkers of others that a workspace asks for, in a folder with what they read of it. */
export interface ExternalCheck {
  /** What they are and what they read: it decides, with what is checked, what they find. */
  readonly measure: string;
  /** Returns what they find in the objects of a service; throws as `runExternal` does. */
  readonly check: (yaml: string, kubernetes: string, places: ExternalPlaces) => Promise<Finding[]>;
  readonly close: () => void;
}

/**
 * Returns the checkers that are asked for, or null where none is. Their policies and settings are the state's.
 * @param temporary the folder for what is temporary
 */
export async function externalCheck(
  settings: ExternalCheckers,
  snapshot: Snapshot,
  env: Readonly<Record<string, string | undefined>>,
  temporary: string,
): Promise<ExternalCheck | null> {
  if (externals(settings, '').length === 0) return null;
  const paths = [settings.conftest?.policy, settings['kube-linter']?.config, settings.kubeconform?.schemas];
  const named = paths.flatMap((path) => path ?? []);
  const ids = await Promise.all(named.map(async (path) => (await snapshot.entry(path))?.oid ?? null));
  const folder = mkdtempSync(join(temporary, 'check-'));
  for (const path of named) {
    const file = await snapshot.read(path);
    if (file !== null) put(folder, path, file);
    for (const [inside, bytes] of await filesBelow(snapshot, path)) put(folder, `${path}/${inside}`, bytes);
  }
  const run = runner(folder, { PATH: env.PATH, HOME: folder });
  const versions = await Promise.all(externals(settings, '').map((external) => versionOf(run, external)));
  return {
    measure: JSON.stringify([settings, ids, versions]),
    check: async (yaml, kubernetes, places) => {
      const found = externals(settings, kubernetes).map(async (external) =>
        externalFindings(await runExternal(run, external, yaml), places),
      );
      return (await Promise.all(found)).flat();
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function put(folder: string, path: string, content: Uint8Array): void {
  const file = join(folder, pathInside(path));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Returns what the checkers of others find in a service, as far as the workspace counts it. @param yaml what it renders to */
export async function alongside(
  external: ExternalCheck,
  { id, files, rendered, ignore }: CheckedService,
  yaml: string,
  { environment: { name: environment }, asked, schemas, read }: Measure,
): Promise<Finding[]> {
  const objects = 'problem' in rendered ? [] : rendered;
  const find = placesOf(new SourceIndex(files, overlayFolder(environment, id), read), objects);
  const found = await external.check(yaml, schemas.name, { environment, service: id, find });
  return found.flatMap((finding) => {
    const severity = asked.severity(finding.rule, finding.severity);
    const object = objects.find((one) => objectKey(one) === finding.object);
    const isLeftOut = severity === 'off' || isExcepted(finding.rule, severity, object, ignore);
    return isLeftOut ? [] : [{ ...finding, severity }];
  });
}

/** Returns what tells where an object of a service stands that somebody names by its kind and name. */
function placesOf(index: SourceIndex, objects: readonly KubernetesObject[]): ExternalPlaces['find'] {
  return (kind, name) => {
    const object = objects.find((one) => one.kind === kind && one.metadata.name === name);
    if (object === undefined) return index.fallback;
    return { ...index.locate(object, ['metadata', 'name']), object: objectKey(object) };
  };
}
