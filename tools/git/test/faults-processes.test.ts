import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeploymentRace } from './deployment-race.ts';
import { build, workspace } from './race-workspace.ts';
import { startHttpServer } from './servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'eleventh-writer-'));
const WRITER = join(folder, 'writer.mjs');

const ESBUILD = join(import.meta.dirname, '../../../node_modules/esbuild/bin/esbuild');
const SOURCE = fileURLToPath(new URL('./writer-process.ts', import.meta.url));

beforeAll(() => {
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  const options = ['--bundle', '--platform=node', '--format=esm', '--conditions=@eleventh/source', '--log-level=error'];
  execFileSync(process.execPath, [ESBUILD, SOURCE, `--outfile=${WRITER}`, `--banner:js=${banner}`, ...options]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Writer {
  readonly child: ChildProcess;
  readonly name: string;
  /** What it printed; null when it was killed before. */
  readonly ended: Promise<{ code: string; changed?: boolean; pushes?: number; message?: string } | null>;
}

/** Starts a writer as the leader of a process group of its own, as a CI system starts a job. */
function start(race: DeploymentRace, url: string, name: string, service: string, number: number): Writer {
  // Some start from an empty cache, as CI jobs do, and some share one.
  const cache = join(race.scratch.path, Number(name.slice(1)) % 2 === 0 ? 'cache' : `cache-of-${name}`);
  const args = [WRITER, url, cache, name, service, String(number)];
  const child = spawn(process.execPath, args, {
    env: race.scratch.env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = text(child.stdout).then((output) => (output === '' ? null : JSON.parse(output)));
  return { child, name, ended };
}

function signal({ child }: Writer, what: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? 0), what);
  } catch {
    // It ended by itself in the meantime.
  }
}

/** What each writer says is what the branch shows, nothing is there twice, and a drain leaves nothing behind. */
async function check(race: DeploymentRace, writers: readonly Writer[]): Promise<void> {
  const endings = new Map(await Promise.all(writers.map(async ({ name, ended }) => [name, await ended] as const)));
  const authors = race.landed().map(({ author }) => author);
  expect(new Set(authors).size).toBe(authors.length);
  for (const [name, ending] of endings) {
    if (ending === null) continue;
    expect(['', 'OLDER_BUILD'], ending.message).toContain(ending.code);
    expect([name, authors.includes(name)]).toEqual([name, ending.code === '']);
  }
  await race.drain();
  expect(race.queue().filter((ref) => ref.includes('/requests/'))).toEqual([]);
  const after = race.landed().map(({ author }) => author);
  expect(new Set(after).size).toBe(after.length);
  const builds = new Map<string, string>();
  for (const { service, build } of race.landed()) {
    expect(`${service} ${build}` > `${service} ${builds.get(service) ?? ''}`).toBe(true);
    builds.set(service, build);
  }
  expect(race.git('fsck', '--strict', '--no-dangling')).toBe('');
}

describe.each(['file', 'HTTP'])('twenty writers at once over %s', (kind) => {
  test('all land, in a few pushes', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `service-${index}`);
    const race = new DeploymentRace(await workspace(ids));
    const server = kind === 'HTTP' ? await startHttpServer(race.scratch.path) : null;
    const url = server === null ? race.directory : `${server.url}/deploy.git`;
    const writers = ids.map((id, index) => start(race, url, `W${index}`, id, 11));
    const endings = await Promise.all(writers.map(({ ended }) => ended));
    expect(endings.map((ending) => ending?.code + (ending?.message ?? ''))).toEqual(ids.map(() => ''));
    await check(race, writers);
    expect(race.landed()).toHaveLength(20);
    expect(race.updates()).toBeLessThanOrEqual(5);
    const pushes = endings.reduce((sum, ending) => sum + (ending?.pushes ?? 0), 0);
    expect(pushes).toBeLessThanOrEqual(2.2 * 20);
    if (server !== null) {
      expect(server.counts.pushConnections).toBeLessThanOrEqual(2.2 * 20);
      await server.close();
    }
  });
});

describe('of twelve writers', () => {
  test.each([1, 2])('some are killed at any moment (%i): nothing is lost, and nothing there twice', async (seed) => {
    const ids = Array.from({ length: 12 }, (_, index) => `service-${index}`);
    const race = new DeploymentRace(await workspace(ids));
    const writers = ids.map((id, index) => start(race, race.directory, `W${index}`, id, 11));
    await Promise.all(
      writers.slice(0, 8).map(async (writer, index) => {
        await setTimeout((((seed * 31 + index * 17) % 40) / 40) * 5000);
        signal(writer, 'SIGKILL');
      }),
    );
    await check(race, writers);
  });

  test('the first sleeps while it commits for all, and wakes when they have gone on without it', async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `service-${index}`);
    const race = new DeploymentRace(await workspace(ids));
    await race.leaveRequest('Grace', build('payments', 11));
    const first = start(race, race.directory, 'W0', ids[0] ?? '', 11);
    while (race.queue().length < 2) await setTimeout(5);
    signal(first, 'SIGSTOP');
    const others = ids.slice(1).map((id, index) => start(race, race.directory, `W${index + 1}`, id, 11));
    expect((await Promise.all(others.map(({ ended }) => ended))).map((ending) => ending?.code)).toEqual(
      others.map(() => ''),
    );
    signal(first, 'SIGCONT');
    expect(await first.ended).toMatchObject({ code: '', changed: true });
    await check(race, [first, ...others]);
    expect(race.landed()).toHaveLength(7);
  });
});
