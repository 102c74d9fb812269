import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlayedForge } from '@eleventh/forge/servers';
import type { HostName } from '../src/ci/host.ts';
import { actionScript, componentText, type Extracted, type HostWorld, scriptsOf } from './ci-extract.ts';
import { type Ended, keyOf, type Machine, protect } from './ci-machine.ts';
import { World } from './world.ts';

const ROOT = join(import.meta.dirname, '../../..');
export const DIGEST = `sha256:${'7'.repeat(64)}`;
/** Commits are made now, as jobs make them: not at the time of the other tests. */
const NOW = { GIT_AUTHOR_DATE: '', GIT_COMMITTER_DATE: '' };
const KNOWN_HOSTS = ['git.example.com', 'github.com', 'gitlab.example.com']
  .map((host) => `${host} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEleventh`)
  .join('\n');

/** What a host tells every job of a build of a commit on a branch. */
const TOLD: Readonly<Record<HostName, (commit: string, branch: string, api: string) => Record<string, string>>> = {
  github: (commit, branch, api) => ({
    ...{ GITHUB_ACTIONS: 'true', GITHUB_SHA: commit, GITHUB_REF: `refs/heads/${branch}`, GITHUB_REF_NAME: branch },
    ...{ GITHUB_REF_TYPE: 'branch', GITHUB_ACTOR: 'ada', GITHUB_ACTOR_ID: '7', GITHUB_REPOSITORY: 'acme/payments' },
    ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_API_URL: api, GITHUB_RUN_ID: '42' },
  }),
  gitlab: (commit, branch, api) => ({
    ...{ GITLAB_CI: 'true', CI_COMMIT_SHA: commit, CI_COMMIT_BRANCH: branch, CI_API_V4_URL: api },
    ...{ CI_PROJECT_URL: 'https://gitlab.example.com/acme/payments', GITLAB_USER_NAME: 'Ada' },
    ...{
      GITLAB_USER_EMAIL: 'ada@example.com',
      CI_PIPELINE_URL: 'https://gitlab.example.com/acme/payments/-/pipelines/42',
    },
  }),
  concourse: () => ({}),
  jenkins: (commit, branch, api) => ({
    ...{ JENKINS_URL: 'https://ci.example.com/', GIT_COMMIT: commit, BRANCH_NAME: branch },
    ...{ GIT_URL: 'https://github.com/acme/payments.git', ELEVENTH_DRAIN_URL: `${api}/job/deploy/buildWithParameters` },
  }),
  buildkite: (commit, branch, api) => ({
    ...{ BUILDKITE: 'true', BUILDKITE_COMMIT: commit, BUILDKITE_BRANCH: branch, BUILDKITE_API_URL: api },
    ...{ BUILDKITE_REPO: 'git@github.com:acme/payments.git', BUILDKITE_ORGANIZATION_SLUG: 'acme' },
    ...{ BUILDKITE_BUILD_CREATOR: 'Ada', BUILDKITE_BUILD_CREATOR_EMAIL: 'ada@example.com' },
  }),
};

/** A deployment repository that only a trusted key may write, a service's checkout, and the pipelines that one host has for both. */
export class Story {
  readonly world = new World();
  readonly #machine: Machine;
  readonly #host: HostName;
  readonly #home: string;
  readonly #place: string;
  #service = '';
  /** Where changes are put to review. */
  forge: Pick<PlayedForge, 'token' | 'env'> = { token: '', env: {} };

  constructor(machine: Machine, repositories: string, host: HostName, place: string = host) {
    this.#machine = machine;
    this.#host = host;
    this.#home = machine.home();
    this.#place = place;
    mkdirSync(join(repositories, place));
    symlinkSync(this.world.remote, join(repositories, place, 'deploy.git'));
  }

