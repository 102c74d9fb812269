import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { KUBECTL } from './kubectl.ts';
import type { World } from './world.ts';

/** Returns a repository with one commit of some files. */
export async function repositoryOf(
  world: World,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = world.files(name, files);
  await world.git(folder, 'init', '--quiet', '--initial-branch=main');
  await world.git(folder, 'add', '--all');
  await world.git(folder, 'commit', '--quiet', '--message', 'As it is');
  return folder;
}

/** Returns the objects that a folder comes to, or a file holds, one text each: by kubectl alone, without our annotations. */
export function objectsOf(path: string): string[] {
  const isBuilt =
    statSync(path).isDirectory() &&
    ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].some((name) => existsSync(join(path, name)));
  if (isBuilt) return objectsIn(execFileSync(KUBECTL, ['kustomize', path], { encoding: 'utf8', maxBuffer: 2 ** 28 }));
  if (!statSync(path).isDirectory()) return objectsIn(readFileSync(path, 'utf8'));
  return readdirSync(path).flatMap((name) => objectsOf(join(path, name)));
}

function objectsIn(text: string): string[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [JSON.stringify(plain(value))];
  });
}

/** Returns a value with sorted keys, without annotations of ours and what only held them. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .filter(([key]) => !key.startsWith('eleventh.dev/'))
    .map(([key, inner]): [string, unknown] => [key, plain(inner)])
    .filter(([key, inner]) => !['annotations', 'metadata'].includes(key) || JSON.stringify(inner) !== '{}');
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns what an environment of a workspace comes to on its own branch. */
export async function environmentObjects(world: World, workspace: string, environment: string): Promise<string[]> {
  const checkout = mkdtempSync(join(world.root, 'checkout-'));
  await world.git(world.root, 'clone', '--quiet', '--branch', `env/${environment}`, workspace, checkout);
  return objectsOf(join(checkout, 'environments', environment));
}
