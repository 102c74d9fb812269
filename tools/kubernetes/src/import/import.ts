import type { ImportedBuild, ServiceId, Snapshot } from '@eleventh/core';
import { parseObjects } from '../objects/object.ts';
import { reachOf } from '../render/hermetic.ts';
import type { Renderer } from '../render/render.ts';
import { findArgo } from './argo.ts';
import { type Clash, type NotPlaced, placeOf, withoutTwins } from './choice.ts';
import { EnvironmentNames } from './environment-name.ts';
import { findFlux } from './flux.ts';
import { findFolders } from './folders.ts';
import { type Part, partsOf, type Render } from './part.ts';
import type { Placed } from './placement.ts';
import { folderOf, isManifest, RepositoryFiles } from './repository-files.ts';
import type { Found, Root, Unplaced } from './root.ts';
import { idsOf } from './service-key.ts';
import { substituted } from './substitution.ts';

export interface ImportOptions {
  /** What the repository is called, by any of its addresses. */
  readonly names: readonly string[];
  /** The environments in order, where somebody said them. */
  readonly environments: readonly string[];
  /** The folders that are imported; none: all. */
  readonly only: readonly string[];
  readonly build: ImportedBuild;
}

/** What a repository means as a workspace. */
export interface ImportedLayout {
  /** In the order in which recipes move; those that are abreast of each other together. */
  readonly environments: readonly (readonly string[])[];
  /** Those of which nothing says where they stand: no recipe goes on from there. */
  readonly strangers: readonly string[];
  readonly services: readonly Placed[];
  /** What each service of an environment comes to. */
  readonly parts: ReadonlyMap<ServiceId, readonly Part[]>;
  readonly failed: readonly NotPlaced[];
  readonly clashes: readonly Clash[];
  readonly unplaced: readonly Unplaced[];
  readonly notes: readonly string[];
}

/** The environment of a repository that has but one. */
const ONLY = 'prod';

/** Returns what a repository is as a workspace, each service at a place where it comes to what it was. */
export async function importedLayout(
  snapshot: Snapshot,
  empty: Snapshot,
  renderer: Renderer,
  options: ImportOptions,
): Promise<ImportedLayout> {
  const files = await RepositoryFiles.of(snapshot);
  const names = new EnvironmentNames(options.environments, files.folders);
  const render: Render = async (state, folder, substitution) => {
    const yaml = await renderer.whole(state, folder, await reachOf(state, folder));
    return parseObjects(substitution === undefined ? yaml : substituted(yaml, substitution));
  };
  const found = await findAll(files, names, options);
  const notes = [...found.notes];
  const covered = new Set([
    ...found.wiring,
    ...found.roots.flatMap(({ isKept, files: kept = [] }) => (isKept === true ? kept : [])),
  ]);
  const { roots, lost } = withEnvironments(
    found.roots.filter((root) => isWanted(root.folder, options.only, files) && !isWiringAlone(root, files, covered)),
    options.environments,
    notes,
  );
  const { parts, unplaced, notes: said } = await partsOf(files, roots, found.wiring, names, render);
  notes.push(...said);
  const services = byService(parts, options.names[0] ?? 'service');
  const placed: Placed[] = [];
  const failed: NotPlaced[] = [];
  const order = names.ordered(parts.map(({ environment }) => environment)).flat();
  for (const [id, own] of services) {
    const sorted = [...own].sort((a, b) => order.indexOf(a.environment) - order.indexOf(b.environment));
    const one = await placeOf(id, sorted, empty, options.build, render);
    if ('why' in one) failed.push(one);
    else placed.push(one);
  }
  const distinct = withoutTwins(placed, services);
  notes.push(...distinct.notes);
  notes.push(
    ...placed.flatMap(({ id, way, tried = [] }) =>
      way === 'apart'
        ? [
            `${id} has manifests of its own in each environment, and a promotion brings them along: ${tried[0] ?? 'nothing is common'}`,
          ]
        : [],
    ),
  );
  const groups = names.ordered(
    distinct.placed.flatMap((one) => one.environments.map(({ environment }) => environment)),
  );
  const entries = (groups.find((group) => group.some((name) => !names.isStrange(name))) ?? groups[0] ?? []).filter(
    (name) => !names.isStrange(name),
  );
  const entering = entries.length > 0 ? entries : (groups[0] ?? []);
  for (const { id, environments } of distinct.placed) {
    const isEntered = environments.some(
      ({ environment }) => entering.includes(environment) || names.isStrange(environment),
    );
    if (!isEntered)
      notes.push(
        `${id} does not run in ${entering.join(' or ')}, where builds enter: before its next pin, give it an overlay there.`,
      );
  }
  const missing = [...unplaced, ...lost];
  return {
    strangers: groups.flat().filter((name) => names.isStrange(name)),
    ...{
      environments: groups,
      services: distinct.placed,
      parts: services,
      failed,
      clashes: distinct.clashes,
      notes: [...new Set(notes)],
    },
    unplaced: [...missing, ...rest(files, distinct.placed, found, missing)],
  };
}

