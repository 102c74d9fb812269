import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GITEA, startForge, startGitea } from '@eleventh/forge/servers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Ended, Machine } from './ci-machine.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/getting-started.md'), 'utf8');
/** What the page has its reader run, block by block, and what it says that this prints. */
const BLOCKS = [...PAGE.matchAll(/```sh\n([\s\S]*?)```\n(?:```text\n([\s\S]*?)```)?/g)].map(
  ([, script = '', output]) => ({ script, output }),
);

/** Somebody who follows the page literally, on a machine that has Node, npm and git, with what stands on the registry. */
class Reader {
  readonly folder = mkdtempSync(join(tmpdir(), 'eleventh-reader-'));
  readonly #machine: Machine;
  readonly #env: Readonly<Record<string, string>>;
  #exports = '';
  #cwd = this.folder;

  constructor(machine: Machine, env: Readonly<Record<string, string>>) {
    this.#machine = machine;
    const prefix = join(this.folder, 'npm');
    const path = `${machine.bin}:${join(prefix, 'bin')}`;
    this.#env = { ...env, HOME: machine.home(), npm_config_prefix: prefix, PATH: path };
  }

  /** Runs a block where the last one ended, with what was exported before. */
  async run(script: string): Promise<Ended> {
    const ended = await this.#machine.run(
      `set -e\n${this.#exports}${script}\nprintf '\\n@%s' "$(pwd)"`,
      this.#cwd,
      this.#env,
    );
    const [output = '', cwd] = ended.output.split('\n@');
    if (cwd !== undefined) this.#cwd = cwd;
    this.#exports += `${script.match(/^export .*$/gm)?.join('\n') ?? ''}\n`;
    return { code: ended.code, output };
  }

  leave(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Returns what an output of the page means: its lines one after the other, with anything at each `…`. */
function shown(output: string): RegExp {
  const parts = output.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('[\\s\\S]*?'));
}

/** A host as the reader meets it: where the repository is, what leads a command there, and a colleague who approves. */
interface Host {
  readonly remote: string;
  readonly env: Readonly<Record<string, string>>;
  readonly approve: () => Promise<unknown>;
  /** Returns whether the request that was approved is merged. */
  readonly isMerged: () => Promise<boolean>;
}

async function playedGitHub(machine: Machine, repositories: string): Promise<Host> {
  const remote = join(repositories, 'deployments.git');
  const made = await machine.run(`git init --quiet --bare --initial-branch=main ${remote}`, repositories, {});
  expect(made).toEqual({ code: 0, output: '' });
  const forge = await startForge('github', remote);
  onTestFinished(async () => {
    await forge.close();
    expect(forge.violations).toEqual([]);
  });
  forge.repository.clock = Date.now();
  forge.repository.know('colleague', 'Colleague', true);
  return {
    ...{ remote, env: forge.env },
    approve: async () => forge.review(1, 'colleague', 'approved'),
    isMerged: async () => forge.repository.requests[0]?.state === 'merged',
  };
}

async function realGitea(): Promise<Host> {
  const server = await startGitea(GITEA ?? '');
  onTestFinished(() => server.close());
  await server.person('colleague', 'Colleague');
  const pull = '/repos/deployer/deployments/pulls/1';
  const read = async () => (await server.api('GET', pull)) as { head: { sha: string }; state: string };
  return {
    ...{ remote: server.gitUrl, env: { GITEA_TOKEN: server.token } },
    approve: async () => {
      const review = { event: 'APPROVED', body: 'Fine', commit_id: (await read()).head.sha };
      await server.api('POST', `${pull}/reviews`, review, 'colleague');
    },
    isMerged: async () => (await read()).state === 'closed',
  };
}

async function follow(hostOf: (machine: Machine, repositories: string) => Promise<Host>): Promise<void> {
  const repositories = mkdtempSync(join(tmpdir(), 'eleventh-repositories-'));
  const machine = await Machine.started(repositories);
  onTestFinished(async () => {
    await machine.stop();
    rmSync(repositories, { recursive: true, force: true, maxRetries: 5 });
  });
  const { remote, env, approve, isMerged } = await hostOf(machine, repositories);
  const author = { GIT_AUTHOR_NAME: 'You', GIT_AUTHOR_EMAIL: 'you@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'You', GIT_COMMITTER_EMAIL: 'you@example.com' };
  const reader = new Reader(machine, { ...author, ...committer, ...env });
  onTestFinished(() => reader.leave());
  expect(BLOCKS).toHaveLength(6);
  for (const { script, output } of BLOCKS) {
    if (script.includes('--land')) await approve();
    const typed = script.replace(/REMOTE=\S+ GH_TOKEN=\S+/, `REMOTE=${remote}`);
    const ended = await reader.run(typed);
    expect(ended, typed).toMatchObject({ code: 0 });
    if (output !== undefined) expect(ended.output).toMatch(shown(output));
  }
  const { output } = await reader.run(
    'git fetch --quiet && git rev-parse origin/env/preprod:apps origin/env/staging:apps',
  );
  const [preprod, staging] = output.trim().split('\n');
  expect(preprod).toMatch(/^[0-9a-f]{40}$/);
  expect(preprod).toBe(staging);
  expect(await isMerged()).toBe(true);
}

describe('whoever follows the page to its end has promoted by a pull request', () => {
  test('on GitHub, as it describes itself', () => follow(playedGitHub));

  test.skipIf(GITEA === undefined)('on a real Gitea (skipped where GITEA names none)', () => follow(realGitea));
});
