// Plays the demo for the documentation: always at the same moment, so that it makes the same ids each time.
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../tools/cli/bin/eleventh.cjs', import.meta.url));

/** When the story ends, in seconds since 1970. */
export const EPOCH = 1763640000;

/** Returns what `eleventh demo --json` printed: the folder that it left, and its scenes. */
export function playDemo(env = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'demo', '--json'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, TMPDIR: realpathSync(tmpdir()), SOURCE_DATE_EPOCH: String(EPOCH), ...env },
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the demo failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Returns a page without the ids in it, and our version: every edit of the examples changes all of them, and matters to no reader. */
export function withoutIds(text) {
  return text
    .replace(/(?<=@eleventh\/cli@)\d[\w.-]*/g, 'x')
    .replace(/\b[0-9a-f]{7,64}\b/g, (id) => 'x'.repeat(id.length));
}