async function findAll(files: RepositoryFiles, names: EnvironmentNames, options: ImportOptions): Promise<Found> {
  const flux = await findFlux(files, names, options.names);
  const argo = await findArgo(files, names, options.names);
  const wiring = new Set([...flux.wiring, ...argo.wiring]);
  const roots = [...flux.roots, ...argo.roots];
  const isByAgents = roots.some(({ isKept }) => isKept !== true);
  const folders = isByAgents
    ? null
    : await findFolders(
        files,
        names,
        new Set([...wiring, ...roots.flatMap(({ files: given }) => given ?? [])]),
        (folder) => isWanted(folder, options.only, files),
      );
  return {
    roots: uniqueRoots([...roots, ...(folders?.roots ?? [])]),
    unplaced: [],
    wiring,
    notes: [...flux.notes, ...argo.notes, ...(folders?.notes ?? [])],
  };
}

/** Returns whether a root is one that was asked for: the folder itself, or where that builds nothing, one within. */
function isWanted(folder: string, only: readonly string[], files: RepositoryFiles): boolean {
  const isWithin = (one: string) => folder.startsWith(`${one}/`) && files.kustomizationOf(one) === undefined;
  return only.length === 0 || only.some((one) => folder === one || isWithin(one));
}

/** Returns whether all that a root applies is what points agents at folders: an app of apps, say. */
function isWiringAlone(
  { folder, files: given, isKept }: Root,
  files: RepositoryFiles,
  wiring: ReadonlySet<string>,
): boolean {
  if (isKept === true) return false;
  const manifests = given ?? files.below(folder).filter((path) => isManifest(path));
  return manifests.length > 0 && manifests.every((path) => wiring.has(path));
}

/** Returns roots, each once: an agent may be pointed at a folder by several files that say the same. */
function uniqueRoots(roots: readonly Root[]): Root[] {
  const seen = new Set<string>();
  return roots.filter(({ environment, folder, files, settings, substitution, defaultNamespace, name }) => {
    const key = JSON.stringify([
      environment,
      folder,
      files,
      settings,
      substitution,
      defaultNamespace,
      files === undefined ? '' : name,
    ]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Returns roots that all have an environment: where a repository has but one, its name need not be said. */
function withEnvironments(
  roots: readonly Root[],
  given: readonly string[],
  notes: string[],
): { roots: Root[]; lost: Unplaced[] } {
  const known = [...new Set(roots.map(({ environment }) => environment).filter((name) => name !== ''))];
  const nameless = roots.filter(({ environment }) => environment === '');
  if (nameless.length === 0) return { roots: [...roots], lost: [] };
  const only = known.length === 1 ? known[0] : known.length === 0 ? (given[0] ?? ONLY) : undefined;
  if (only === undefined) {
    const lost = nameless.map(({ folder, by }) => ({
      path: folder || '.',
      why: `${by} does not say of which environment it is`,
      isMissing: true,
    }));
    return { roots: roots.filter(({ environment }) => environment !== ''), lost };
  }
  if (known.length === 0 && given.length === 0)
    notes.push(`No folder is named after an environment: all of it is taken for ${only} (--env says otherwise).`);
  return { roots: roots.map((root) => ({ ...root, environment: root.environment || only })), lost: [] };
}

/** Returns the parts of each service. Two parts of one environment that have one name are two services. */
function byService(parts: readonly Part[], fallback: string): Map<ServiceId, Part[]> {
  const keyed = new Map<string, Part[]>();
  const isTwice = (key: string) => {
    const environments = parts.filter((part) => part.key === key).map(({ environment }) => environment);
    return new Set(environments).size < environments.length;
  };
  const twices = new Set(parts.map(({ key }) => key).filter(isTwice));
  const called = parts.map((part) =>
    twices.has(part.key) && part.name !== undefined ? { ...part, key: part.name } : part,
  );
  for (const part of called) {
    const isTaken = (key: string) =>
      keyed.get(key)?.some(({ environment }) => environment === part.environment) === true;
    let key = part.key;
    for (let number = 2; isTaken(key); number += 1) key = `${part.key || fallback}-${number}`;
    keyed.set(key, [...(keyed.get(key) ?? []), { ...part, key }]);
  }
  const ids = idsOf(keyed.keys(), fallback);
  return new Map([...keyed].map(([key, own]) => [ids.get(key) ?? key, own]));
}

/** Returns what is in no service, folder by folder, and why. */
function rest(
  files: RepositoryFiles,
  placed: readonly Placed[],
  { wiring }: Found,
  missing: readonly Unplaced[],
): Unplaced[] {
  const moved = new Set(placed.flatMap((one) => [...one.moved]));
  const found: Unplaced[] = files.oddities.map(({ path, what }) => ({ path, why: `is ${what}`, isMissing: false }));
  for (const path of files.paths) {
    if (moved.has(path) || missing.some((one) => path === one.path || path.startsWith(`${one.path}/`))) continue;
    found.push({ path, why: whyNot(path, files, wiring), isMissing: false });
  }
  return found;
}

function whyNot(path: string, files: RepositoryFiles, wiring: ReadonlySet<string>): string {
  if (wiring.has(path))
    return 'points an agent at folders of the old repository: one object for each environment takes its place';
  if (files.chartOf(folderOf(path)) !== undefined)
    return 'is a part of a Helm chart that no environment builds by kustomize';
  if (path.split('/').some((segment) => segment.startsWith('.')))
    return 'is about the old repository, not about what runs';
  if (files.kustomizationOf(folderOf(path)) === path) return 'is a kustomization that no environment builds';
  return /\.(?:ya?ml|json)$/.test(path) ? 'is named by nothing that an environment builds' : 'is no manifest';
}
