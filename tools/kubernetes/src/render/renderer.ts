import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { EleventhError } from '@eleventh/core';
import { bareEnvironment, runChild } from './child.ts';

/** Where programs are looked for: the user's environment, and the folder from which it names them. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A program of the user's that renders. */
export interface Tool {
  readonly name: 'kustomize' | 'kubectl kustomize' | 'helm';
  /** The version of kustomize or Helm, without a `v`: of the one within kubectl, where that is it. */
  readonly version: string;
  readonly path: string;
  /** What stands before the folder or chart to render. */
  readonly args: readonly string[];
}

/** The first kustomize that knows `sortOptions`, and takes nothing but Git and HTTP for a remote base. */
const OLDEST = 5;

/**
 * Returns what builds kustomizations: the program that KUSTOMIZE names, else `kustomize` on the PATH, else `kubectl
 * kustomize` (KUBECTL, else on the PATH). Throws `NO_RENDERER`, `RENDERER_TOO_OLD` and `RENDERER_UNUSABLE`.
 */
export async function findKustomize(world: World): Promise<Tool> {
  const own = await find(world, 'KUSTOMIZE', 'kustomize');
  if (own !== undefined) {
    const version = await ask(own, ['version'], world, /v?(\d+\.\d+\.\d+[^\s}]*)/);
    return recent({ name: 'kustomize', version, path: own, args: ['build'] });
  }
  const kubectl = await find(world, 'KUBECTL', 'kubectl');
  if (kubectl === undefined) {
    throw new EleventhError('NO_RENDERER', 'Neither kustomize nor kubectl is on the PATH, and one of them renders.', {
      hint: 'Install kubectl: https://kubernetes.io/docs/tasks/tools/, or set KUSTOMIZE or KUBECTL to its path.',
    });
  }
  const args = ['version', '--client', '--output', 'json'];
  const version = await ask(kubectl, args, world, /"kustomizeVersion":\s*"v?(\d+\.\d+\.\d+[^"]*)"/);
  return recent({ name: 'kubectl kustomize', version, path: kubectl, args: ['kustomize'] });
}

/** Returns what renders charts: the program that HELM names, else `helm` on the PATH. Throws as `findKustomize` does. */
export async function findHelm(world: World): Promise<Tool> {
  const path = await find(world, 'HELM', 'helm');
  if (path === undefined) {
    throw new EleventhError('NO_HELM', 'A service is a Helm chart, and helm is not on the PATH.', {
      hint: 'Install Helm: https://helm.sh/docs/intro/install/, or set HELM to its path.',
    });
  }
  const version = await ask(path, ['version', '--template', '{{.Version}}'], world, /v?(\d+\.\d+\.\d+\S*)/);
  return { name: 'helm', version, path, args: ['template'] };
}

/** Returns the path of a program: the one that a variable names, else the one of that name on the PATH. */
async function find({ env, cwd }: World, variable: string, name: string): Promise<string | undefined> {
  const named = env[variable] || name;
  const isPath = isAbsolute(named) || /[/\\]/.test(named);
  const folders = isPath ? [cwd] : (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '');
  const endings = (env.PATHEXT ?? '').split(';');
  for (const folder of folders) {
    for (const ending of endings) {
      const path = resolve(cwd, isPath ? named + ending : join(folder, named + ending));
      if (await isExecutable(path)) return path;
    }
  }
  if (!env[variable]) return undefined;
  throw new EleventhError('RENDERER_UNUSABLE', `${variable} names ${named}, which is no program here.`, {
    hint: `Set ${variable} to the path of ${name}, or unset it.`,
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function ask(path: string, args: readonly string[], { env, cwd }: World, pattern: RegExp): Promise<string> {
  const options = { env: bareEnvironment(env, join(dirname(path), 'nobody')), cwd, timeout: 30_000 };
  const { stdout, stderr } = await runChild(path, args, options);
  const version = pattern.exec(stdout)?.[1];
  if (version !== undefined) return version;
  throw new EleventhError('RENDERER_UNUSABLE', `${path} does not say which version it is: ${firstLine(stderr)}.`, {
    hint: `${path} ${args.join(' ')}`,
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.replace(/\.$/, '') || 'it printed nothing';
}

function recent(tool: Tool): Tool {
  if (Number(tool.version.split('.')[0]) >= OLDEST) return tool;
  const sentence = `${tool.path} brings kustomize ${tool.version}, and rendering takes ${OLDEST}.0 or later.`;
  throw new EleventhError('RENDERER_TOO_OLD', sentence, {
    hint: 'Install a newer kubectl or kustomize: https://kubernetes.io/docs/tasks/tools/',
  });
}