  /** Begins the repository with a service and a suite. */
  async begin(): Promise<this> {
    const { world } = this;
    await world.git(world.root, 'init', '--quiet', '--bare', '--initial-branch=main', world.remote);
    await this.ok('init', join(world.root, 'checkout'), '--remote', world.remote);
    await this.ok('service', 'add', 'payments', '--image', 'ghcr.io/acme/payments');
    const checkout = await this.byHand(
      'main',
      'mkdir tests && cp "$SUITE" tests/integration.sh && git add . && git commit -qm "Test it"',
    );
    if (checkout.code !== 0) throw new Error(checkout.output);
    protect(world.remote);
    this.#service = join(world.root, 'payments');
    mkdirSync(this.#service);
    await this.commit('Take payments');
    return this;
  }

  /** Returns what the command line, run by somebody who may do everything, prints. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.world.run(args, { env: NOW });
    if (code !== 0) throw new Error(`eleventh ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Does something in a new checkout of a branch, and pushes. */
  byHand(branch: string, script: string): Promise<Ended> {
    const folder = mkdtempSync(join(this.world.root, 'by-hand-'));
    const suite = join(this.world.root, 'suite.sh');
    writeFileSync(suite, '#!/bin/sh\ntest -d "$ELEVENTH_MANIFESTS" && echo "42 checks, all fine"\n', { mode: 0o755 });
    const env = { HOME: this.world.root, GIT_AUTHOR_NAME: 'Bob', GIT_AUTHOR_EMAIL: 'bob@example.com', SUITE: suite };
    const committer = { GIT_COMMITTER_NAME: 'Bob', GIT_COMMITTER_EMAIL: 'bob@example.com' };
    const line = `set -e; git clone -q --branch ${branch} ${this.world.remote} .; ${script}; git push -q origin HEAD:${branch}`;
    return this.#machine.run(line, folder, { ...env, ...committer });
  }

  /** Commits to the service, as before a build, and returns the commit. */
  async commit(subject: string): Promise<string> {
    const git = (...args: string[]) => {
      const env = { ...this.world.env, ...NOW };
      return execFileSync('git', args, { cwd: this.#service, env, encoding: 'utf8' }).trim();
    };
    if (!existsSync(join(this.#service, '.git'))) git('init', '--quiet', '--initial-branch=main');
    git('commit', '--quiet', '--allow-empty', '--message', subject);
    return git('rev-parse', 'HEAD');
  }

  /** Returns the script of the step of the service, with or without a call of the host. */
  async step(way: 'notify' | 'direct'): Promise<Extracted> {
    const notify = way === 'notify' ? ['--notify'] : [];
    const [found] = await this.#printed('--service', 'payments', '--image', 'ghcr.io/acme/payments', ...notify);
    if (found === undefined) throw new Error('There is no script in the step.');
    return found;
  }

  /** Returns the scripts of all jobs of the deployment repository, by name. */
  async jobs(...options: string[]): Promise<Map<string, Extracted>> {
    const found = await this.#printed('--repo', this.world.remote, ...options);
    return new Map(found.map((job) => [job.name, job]));
  }

  /** Returns the script of our Action with some inputs. */
  async action(inputs: Readonly<Record<string, string>>): Promise<Extracted> {
    const { secrets } = this.#hostWorld(true);
    const given = {
      ...{ repository: secrets.ELEVENTH_REPO, key: secrets.ELEVENTH_DEPLOY_KEY },
      ...{ 'known-hosts': secrets.ELEVENTH_KNOWN_HOSTS, ...inputs },
    };
    return actionScript(readFileSync(join(ROOT, 'action.yml'), 'utf8'), given);
  }

  /** Returns the script of our component with some inputs. */
  async component(inputs: Readonly<Record<string, string>>): Promise<Extracted> {
    const text = componentText(readFileSync(join(ROOT, 'templates/pin.yml'), 'utf8'), inputs);
    const [found] = scriptsOf('gitlab', text, this.#hostWorld(true));
    if (found === undefined) throw new Error('There is no script in the component.');
    return found;
  }

  async #printed(...args: string[]): Promise<Extracted[]> {
    const { stdout } = await this.world.run(['ci', this.#host, ...args, '--json'], { env: { ELEVENTH_REPO: '' } });
    const { files } = JSON.parse(stdout) as { files: { text: string }[] };
    return files.flatMap(({ text }) => scriptsOf(this.#host, text, this.#hostWorld(args.includes('--service'))));
  }

  #hostWorld(isService: boolean): HostWorld {
    const deploy = `${this.#place}/deploy.git`;
    return {
      secrets: {
        ELEVENTH_REPO: `git@git.example.com:${deploy}`,
        ELEVENTH_DEPLOY_KEY: keyOf(isService ? 'service' : 'trusted'),
        ELEVENTH_READ_KEY: keyOf('reader'),
        ELEVENTH_KNOWN_HOSTS: KNOWN_HOSTS,
        ELEVENTH_FORGE_TOKEN: this.forge.token,
        ELEVENTH_DRAIN_TOKEN: this.#host === 'jenkins' ? 'ada:drain-token' : 'drain-token',
      },
      expressions: {
        'github.token': this.forge.token,
        ...{ 'github.repository': `${this.#place}/deploy`, 'needs.build.outputs.digest': DIGEST },
        ...{
          CI_SERVER_SHELL_SSH_HOST: 'gitlab.example.com',
          CI_SERVER_SHELL_SSH_PORT: '2222',
          CI_PROJECT_PATH: `${this.#place}/deploy`,
        },
        BUILDKITE_REPO: `git@git.example.com:${deploy}`,
      },
      folder: mkdtempSync(join(this.world.root, 'secrets-')),
    };
  }

  /** Runs the step of the service after a build of its newest commit. */
  async pin(step: Extracted): Promise<Ended> {
    const commit = await this.world.git(this.#service, 'rev-parse', 'HEAD');
    const image = join(this.world.root, 'image'); // where Concourse puts what was pushed
    mkdirSync(image, { recursive: true });
    writeFileSync(join(image, 'digest'), DIGEST);
    // Stages of Jenkins and jobs of GitLab hand it on as a variable.
    const built: Record<string, string> = this.#host === 'gitlab' || this.#host === 'jenkins' ? { DIGEST } : {};
    return this.#run(step, this.#service, {
      ...TOLD[this.#host](commit, 'main', `${this.#machine.url}/api`),
      ...built,
    });
  }

  /** Runs a job of the deployment repository, in a checkout of a branch where it has one. */
  async job(job: Extracted | undefined, at: { branch?: string; folder?: string } = {}): Promise<Ended> {
    if (job === undefined) throw new Error('There is no such job.');
    const { branch = 'main', folder = mkdtempSync(join(this.world.root, 'job-')) } = at;
    if (at.branch !== undefined) {
      const source = ['--branch', branch, `file://${this.world.remote}`];
      await this.world.git(folder, 'clone', '--quiet', ...source, '.');
    }
    const commit = await this.world.ask('rev-parse', branch);
    return this.#run(job, folder, TOLD[this.#host](commit, branch, `${this.#machine.url}/api`));
  }

  #run({ script, env }: Extracted, cwd: string, told: Record<string, string>): Promise<Ended> {
    const kubectl = { KUBECTL_URL: `${this.#machine.url}/kubectl` };
    return this.#machine.run(script, cwd, {
      HOME: this.#home,
      CI: 'true',
      ...kubectl,
      ...this.forge.env,
      ...told,
      ...env,
    });
  }
}
