// Many writers on one branch at the same moment: what lands, what it costs the server, and how long the last one waits.
import { naive, pinBatch, pinBy } from './contenders.mjs';
import { mustRun, run } from './processes.mjs';

const BRANCH = 'env/staging';
const BATCH = 1000;

/** With both ends of every connection on one machine, it is busy with keys alone for minutes. */
const MOST = { ssh: { ours: 50, naive: 10 } };

/**
 * Lets crowds of writers start at once, each with its own build and an empty cache, as CI jobs do. Returns rows
 * `{ over, who, writers, landed, updates, pushes, slowest, problems }`. The loop of CI takes part up to `naiveUpTo` writers.
 */
export async function raceAll(grounds, transports, { size, crowds, tool, naiveUpTo, tell }) {
  const rows = [];
  for (const [over, transport] of Object.entries(transports)) {
    for (const writers of crowds.filter((count) => count <= (MOST[over]?.ours ?? count))) {
      tell(`${writers} writers over ${over}`);
      const ours = await race(await grounds.world(size, transport), pinBy, writers);
      rows.push({ over, who: 'eleventh', writers, ...ours });
      if (writers > Math.min(naiveUpTo, MOST[over]?.naive ?? naiveUpTo)) continue;
      tell(`${writers} writers over ${over}: the loop of CI`);
      rows.push({
        over,
        who: 'naive loop',
        writers,
        ...(await race(await grounds.world(size, transport), naive(tool), writers)),
      });
    }
  }
  return rows;
}

/**
 * Returns what came of one race. `landed` counts the writers whose pin is on the branch, by exactly one commit with their
 * name; `updates` are accepted updates of the branch, and `pushes` what began as a push, both counted at the server (null
 * where nobody counts); `slowest` is how long the last one waited, in seconds.
 */
async function race(world, prepare, writers) {
  const ready = Array.from({ length: writers }, (_, index) => prepare(world, `writer-${index}`));
  const before = { head: await headOf(world), updates: world.updates(), pushes: world.transport.pushes() };
  const results = await Promise.all(ready.map(({ command, ...options }) => run(command, options)));
  const pushes = world.transport.pushes();
  const row = {
    landed: await countLanded(world, before.head, ready),
    updates: world.updates() - before.updates,
    pushes: pushes === null ? null : pushes - before.pushes,
    slowest: Math.max(...results.map(({ milliseconds }) => milliseconds)) / 1000,
    problems: results.filter(({ exitCode }) => exitCode !== 0).map(({ stderr }) => stderr.trim().split('\n')[0]),
  };
  world.close();
  return row;
}

async function headOf(world) {
  return (await world.git(['rev-parse', BRANCH])).trim();
}

async function countLanded(world, before, ready) {
  const authors = (await world.git(['log', '--format=%an', `${before}..${BRANCH}`])).trim().split('\n');
  const names = ready.map(({ build }) => `${BRANCH}:${world.pinPath(build)}\n`).join('');
  const pins = (await world.git(['cat-file', '--batch'], names)).split(/^[0-9a-f]{40} blob \d+\n/m).slice(1);
  return ready.filter(({ build }, index) => {
    const own = authors.filter((author) => author === `writer-${index}`);
    return own.length === 1 && pins[index]?.includes(build.commit);
  }).length;
}

/** Pins a thousand services by one command; returns rows `{ over, commits, updates, pushes, seconds }`. */
export async function pinBatches(grounds, transports, size, tell) {
  const rows = [];
  for (const [over, transport] of Object.entries(transports)) {
    tell(`a batch of ${BATCH} pins over ${over}`);
    const world = await grounds.world(size, transport);
    const before = { head: await headOf(world), pushes: transport.pushes() };
    const { command, ...options } = pinBatch(BATCH)(world);
    const { milliseconds } = await mustRun(command, options);
    const commits = Number(await world.git(['rev-list', '--count', `${before.head}..${BRANCH}`]));
    const pushes = transport.pushes();
    rows.push({
      over,
      commits,
      updates: world.updates(),
      pushes: pushes === null ? null : pushes - before.pushes,
      seconds: milliseconds / 1000,
    });
    world.close();
  }
  return rows;
}
