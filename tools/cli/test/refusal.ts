import { expect } from 'vitest';
import { stable } from './screen.ts';
import type { RunOptions, World } from './world.ts';

/** What stands in every secret of the tests, so that one look finds any that leaked. */
export const SECRET = 's3cr3t-t0ken';

export type BadLine = readonly [args: readonly string[], options?: RunOptions];

// An id, a path or an image right before the full stop: a double click would copy the stop too.
const STUCK = /(?:\b[0-9a-f]{7,40}|[\w.-]+[/@:][\w./@:-]*\w)\.$/;

/**
 * Returns what the command lines are refused with, two lines each: exit code, code and sentence; then the hint. Every
 * refusal has one sentence and one hint in the last line, is the same under `--json`, has no stack trace and no
 * secret, and leaves every ref of the remote as it was.
 */
export async function refusals(world: World, lines: readonly BadLine[]): Promise<string> {
  const shown: string[] = [];
  for (const [args, options] of lines) shown.push(await refusal(world, args, options));
  return stable(world, shown.join('\n'));
}

/** What Git or a transport says of a connection, in words that differ from version to version. */
const FOREIGN_WORDS = /(cannot be reached: |may not be read: ).+/;

/** Returns what one command line is refused with, as `refusals` does. */
async function refusal(world: World, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const before = await refsOf(world);
  const end = args.indexOf('--');
  const line = end < 0 ? [...args, '--json'] : [...args.slice(0, end), '--json', ...args.slice(end)];
  const { code, stdout, stderr } = await world.run(line, options);
  const [, name = '', sentence = '', hint = ''] =
    /^error \[([A-Z0-9_]+)\] (.+)\n(?: {2}.+\n)*hint: (.+)\n$/.exec(stderr) ?? [];
  const what = args.join(' ').slice(0, 200);
  expect.soft(stderr, what).toMatch(/^error \[[A-Z0-9_]+\] .+\n(?: {2}.+\n)*hint: .+\n$/);
  expect.soft([1, 2, 3], what).toContain(code);
  expect.soft(name, what).not.toBe('INTERNAL');
  expect.soft(sentence, what).not.toMatch(/undefined|\[object|Error:|\.\.$| {2}/);
  expect.soft(sentence, what).not.toMatch(STUCK);
  expect.soft(sentence.length, what).toBeLessThan(400);
  expect.soft(`${stdout}${stderr}`, what).not.toContain(SECRET);
  expect.soft(`${stdout}${stderr}`, what).not.toMatch(/\n\s+at /);
  expect.soft(stderr.replaceAll('\n', ''), what).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  expect.soft(stdout.trimEnd().split('\n'), what).toHaveLength(1);
  const error = { code: name, message: sentence, hint, exitCode: code };
  expect.soft(JSON.parse(stdout || 'null'), what).toMatchObject({ schemaVersion: 1, error });
  expect.soft(await refsOf(world), what).toBe(before);
  return `${code} ${name}: ${sentence.replace(FOREIGN_WORDS, '$1…')}\n    ${hint}`;
}

/** Returns the refs of the remote with its HEAD; nothing when there is no remote. */
async function refsOf(world: World): Promise<string> {
  return `${await world.refs().catch(() => '')}\n${await world.ask('symbolic-ref', 'HEAD').catch(() => '')}`;
}
