import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const REPOSITORY = join(import.meta.dirname, '../../..');
const CLI = join(REPOSITORY, 'tools/cli/bin/eleventh.cjs');
/** One process is enough to show what Nx makes of the plugin, and nothing stays behind. */
const QUIET = { NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', CI: 'true' };

/** Returns the folder of the manifests of an example service. */
export function exampleManifests(service: string): string {
  return join(REPOSITORY, 'apps', service, 'manifests');
}

/** What Nx says that it did with the tasks of a run, each called `project:target`. */
export interface Ran {
  readonly code: number | null;
  /** Tasks whose command ran. */
  readonly ran: readonly string[];
  /** Tasks whose outcome came from the cache. */
  readonly cached: readonly string[];
  readonly output: string;
}

/**
 * A workspace that `init --nx` began in a temporary folder, in which the packages of this repository are installed; with
 * nothing of the user's, and a cache of its own.
 */
export class Workspace {
  readonly #home = realpathSync(mkdtempSync(join(tmpdir(), 'eleventh-nx-')));
  readonly folder = join(this.#home, 'bank');
  readonly #env: Readonly<Record<string, string>> = {
    PATH: process.env.PATH ?? '',
    HOME: this.#home,
    ELEVENTH_CACHE: join(this.#home, 'cache'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test Author',
    GIT_AUTHOR_EMAIL: 'author@example.com',
    GIT_COMMITTER_NAME: 'Test Committer',
    GIT_COMMITTER_EMAIL: 'committer@example.com',
    ...QUIET,
  };

  static async begun(...options: string[]): Promise<Workspace> {
    const workspace = new Workspace();
    await workspace.eleventh('init', workspace.folder, '--nx', ...options);
    const packages = join(workspace.folder, 'node_modules');
    mkdirSync(packages);
    for (const name of readdirSync(join(REPOSITORY, 'node_modules'))) {
      symlinkSync(join(REPOSITORY, 'node_modules', name), join(packages, name));
    }
    return workspace;
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  append(path: string, text: string): void {
    this.write({ [path]: `${this.read(path)}${text}` });
  }

  /** Commits everything that is on disk. */
  async commit(): Promise<void> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message=By hand');
  }

  /** Returns the standard output of a command line of this repository; throws when it fails. */
  eleventh(...args: string[]): Promise<string> {
    return this.#ok(process.execPath, [CLI, ...args]);
  }

  git(...args: string[]): Promise<string> {
    return this.#ok('git', ['-C', this.folder, ...args]);
  }

  /** Returns the standard output of Nx; throws when it fails. */
  nx(...args: string[]): Promise<string> {
    return this.#ok(join(this.folder, 'node_modules/.bin/nx'), args);
  }

  /** Returns the names of the projects that a command of Nx shows, sorted. */
  async projects(...args: string[]): Promise<string[]> {
    return JSON.parse(await this.nx('show', 'projects', '--json', ...args)).sort();
  }

  /** Returns the project graph as `nx graph` shows it. */
  async graph(): Promise<Graph> {
    const file = join(this.#home, 'graph.json');
    await this.nx('graph', `--file=${file}`);
    return JSON.parse(readFileSync(file, 'utf8')).graph;
  }

  /** Returns what became of the tasks of a run. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const nx = join(this.folder, 'node_modules/.bin/nx');
    const { code, stdout, stderr } = await this.#run(nx, [...args, '--output-style=static'], env);
    const tasks = [...stripVTControlCharacters(stdout).matchAll(/^> nx run (\S+)(.*)$/gm)];
    const named = (isCached: boolean) =>
      tasks.flatMap(([, task = '', rest = '']) => (/cache/.test(rest) === isCached ? [task] : [])).sort();
    return { code, ran: named(false), cached: named(true), output: `${stdout}${stderr}` };
  }

  async #ok(program: string, args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(program, args);
    if (code !== 0) throw new Error(`${[program, ...args].join(' ')} exited with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  #run(program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const cwd = readdirSync(this.#home).includes('bank') ? this.folder : this.#home;
    const options = { cwd, env: { ...this.#env, ...more }, maxBuffer: 64 * 1024 * 1024 };
    return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      execFile(program, [...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr });
      });
    });
  }
}

export interface Graph {
  readonly nodes: Readonly<
    Record<string, { readonly data: { readonly tags: string[]; readonly metadata: { readonly description: string } } }>
  >;
  readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
}
