import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { EleventhError } from '@eleventh/core';
import { type Program, runProgram } from './program.ts';

/** Where programs are looked for. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * Returns the user's own kustomize: what KUSTOMIZE names, `kustomize`, what KUBECTL names, or `kubectl`, the first that
 * is there. Throws `RENDERER_MISSING`, and `RENDERER_BROKEN` for one that does not say its version.
 */
export async function findKustomize({ env, cwd }: Surroundings): Promise<Program> {
  const kustomize = find(env.KUSTOMIZE || 'kustomize', env, cwd);
  if (kustomize !== null) {
    const said = await ask(kustomize, ['version'], env, cwd);
    return { name: 'kustomize', path: kustomize, command: ['build'], version: versionIn(kustomize, said) };
  }
  const kubectl = find(env.KUBECTL || 'kubectl', env, cwd);
  if (kubectl === null)
    throw new EleventhError('RENDERER_MISSING', 'There is no kustomize and no kubectl here, which render manifests.', {
      hint: 'Install one of them, or name it: KUBECTL=/path/to/kubectl',
    });
  const said = await ask(kubectl, ['version', '--client', '--output=json'], env, cwd);
  const version = /"kustomizeVersion":\s*"([^"]+)"/.exec(said)?.[1] ?? '';
  return { name: 'kubectl kustomize', path: kubectl, command: ['kustomize'], version: versionIn(kubectl, version) };
}

/** Returns the user's own Helm: what HELM names, or `helm`. Throws as `findKustomize` does. */
export async function findHelm({ env, cwd }: Surroundings): Promise<Program> {
  const helm = find(env.HELM || 'helm', env, cwd);
  if (helm === null)
    throw new EleventhError('RENDERER_MISSING', 'There is no Helm here, which renders charts.', {
      hint: 'Install it, or name it: HELM=/path/to/helm',
    });
  const said = await ask(helm, ['version', '--template={{.Version}}'], env, cwd);
  return { name: 'helm', path: helm, command: ['template'], version: versionIn(helm, said) };
}

function find(name: string, env: Surroundings['env'], cwd: string): string | null {
  const isPath = name.includes('/') || isAbsolute(name);
  const places = isPath ? [resolve(cwd, name)] : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return places.flatMap((place) => [place, `${place}.exe`]).find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function ask(path: string, args: readonly string[], env: Surroundings['env'], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram(path, args, { cwd, searchPath: env.PATH });
  return code === 0 ? stdout : stderr;
}

function versionIn(path: string, text: string): string {
  const version = /v?\d+\.\d+\.\d+[-+.\w]*/.exec(text)?.[0];
  if (version !== undefined) return version.startsWith('v') ? version : `v${version}`;
  throw new EleventhError('RENDERER_BROKEN', `${path} does not say which version it is.`, {
    hint: `${path} version`,
    details: { path, said: text.slice(0, 500) },
  });
}
