// Who does it: the command line, the floor of plain git, what CI does today. Each is a function of a world that makes it
// ready, untimed, and returns what is timed: `{ command, env, input }`.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from './processes.mjs';
import { pinArguments } from './seed.mjs';

const BIN = fileURLToPath(new URL('../../tools/cli/bin/eleventh.cjs', import.meta.url));
const floorScript = (name) => fileURLToPath(new URL(`floor/${name}.sh`, import.meta.url));
const STAGING = 'env/staging';
const PREPROD = 'env/preprod';

/** Returns a command of ours, with a cache that is there or not. */
function eleventh(world, args, person) {
  return { command: [process.execPath, BIN, ...args], env: world.env(person), cwd: world.home };
}

/** Returns a script of the floor with its variables. */
function floor(name, world, variables, person) {
  const env = { ...world.env(person), BRANCH: STAGING, ...variables };
  return { command: ['sh', floorScript(name)], env, cwd: world.home };
}

function pinVariables(world, build) {
  const CONTENT = join(world.home, 'content');
  writeFileSync(CONTENT, world.pinText(build));
  return { PIN: world.pinPath(build), CONTENT, WORK: join(world.home, 'work') };
}

/** Makes a clone for a warm floor, once. */
async function clone(world, ...options) {
  const work = join(world.home, 'work');
  if (!existsSync(work)) await mustRun(['git', 'clone', '--quiet', ...options, world.url, work], { env: world.env() });
  return work;
}

export const node = (world) => floor('node', world);
export const version = (world) => eleventh(world, ['--version']);
export const renderOf = (world, environment) => rendering(world, ['render', environment]);
export const checkOf = (world) => rendering(world, ['check']);

function rendering(world, args) {
  const { env, ...ready } = eleventh(world, args);
  return { ...ready, env: { ...env, KUBECTL: process.env.KUBECTL ?? 'kubectl' } };
}

/** What an agent or a CI does in a checkout. */
export function kustomizeOf(world, checkout, environment) {
  const command = [process.env.KUBECTL ?? 'kubectl', 'kustomize', join(checkout, 'environments', environment)];
  return { command, env: world.env(), cwd: world.home };
}

export const help = (world) => eleventh(world, ['--help']);

export const pinWarm = (world) => eleventh(world, pinArguments(world.nextBuild()));

export function pinCold(world) {
  rmSync(world.env().ELEVENTH_CACHE, { recursive: true, force: true });
  return pinWarm(world);
}

export function floorPinCold(world) {
  const variables = pinVariables(world, world.nextBuild());
  rmSync(variables.WORK, { recursive: true, force: true });
  return floor('pin-cold', world, variables);
}

export async function floorPinWarm(world) {
  if (!existsSync(join(world.home, 'work'))) {
    const { command, env } = floorPinCold(world);
    await mustRun(command, { env });
  }
  return floor('pin-warm', world, pinVariables(world, world.nextBuild()));
}

/** What CI does today: the clone goes when it is over. */
export const naive = (tool) => (world, person) => {
  const build = world.nextBuild();
  const PIN = world.pinPath(build);
  const WORK = join(world.env(person).HOME, 'work');
  rmSync(WORK, { recursive: true, force: true });
  const variables = { PIN, WORK, IMAGE: build.image, DIGEST: build.digest, TAG: build.commit, EDITOR_OF_YAML: tool };
  return { ...floor('naive', world, variables, person), build };
};

/** A build pinned by somebody with an empty cache of their own, as a CI job is. */
export function pinBy(world, person) {
  const build = world.nextBuild();
  return { ...eleventh(world, pinArguments(build), person), build };
}

export function pinBatch(count) {
  return (world) => {
    const builds = Array.from({ length: count }, () => world.nextBuild());
    const lines = builds.map(({ image, digest, ...facts }) =>
      JSON.stringify({ ...facts, branch: 'main', image: `${image}@${digest}` }),
    );
    return { ...eleventh(world, ['pin', '--batch', '-']), input: lines.join('\n'), builds };
  };
}

export async function promote(world) {
  await world.advanceStaging();
  return eleventh(world, ['promote', 'staging', '--to', 'preprod']);
}

export async function floorPromote(world) {
  const work = await clone(world, '--bare', '--no-single-branch', '--depth=1', '--filter=blob:none');
  await world.advanceStaging();
  return floor('promote', world, { WORK: work, FROM: STAGING, TO: PREPROD });
}

export async function emptyCommit(world) {
  return floor('empty-commit', world, { WORK: await clone(world, '--depth=1', `--branch=${STAGING}`) });
}

export const status = (world) => eleventh(world, ['status']);
export const floorStatus = (world) => floor('status', world);

/** Between the two stands one more deployment each time. */
export async function diff(world) {
  await world.advanceStaging();
  return eleventh(world, ['diff', 'preprod']);
}

export async function floorDiff(world) {
  await world.advanceStaging();
  return floor('diff', world, { FROM: STAGING, TO: PREPROD });
}

export const verify = (world) => eleventh(world, ['verify', '--repo', world.dir]);
export const floorVerify = (world) => floor('verify', world);

export const log = (world) => eleventh(world, ['log', 'staging']);
export const floorLog = (world) => floor('log', world);
