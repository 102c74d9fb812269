import { type ImportedBuild, type ServiceId, type Snapshot } from '@eleventh/core';
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
export async function importedLayout(snapshot: Snapshot, empty: Snapshot, renderer: Renderer, options: ImportOptions): Promise<ImportedLayout> {
  const files = await RepositoryFiles.of(snapshot);
  const names = new EnvironmentNames(options.environments, files.folders);
  const render: Render = async (state, folder, substitution) => {
    const yaml = await renderer.whole(state, folder, await reachOf(state, folder));
    return parseObjects(substitution === undefined ? yaml : substituted(yaml, substitution));
  };
  const found = await findAll(files, names, options);
  const notes = [...found.notes];
  const { roots, lost } = withEnvironments(found.roots.filter((root) => isWanted(root, options.only) && !isWiringAlone(root, files, found.wiring)), options.environments, notes);
  const { parts, unplaced, notes: said } = await partsOf(files, roots, found.wiring, names, render);
  notes.push(...said);
  const { services, twice } = byService(parts, options.names[0] ?? 'service');
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
  const groups = names.ordered(distinct.placed.flatMap((one) => one.environments.map(({ environment }) => environment)));
  const missing = [...unplaced, ...twice, ...lost];
  return {
    strangers: groups.flat().filter((name) => names.isStrange(name)),
    ...{ environments: groups, services: distinct.placed, parts: services, failed, clashes: distinct.clashes, notes: [...new Set(notes)] },
    unplaced: [...missing, ...rest(files, distinct.placed, found, missing)],
  };
}

async function findAll(files: RepositoryFiles, names: EnvironmentNames, options: ImportOptions): Promise<Found> {
  const flux = await findFlux(files, names, options.names);
  const argo = await findArgo(files, names, options.names);
  const wiring = new Set([...flux.wiring, ...argo.wiring]);
  const roots = [...flux.roots, ...argo.roots];
  const isByAgents = roots.some(({ files: given }) => given === undefined);
  const folders = isByAgents ? null : await findFolders(files, names, new Set([...wiring, ...roots.flatMap(({ files: given }) => given ?? [])]));
  return {
    roots: uniqueRoots([...roots, ...(folders?.roots ?? [])]),
    unplaced: [],
    wiring,
    notes: [...flux.notes, ...argo.notes, ...(folders?.notes ?? [])],
  };
}

function isWanted({ folder }: Root, only: readonly string[]): boolean {
  return only.length === 0 || only.some((one) => folder === one || folder.startsWith(`${one}/`));
}

/** Returns whether all that a root applies is what points agents at folders: an app of apps, say. */
function isWiringAlone({ folder, files: given }: Root, files: RepositoryFiles, wiring: ReadonlySet<string>): boolean {
  const manifests = given ?? files.below(folder).filter((path) => isManifest(path));
  return manifests.length > 0 && manifests.every((path) => wiring.has(path));
}

/** Returns roots, each once: an agent may be pointed at a folder by several files that say the same. */
function uniqueRoots(roots: readonly Root[]): Root[] {
  const seen = new Set<string>();
  return roots.filter(({ environment, folder, files, settings, name }) => {
    const key = JSON.stringify([environment, folder, files, settings, files === undefined ? '' : name]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Returns roots that all have an environment: where a repository has but one, its name need not be said. */
function withEnvironments(roots: readonly Root[], given: readonly string[], notes: string[]): { roots: Root[]; lost: Unplaced[] } {
  const known = [...new Set(roots.map(({ environment }) => environment).filter((name) => name !== ''))];
  const nameless = roots.filter(({ environment }) => environment === '');
  if (nameless.length === 0) return { roots: [...roots], lost: [] };
  const only = known.length === 1 ? known[0] : known.length === 0 ? (given[0] ?? ONLY) : undefined;
  if (only === undefined) {
    const lost = nameless.map(({ folder, by }) => ({ path: folder || '.', why: `${by} does not say of which environment it is`, isMissing: true }));
    return { roots: roots.filter(({ environment }) => environment !== ''), lost };
  }
  if (known.length === 0 && given.length === 0) notes.push(`No folder is named after an environment: all of it is taken for ${only} (--env says otherwise).`);
  return { roots: roots.map((root) => ({ ...root, environment: root.environment || only })), lost: [] };
}

/** Returns the parts of each service. Two parts of one environment that have one name are two services. */
function byService(parts: readonly Part[], fallback: string): { services: Map<ServiceId, Part[]>; twice: Unplaced[] } {
  const keyed = new Map<string, Part[]>();
  for (const part of parts) {
    const isTaken = (key: string) => keyed.get(key)?.some(({ environment }) => environment === part.environment) === true;
    let key = part.key;
    for (let number = 2; isTaken(key); number += 1) key = `${part.key || fallback}-${number}`;
    keyed.set(key, [...(keyed.get(key) ?? []), { ...part, key }]);
  }
  const ids = idsOf(keyed.keys(), fallback);
  return { services: new Map([...keyed].map(([key, own]) => [ids.get(key) ?? key, own])), twice: [] };
}

/** Returns what is in no service, folder by folder, and why. */
function rest(files: RepositoryFiles, placed: readonly Placed[], { wiring }: Found, missing: readonly Unplaced[]): Unplaced[] {
  const moved = new Set(placed.flatMap((one) => [...one.moved]));
  const found: Unplaced[] = files.oddities.map(({ path, what }) => ({ path, why: `is ${what}`, isMissing: false }));
  for (const path of files.paths) {
    if (moved.has(path) || missing.some((one) => path === one.path || path.startsWith(`${one.path}/`))) continue;
    found.push({ path, why: whyNot(path, files, wiring), isMissing: false });
  }
  return found;
}

function whyNot(path: string, files: RepositoryFiles, wiring: ReadonlySet<string>): string {
  if (wiring.has(path)) return 'points an agent at folders of the old repository: one object for each environment takes its place';
  if (files.chartOf(folderOf(path)) !== undefined) return 'is a part of a Helm chart that no environment builds by kustomize';
  if (path.split('/').some((segment) => segment.startsWith('.'))) return 'is about the old repository, not about what runs';
  if (files.kustomizationOf(folderOf(path)) === path) return 'is a kustomization that no environment builds';
  return /\.(?:ya?ml|json)$/.test(path) ? 'is named by nothing that an environment builds' : 'is no manifest';
}
