import { join } from 'node:path';
import { run } from '../src/program.ts';
import type { Result, World } from './world.ts';

/** Returns what a command line does, run in this process: many times faster than the built one, and not interruptible. */
export async function runHere(
  world: World,
  args: readonly string[],
  { input = '', now = Date.now(), env = {} }: { input?: string; now?: number; env?: Record<string, string> } = {},
): Promise<Result> {
  let stdout = '';
  let stderr = '';
  const left: (() => void)[] = [];
  const code = await run(
    args,
    {
      env: { ...world.env, ...env },
      cwd: world.empty,
      self: [process.execPath, join(import.meta.dirname, '../bin/eleventh.cjs')],
      now: () => now,
      zone: '+0000',
      random: Math.random,
      sleep: async () => {},
      atExit: (clean) => left.push(clean),
      readStdin: async () => input,
      out: (text) => {
        stdout += text;
      },
      err: (text) => {
        stderr += text;
      },
      isOutTerminal: false,
      isErrTerminal: false,
    },
    '0.0.0',
  );
  for (const clean of left) clean();
  return { code, stdout, stderr };
}
