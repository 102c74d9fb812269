import { execFile } from 'node:child_process';

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder to run in, which must be there. */
  readonly cwd: string;
}

interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 when it could not be started, or a signal ended it. */
  readonly exitCode: number;
}

/** Runs a program of the user's to its end; one that cannot be started says so in `stderr`. */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, cwd }: ProgramOptions,
  input: Uint8Array = new Uint8Array(),
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd, env, windowsHide: true }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr, exitCode: 0 });
      else if (typeof error.code === 'number') resolve({ stdout, stderr, exitCode: error.code });
      else
        resolve({ stdout, stderr: error.code === 'ENOENT' ? `${program} is not there` : error.message, exitCode: -1 });
    });
    child.stdin?.on('error', () => {}); // It ended without reading all of it.
    child.stdin?.end(input);
  });
}
