import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, onTestFinished } from 'vitest';

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const BIN = join(import.meta.dirname, '../bin/eleventh.cjs');
/** Where what renders is, if not on the PATH. */
const RENDERERS = Object.fromEntries(
  ['KUBECTL', 'KUSTOMIZE', 'HELM'].flatMap((name): [string, string][] => {
    const path = process.env[name];
    return path === undefined ? [] : [[name, path]];
  }),
);
/** The time of every commit that a test makes, unless it says otherwise. */
const NOW = '2026-11-20T12:00:00Z';

/** Returns forty hexadecimal digits that begin with a number: a service's commit. */
export function sha(number: number): string {
  return number.toString(16).padStart(7, '0').padEnd(40, 'a');
}

/**
 * A temporary folder with a bare remote and nothing of the user's: no configuration, a cache of its own, fixed author
 * and dates, so that ids are the same in every run. Removed when the test ends; outside of a test, after all of its file's.
 */
export class World {
  readonly root = mkdtempSync(join(tmpdir(), 'eleventh-test-'));
  readonly remote = join(this.root, 'deploy.git');
  /** An empty folder, as a CI job starts in one. */
  readonly empty = join(this.root, 'empty');
  readonly env: Readonly<Record<string, string>>;

  constructor() {
    mkdirSync(this.empty);
    const atEnd = expect.getState().currentTestName === undefined ? afterAll : onTestFinished;
    atEnd(() => rmSync(this.root, { recursive: true, force: true, maxRetries: 5 }));
    this.env = {
      PATH: process.env.PATH ?? '',
      ...RENDERERS,
      HOME: this.root,
      TZ: 'UTC',
      ELEVENTH_CACHE: join(this.root, 'cache'),
      ELEVENTH_REPO: this.remote,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Test Author',
      GIT_AUTHOR_EMAIL: 'author@example.com',
      GIT_COMMITTER_NAME: 'Test Committer',
      GIT_COMMITTER_EMAIL: 'committer@example.com',
      GIT_AUTHOR_DATE: NOW,
      GIT_COMMITTER_DATE: NOW,
    };
  }

  /** Returns a world whose remote holds a new workspace. */
  static begun(...options: string[]): Promise<World> {
    return copied(`begun ${options.join(' ')}`, () => new World().begin(...options));
  }

  /** Gives the world a remote that holds a new workspace. */
  async begin(...options: string[]): Promise<this> {
    await this.git(this.root, 'init', '--quiet', '--bare', '--initial-branch=main', this.remote);
    await this.ok('init', join(this.root, 'checkout'), '--remote', this.remote, ...options);
    return this;
  }

  /** Returns what the built command line does with some arguments. */
  run(args: readonly string[], { cwd = this.empty, env = {}, input }: RunOptions = {}): Promise<Result> {
    return new Promise((resolve) => {
      const options = { cwd, env: { ...this.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
      const child = execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.end(input ?? '');
    });
  }

  /** Returns the standard output of a command line that has to succeed. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`eleventh ${args.join(' ')} exited with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Returns what a command line that has to succeed prints with --json. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--json')) as T;
  }

  /** Starts a command line without waiting for it, for races and kills. */
  start(args: readonly string[], options: SpawnOptions = {}) {
    return spawn(process.execPath, [BIN, ...args], { cwd: this.empty, env: this.env, stdio: 'ignore', ...options });
  }

  /** Returns what plain git prints in a folder, without the last line break; throws when it fails. */
  git(folder: string, ...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile('git', args, { cwd: folder, env: this.env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout.replace(/\n$/, ''));
        else reject(new Error(`git ${args.join(' ')}: ${stderr}`));
      });
    });
  }

  /** Returns what plain git says of the remote. */
  ask(...args: string[]): Promise<string> {
    return this.git(this.remote, ...args);
  }

  /** Puts all that the remote holds into few files, which are copied sooner, and drops its examples of hooks. */
  async pack(): Promise<void> {
    await this.ask('repack', '-a', '-d', '--quiet');
    const hooks = join(this.remote, 'hooks');
    rmSync(hooks, { recursive: true, force: true });
    mkdirSync(hooks);
  }

  /** Returns every ref of the remote with its value, one a line. */
  refs(): Promise<string> {
    return this.ask('for-each-ref', '--format=%(refname) %(objectname)');
  }

  /** Returns a new checkout of a branch of the remote, for what a person does by hand. */
  async checkout(branch: string): Promise<string> {
    const folder = mkdtempSync(join(this.root, 'by-hand-'));
    await this.git(this.root, 'clone', '--quiet', '--branch', branch, this.remote, folder);
    return folder;
  }

  /** Writes files below the world's folder and returns the path of the first part. */
  files(folder: string, files: Readonly<Record<string, string>>): string {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.root, folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return join(this.root, folder);
  }
}

const templates = mkdtempSync(join(tmpdir(), 'eleventh-templates-'));
const made = new Map<string, Promise<string>>();
afterAll(() => rmSync(templates, { recursive: true, force: true, maxRetries: 5 }));

/**
 * Returns a world with a copy of a remote that is made once for all tests of a file: each begins with the same, and
 * changes what is its own. @param name of what is copied, the same for the same.
 */
export async function copied(name: string, make: () => Promise<World>): Promise<World> {
  const template = made.get(name) ?? make().then(toTemplate);
  made.set(name, template);
  const world = new World();
  cpSync(await template, world.remote, { recursive: true });
  return world;
}

async function toTemplate(world: World): Promise<string> {
  await world.pack();
  const template = mkdtempSync(join(templates, 'deploy-'));
  renameSync(world.remote, template);
  return template;
}
