// Where the bench runs: repositories of each size, made once and kept, and a copy of one for everything that is measured.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { makeDeploymentRepository } from './deployment.mjs';
import { hermetic, mustRun } from './processes.mjs';
import { buildOf, readSeed, serviceId } from './seed.mjs';

/** Builds of the bench begin here: newer than any that a repository was made with. */
const FIRST_COUNT = 1_000_000;
const SOURCES = ['deployment.mjs', 'objects.mjs', 'seed.mjs'].map((name) => new URL(name, import.meta.url));

/** The folders of one run, and what is kept between runs. */
export class Grounds {
  /** Everything that one run leaves, and the part of it that is served. */
  folder = join(tmpdir(), `eleventh-bench-run-${process.pid}`);
  served = join(this.folder, 'served');
  #kept;
  #seeds = new Map();
  #count = 0;

  constructor() {
    const version = createHash('sha1');
    for (const source of SOURCES) version.update(readFileSync(source));
    this.#kept = join(tmpdir(), `eleventh-bench-${userInfo().uid}`, version.digest('hex').slice(0, 12));
    mkdirSync(this.#kept, { recursive: true, mode: 0o700 });
    mkdirSync(this.served, { recursive: true, mode: 0o700 });
  }

  seed({ services }) {
    if (!this.#seeds.has(services)) this.#seeds.set(services, readSeed(services));
    return this.#seeds.get(services);
  }

  /** Returns a world of its own around a fresh copy of the repository of that size. */
  async world(size, transport) {
    const kept = join(this.#kept, `${size.services}-${size.deployments}${size.isProven ? '-proven' : ''}.git`);
    if (!existsSync(kept)) {
      process.stderr.write(`bench: making ${size.services} services with ${size.deployments} deployments\n`);
      const making = `${kept}.${process.pid}`;
      rmSync(making, { recursive: true, force: true });
      await makeDeploymentRepository(making, size, this.seed(size));
      renameSync(making, kept);
    }
    this.#count += 1;
    const name = `${this.#count}.git`;
    copyRepository(kept, join(this.served, name));
    return new World(this, size, transport, name, join(this.folder, `home-${this.#count}`));
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One copy of a repository, a way to it, and the home of those who use it: nothing else is in it. */
class World {
  #seed;
  #builds = 0;

  constructor(grounds, size, transport, name, home) {
    this.#seed = grounds.seed(size);
    this.size = size;
    this.transport = transport;
    this.dir = join(grounds.served, name);
    this.url = `${transport.url}/${name}`;
    this.home = home;
    mkdirSync(home, { recursive: true });
  }

  /** The environment of whoever works here; with a name, of somebody with a home of their own. */
  env(person) {
    const home = person === undefined ? this.home : join(this.home, person);
    const own = { ...hermetic(home), ...this.transport.env, ELEVENTH_REPO: this.url, REPO: this.url, DIR: this.dir };
    if (person === undefined) return own;
    mkdirSync(home, { recursive: true });
    return { ...own, GIT_AUTHOR_NAME: person, GIT_COMMITTER_NAME: person };
  }

  /** Returns a build that is newer than all before it, of one service after the other. */
  nextBuild() {
    const { services } = this.size;
    const count = this.#builds;
    this.#builds += 1;
    return buildOf(serviceId(count % services, services), FIRST_COUNT + count);
  }

  pinPath({ id }) {
    return `apps/${id}/kustomization.yaml`;
  }

  pinText(build) {
    return this.#seed.pin(build);
  }

  /** Commits a build to staging on the server itself, so that there is something to promote. */
  async advanceStaging() {
    const build = this.nextBuild();
    const text = this.pinText(build);
    const input = `commit refs/heads/env/staging
committer Bench <bench@example.com> now
data 4
Pin

from refs/heads/env/staging^0
M 100644 inline ${this.pinPath(build)}
data ${Buffer.byteLength(text)}
${text}
`;
    await this.git(['fast-import', '--quiet', '--date-format=now'], input);
  }

  /** Runs Git on the server itself; returns what it printed. */
  async git(args, input) {
    return (await mustRun(['git', '-C', this.dir, ...args], { env: hermetic(this.home), input })).stdout;
  }

  /** Removes it. What was measured here may have left many files. */
  close() {
    for (const folder of [this.dir, this.home]) rmSync(folder, { recursive: true, force: true });
  }

  /** How often the branch of staging was moved by others than `advanceStaging`: every line of its log is a push. */
  updates() {
    const log = join(this.dir, 'logs/refs/heads/env/staging');
    return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').length : 0;
  }
}

/** Copies a repository that nobody changes; its packs are shared, since Git never changes a pack either. */
function copyRepository(from, to) {
  const packs = join('objects', 'pack');
  cpSync(from, to, { recursive: true, filter: (path) => !path.startsWith(join(from, packs)) });
  mkdirSync(join(to, packs), { recursive: true });
  for (const name of readdirSync(join(from, packs))) linkSync(join(from, packs, name), join(to, packs, name));
}
