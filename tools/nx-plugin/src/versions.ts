import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const PROGRAMS = [
  ['KUSTOMIZE', 'kustomize', 'version'],
  ['KUBECTL', 'kubectl', 'version', '--client'],
  ['HELM', 'helm', 'version', '--short'],
] as const;

/** How the checkers of others are asked for their versions. */
const CHECKERS: Readonly<Record<string, string>> = {
  conftest: '--version',
  'kube-linter': 'version',
  kubeconform: '-v',
};

/**
 * Returns which versions there are of the command line, of the programs that it renders with and of the checkers of
 * others that are named, one a line, and whether the environment names the program. Where they stand is not said: tasks on two machines may share what they made.
 */
export async function versions(env: Environment, cwd: string, checkers: readonly string[] = []): Promise<string> {
  const lines = PROGRAMS.map(async ([variable, name, ...args]) => {
    const named = env[variable] || undefined;
    return `${named === undefined ? name : `${name} (${variable})`}: ${await answer(named ?? name, args, env)}`;
  });
  const checks = checkers.flatMap((name) => {
    const argument = Object.hasOwn(CHECKERS, name) ? CHECKERS[name] : undefined;
    return argument === undefined ? [] : [answer(name, [argument], env).then((text) => `${name}: ${text}`)];
  });
  const answers = await Promise.all([...lines, ...checks]);
  return `${[`eleventh: ${commandLine(cwd)}`, ...answers].join('\n')}\n`;
}

function answer(program: string, args: readonly string[], env: Environment): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { env, windowsHide: true, timeout: 10_000 }, (error, stdout) => {
      resolve(error === null ? stdout.trim().replaceAll('\n', ', ') : 'absent');
    });
  });
}

function commandLine(workspaceRoot: string): string {
  try {
    const path = createRequire(join(workspaceRoot, 'package.json')).resolve('@eleventh/cli/package.json');
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  } catch {
    return 'absent';
  }
}
