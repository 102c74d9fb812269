import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { CheckException, ServiceId } from '@eleventh/core';
import { type CheckedService, checkEnvironment, checkService } from '../src/check/check.ts';
import { type Finding, ordered } from '../src/check/finding.ts';
import { type Asked, asked } from '../src/check/settings.ts';
import { type KubernetesObject, parseObjects, readObjects } from '../src/objects/object.ts';
import type { Neighbours } from '../src/rules/rule.ts';
import { customKind, customKinds } from '../src/schemas/custom-schemas.ts';
import { KubernetesSchemas } from '../src/schemas/kubernetes-schemas.ts';
import { SourceIndex } from '../src/sources/source-index.ts';
import { summarize } from '../src/summary/summary.ts';
import { TestSnapshot } from './snapshot.ts';

export const SCHEMAS = new KubernetesSchemas(readFileSync(new URL('../data/schemas.json.br', import.meta.url)));

const NOTHING = { rules: {}, platform: null, custom: [], external: {} };

/** Files of a workspace by their paths, and what stands in files that the checks themselves do not read. */
export interface Case {
  readonly files: ReadonlyMap<string, string>;
  readonly settings?: Partial<Parameters<typeof asked>[0]>;
  readonly environment?: {
    readonly namespaces?: readonly string[];
    readonly digests?: boolean;
    readonly kubernetes?: string;
  };
  readonly services?: Readonly<Record<ServiceId, { images?: readonly string[]; ignore?: readonly CheckException[] }>>;
  readonly neighbours?: Neighbours;
}

/** Returns the objects that texts hold, as if nothing but reading them were done. */
export function objectsOf(texts: Iterable<string>): KubernetesObject[] {
  return [...texts].flatMap(parseObjects).filter(({ kind }) => kind !== 'Kustomization');
}

/** Returns what is found in the environment `prod` of some files. `rendered/<service>.yaml` stands for what a renderer makes. */
export async function findingsIn({
  files,
  settings,
  environment,
  services = {},
  neighbours = [],
}: Case): Promise<Finding[]> {
  const rules: Asked = await asked({ ...NOTHING, ...settings });
  const request = { name: 'prod', namespaces: environment?.namespaces, digests: environment?.digests ?? false };
  const ids = [...new Set([...files.keys()].flatMap((path) => /^apps\/([^/]+)\//.exec(path)?.[1] ?? []))];
  const checked = new Map(ids.map((id) => [id, serviceOf(id, files, services[id])]));
  const objects = new Map([...checked].map(([id, { rendered }]) => [id, 'problem' in rendered ? [] : rendered]));
  const crds = objectsOf([...files].filter(([path]) => path.startsWith('environments/crds/')).map(([, text]) => text));
  const custom = customKinds([...crds, ...[...objects.values()].flat()].flatMap((object) => customKind(object) ?? []));
  const schemas = SCHEMAS.version(environment?.kubernetes);
  const each = await Promise.all(
    [...checked.values()].map((service) =>
      checkService(service, { environment: request, asked: rules, schemas, custom }),
    ),
  );
  const between = await checkEnvironment({
    environment: request,
    asked: rules,
    services: new Map([...objects].map(([id, own]) => [id, summarize(own)])),
    neighbours,
    open: async (id) => checked.get(id) ?? serviceOf(id, files),
  });
  return ordered([...each.flat(), ...between]);
}

function serviceOf(
  id: ServiceId,
  all: ReadonlyMap<string, string>,
  given: NonNullable<Case['services']>[string] = {},
): CheckedService {
  const [base, overlay] = [`apps/${id}/`, `environments/prod/${id}/`];
  const files = new Map([...all].filter(([path]) => path.startsWith(base) || path.startsWith(overlay)));
  const rendered = all.get(`rendered/${id}.yaml`);
  const root = [...files.keys()].some((path) => path.startsWith(overlay)) ? overlay : base;
  const index = new SourceIndex(files, root.slice(0, -1));
  const texts = rendered === undefined ? index.build.manifests.map((path) => files.get(path) ?? '') : [rendered];
  // What is no YAML stands in the files already.
  const misfits = texts.flatMap((text) => readObjects(text).misfits).filter(({ object }) => object !== undefined);
  const { images = [], ignore = [] } = given;
  const isBuilt = rendered !== undefined || index.problems(false).length === index.problems(true).length;
  const snapshot = new TestSnapshot(Object.fromEntries(all));
  const objects = isBuilt ? objectsOf(texts) : { problem: 'It is no YAML.' };
  return { id, snapshot, files, rendered: objects, misfits, images, ignore };
}

/** Returns the files of one service whose manifests are the given ones, and of its overlay. */
export function serviceFiles(id: ServiceId, manifests: Readonly<Record<string, string>>): Map<string, string> {
  const head = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n';
  const listed = Object.keys(manifests).map((name) => `  - manifests/${name}\n`);
  return new Map([
    [`apps/${id}/kustomization.yaml`, head + listed.join('')],
    ...Object.entries(manifests).map(([name, text]): [string, string] => [`apps/${id}/manifests/${name}`, text]),
    [`environments/prod/${id}/kustomization.yaml`, `${head}  - ../../../apps/${id}\n`],
  ]);
}

/** Returns every file below a folder by its path within it. */
export function filesBelow(folder: string): Map<string, string> {
  const paths = (readdirSync(folder, { recursive: true }) as string[]).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  return new Map(
    paths.sort().map((path) => [relative(folder, join(folder, path)), readFileSync(join(folder, path), 'utf8')]),
  );
}
