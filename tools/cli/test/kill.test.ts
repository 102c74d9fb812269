import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { plumb } from './by-hand.ts';
import { deliver, deliveredWorld, pin, pinning } from './delivery.ts';
import type { World } from './world.ts';

const BIN = join(import.meta.dirname, '../bin/eleventh.cjs');
/** For each command; they make two hundred together. */
const KILLS = 50;

interface Case {
  readonly command: readonly string[];
  /** Brings the remote to where the command has something to do. */
  readonly prepare: (world: World) => Promise<void>;
  /** The refs that the command moves. */
  readonly moves: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  pin: { command: pinning('payments', 2), prepare: async () => {}, moves: ['refs/heads/env/staging'] },
  promote: {
    command: ['promote', 'preprod', '--to', 'prod'],
    prepare: async (world) => {
      await pin(world, 2, 'payments', 'ledger');
      await world.ok('promote', 'staging', '--to', 'preprod');
    },
    moves: ['refs/heads/env/prod', 'refs/tags/v1.0.1'],
  },
  release: {
    command: ['release'],
    prepare: async (world) => {
      await pin(world, 2, 'payments');
      await deliver(world, '--no-tag');
    },
    moves: ['refs/tags/v1.0.1'],
  },
  rollback: {
    command: ['rollback', 'prod'],
    prepare: async (world) => {
      await pin(world, 2, 'payments');
      await deliver(world);
    },
    moves: ['refs/heads/env/prod', 'refs/tags/v1.0.2'],
  },
};

/** Returns every ref of the remote with its value. */
function refsOf(world: World): Map<string, string> {
  const lines = plumb(world, ['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}

/** Puts the refs that a command moves back to what they were. */
function restore(world: World, old: ReadonlyMap<string, string>, moves: readonly string[]): void {
  const lines = moves.map((ref) => (old.has(ref) ? `update ${ref} ${old.get(ref)}` : `delete ${ref}`));
  plumb(world, ['update-ref', '--stdin'], `${lines.join('\n')}\n`);
}

/** Starts a command line as the leader of its own process group, as a CI system starts a job. */
function start(world: World, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], { cwd: world.empty, env: world.env, stdio: 'ignore', detached: true });
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

/** Runs a command and kills its whole group after some milliseconds; returns how long it took if it ended before. */
async function killed(world: World, args: readonly string[], milliseconds: number): Promise<number | null> {
  const begin = performance.now();
  const child = start(world, args);
  const timer = setTimeout(() => killGroup(child), milliseconds);
  const wasKilled = await new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal !== null)));
  clearTimeout(timer);
  return wasKilled ? null : performance.now() - begin;
}

function locks(world: World): string[] {
  const refs = readdirSync(join(world.remote, 'refs'), { recursive: true, encoding: 'utf8' });
  const names = [...refs.map((name) => join('refs', name)), ...readdirSync(world.remote)];
  return names.filter((name) => name.endsWith('.lock'));
}

/**
 * Removes what a server leaves locked when it is killed together with its client, which only a local one is. Whether
 * that can happen has a test of its own, since it takes a third of a millisecond and these tests would meet it by chance.
 */
async function unlock(world: World): Promise<void> {
  // A server that lives on gives its locks back by itself.
  for (let waited = 0; waited < 200 && locks(world).length > 0; waited += 10) await wait(10);
  for (const name of locks(world)) rmSync(join(world.remote, name), { force: true });
}

describe('kill -9 of the whole process group', () => {
  it.each(Object.entries(CASES))(
    `at ${KILLS} moments of %s leaves every ref old or new, and the same command again finishes`,
    async (_name, { command, prepare, moves }) => {
      const world = await deliveredWorld();
      await prepare(world);
      const old = refsOf(world);
      await world.ok(...command);
      const done = refsOf(world);
      expect([...done.keys()].filter((ref) => done.get(ref) !== old.get(ref)).sort()).toEqual([...moves].sort());
      const values = moves.map((ref) => `${ref}^{tree}`);
      const trees = plumb(world, ['rev-parse', ...values]);
      const branch = moves.find((ref) => ref.startsWith('refs/heads/'));

      let longest = 5000;
      for (let kills = 0; kills < KILLS; ) {
        restore(world, old, moves);
        // Now and then an empty cache; else what the killed runs left behind.
        if (kills % 10 === 0) rmSync(join(world.root, 'cache'), { recursive: true, force: true });
        // Moments all over the run, whose length is learned from the runs that ended by themselves.
        const moment = longest * ((kills * 0.618034) % 1);
        const took = await killed(world, command, moment);
        if (took === null) kills += 1;
        else longest = Math.min(longest, took);
        await unlock(world);

        const now = refsOf(world);
        const strange = [...now].filter(([ref, value]) => value !== old.get(ref) && !moves.includes(ref));
        expect(strange).toEqual([]);
        const again = await world.run(command);
        expect(`kill ${kills}: ${again.code} ${again.stderr}`).toBe(`kill ${kills}: 0 `);
        expect([...refsOf(world).keys()]).toEqual([...done.keys()]);
        expect(plumb(world, ['rev-parse', ...values])).toBe(trees);
        if (branch !== undefined) expect(plumb(world, ['rev-parse', `${branch}^`])).toBe(old.get(branch));
      }
      expect(plumb(world, ['fsck', '--strict', '--no-dangling'])).toBe('');
    },
  );

  it('while the server holds its locks leaves none behind, even if that runs on the same machine', async () => {
    const world = await deliveredWorld();
    const hook = join(world.remote, 'hooks/reference-transaction');
    writeFileSync(hook, '#!/bin/sh\n[ "$1" = prepared ] && grep -q refs/heads/env/staging && sleep 1\nexit 0\n');
    chmodSync(hook, 0o755);
    const child = start(world, pinning('payments', 2));
    const lock = join(world.remote, 'refs/heads/env/staging.lock');
    while (!existsSync(lock) && child.exitCode === null) await wait(5);
    expect(child.exitCode).toBeNull();
    killGroup(child);
    const again = await world.run(pinning('payments', 2));
    expect(`${again.code} ${again.stderr}`).toBe('0 ');
    expect(existsSync(lock)).toBe(false);
  });
});
