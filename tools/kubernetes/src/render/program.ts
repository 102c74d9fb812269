import { execFile } from 'node:child_process';

/** A program that renders, on this machine. */
export interface Program {
  /** What it is called: `kustomize`, `kubectl kustomize`, `helm`. */
  readonly name: string;
  readonly path: string;
  /** What stands before the arguments of a run. */
  readonly command: readonly string[];
  /** As it says itself, of kustomize or Helm: `v5.7.1`. */
  readonly version: string;
}

/** What a run said; `code` is null when it did not end by itself. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A rendering takes seconds; what takes minutes hangs. In milliseconds. */
const LONGEST = 5 * 60 * 1000;
const MOST_OUTPUT = 512 * 1024 * 1024;

/**
 * Runs a program in a folder with nothing of the user's: no configuration, no plugins, no proxy, and no more of the
 * environment than where programs are.
 */
export function runProgram(
  path: string,
  args: readonly string[],
  { cwd, searchPath }: { readonly cwd: string; readonly searchPath: string | undefined },
): Promise<Outcome> {
  const env = { PATH: searchPath ?? '', HOME: cwd, KUSTOMIZE_PLUGIN_HOME: cwd, XDG_CONFIG_HOME: cwd, LC_ALL: 'C' };
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: LONGEST, maxBuffer: MOST_OUTPUT, windowsHide: true };
    execFile(path, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      const failed = code === null ? `${error?.message ?? ''}\n${stderr}` : stderr;
      resolve({ code, stdout, stderr: failed });
    });
  });
}
