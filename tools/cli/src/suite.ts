import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { EleventhError, pathInside, quoted } from '@eleventh/core';
import type { Io } from './io.ts';

/** What came of a suite. */
export interface SuiteRun {
  readonly exitCode: number;
  readonly seconds: number;
  /** The SHA-256 of everything it printed, in the order in which it came. */
  readonly log: string;
}

/**
 * Runs a command with a recipe's files in a folder of its own, which is gone afterwards, and passes on what it prints.
 * @param facts more environment variables, besides `ELEVENTH_MANIFESTS` for the folder. Throws `SUITE_NOT_STARTED`.
 */
export async function runSuite(
  io: Io,
  command: readonly string[],
  files: ReadonlyMap<string, Uint8Array>,
  facts: Readonly<Record<string, string>>,
  print: (text: string) => void,
): Promise<SuiteRun> {
  const folder = newFolder();
  try {
    for (const [path, bytes] of files) {
      const file = join(folder, pathInside(path));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    const began = io.now();
    const log = createHash('sha256');
    const env = { ...io.env, ...facts, ELEVENTH_MANIFESTS: folder };
    const exitCode = await run(command, io.cwd, env, (stream, bytes) => {
      log.update(bytes);
      (stream === 'out' ? print : io.err)(bytes.toString());
    });
    return { exitCode, seconds: Math.round((io.now() - began) / 1000), log: log.digest('hex') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function newFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'eleventh-suite-'));
  } catch (cause) {
    throw notStarted(
      `No folder can be made in ${tmpdir()}`,
      'TMPDIR=<a folder that may be written> eleventh test …',
      cause,
    );
  }
}

function notStarted(problem: string, hint: string, cause?: unknown): EleventhError {
  return new EleventhError('SUITE_NOT_STARTED', `${problem}, so nothing was run or recorded.`, { hint, cause });
}

function run(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: Io['env'],
  tell: (stream: 'out' | 'err', bytes: Buffer) => void,
): Promise<number> {
  if (program === '') throw notStarted('The command has no name', 'eleventh test <recipe> <suite> -- <command>');
  const child = spawn(program, args, { cwd, env, stdio: ['inherit', 'pipe', 'pipe'] });
  child.stdout.on('data', (bytes) => tell('out', bytes));
  child.stderr.on('data', (bytes) => tell('err', bytes));
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(notStarted(`${quoted(program)} cannot be started`, `which ${program}`, cause)),
    );
    // As a shell says it of a command that a signal ended.
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
