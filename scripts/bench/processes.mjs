// Runs what is measured: every process sees the same bare environment, and its time is that from its start to its end.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Returns an environment with nothing of the user's in it but PATH, with a home of its own. */
export function hermetic(home) {
  const person = { NAME: 'Bench', EMAIL: 'bench@example.com' };
  return {
    PATH: process.env.PATH,
    HOME: home,
    ELEVENTH_CACHE: join(home, 'cache'),
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
  };
}

/** Nothing that is measured may take longer, in milliseconds. */
const LIMIT = 600_000;

/** Runs a command line and returns `{ milliseconds, stdout, stderr, exitCode }`. */
export function run([command, ...args], { cwd, env, input = '' }) {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint();
    const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], timeout: LIMIT });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve({ milliseconds: Number(process.hrtime.bigint() - begin) / 1e6, stdout, stderr, exitCode });
    });
  });
}

/** Runs a command line that has to succeed; returns what `run` does, throws with what it said otherwise. */
export async function mustRun(command, options) {
  const result = await run(command, options);
  if (result.exitCode === 0) return result;
  throw new Error(`${command.join(' ')} ended with ${result.exitCode}:\n${result.stderr}${result.stdout}`);
}
