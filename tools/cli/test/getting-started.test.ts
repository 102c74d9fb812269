import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startForge } from '@eleventh/forge/servers';
import { expect, onTestFinished, test } from 'vitest';
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

test('whoever follows the page to its end has promoted by a pull request', async () => {
  const repositories = mkdtempSync(join(tmpdir(), 'eleventh-repositories-'));
  const machine = await Machine.started(repositories);
  onTestFinished(async () => {
    await machine.stop();
    rmSync(repositories, { recursive: true, force: true, maxRetries: 5 });
  });
  const remote = join(repositories, 'deployments.git');
  const people = { GIT_AUTHOR_NAME: 'You', GIT_AUTHOR_EMAIL: 'you@example.com' };
  const committer = { GIT_COMMITTER_NAME: 'You', GIT_COMMITTER_EMAIL: 'you@example.com' };
  const made = await machine.run(`git init --quiet --bare --initial-branch=main ${remote}`, repositories, {});
  expect(made).toEqual({ code: 0, output: '' });
  const forge = await startForge('github', remote);
  onTestFinished(() => forge.close());
  forge.repository.clock = Date.now();
  forge.repository.know('colleague', 'Colleague', true);
  const reader = new Reader(machine, { ...people, ...committer, ...forge.env });
  onTestFinished(() => reader.leave());

  expect(BLOCKS).toHaveLength(6);
  for (const { script, output } of BLOCKS) {
    if (script.includes('--land')) forge.review(1, 'colleague', 'approved');
    const typed = script.replace(/REMOTE=\S+ GH_TOKEN=\S+/, `REMOTE=${remote}`);
    const ended = await reader.run(typed);
    expect(ended, typed).toMatchObject({ code: 0 });
    if (output !== undefined) expect(ended.output).toMatch(shown(output));
  }
  const at = (ref: string) => machine.run(`git rev-parse --verify ${ref}`, remote, {});
  expect(await at('env/preprod:apps')).toEqual(await at('env/staging:apps'));
  expect(forge.repository.requests[0]?.state).toBe('merged');
  expect(forge.violations).toEqual([]);
});
