import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { craft, type Put, plumb, type Remote } from './by-hand.ts';
import { Gated, HOUR, MINUTE } from './gated.ts';
import { runHere } from './in-process.ts';
import { build, type pinned } from './screen.ts';
import type { World } from './world.ts';

const ADA = 'Ada <ada@example.com>';
const BOB = 'Bob <bob@example.com>';

/** What verify prints of a repository. */
export interface Verdict {
  readonly code: number | null;
  readonly rules: readonly string[];
  readonly checkpoint: string;
  readonly text: string;
}

/** A repository whose history has some of everything, and is as it should be. */
export class Proven {
  readonly #gated: Gated;

  private constructor(gated: Gated) {
    this.#gated = gated;
  }

  get world(): World {
    return this.#gated.world;
  }

  static async begun(): Promise<Proven> {
    const gated = await Gated.with(
      '{serviceBranches: [main], tests: [integration], approvals: {count: 1, from: [release-engineers]}, partial: {tests: none, approvals: 0}}',
    );
    const proven = new Proven(gated);
    await proven.#pin(build('risk/fraud', 2), build('topics', 3));
    await proven.#release(ADA);
    await proven.#pin(build('payments', 4));
    await proven.#release(BOB, '--bump', 'minor');
    await proven.#pin(build('risk/fraud', 5));
    await proven.#pin(build('payments', 6));
    await gated.ok('compose', '--without', 'payments');
    await proven.#release(ADA, '--bump', 'minor');
    gated.now += HOUR;
    await gated.ok('rollback', 'prod');
    proven.#revertNewest('env/staging');
    await gated.as(ADA, 'block', 'topics', '--why', 'a migration');
    gated.now += MINUTE;
    await gated.as(ADA, 'unblock', 'topics', '--why', 'done');
    proven.#tighten();
    await gated.ok('update', 'staging');
    await proven.#pin(build('payments', 7));
    await proven.#release(ADA, '--bump', 'minor', '--only', 'payments');
    await proven.world.pack();
    return proven;
  }

  async #pin(...lines: Parameters<typeof pinned>[1][]): Promise<void> {
    this.#gated.now += HOUR;
    const { now, world } = this.#gated;
    const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    expect(await runHere(world, ['pin', '--batch', '-'], { now, input, env: this.#dates() })).toMatchObject({
      code: 0,
    });
  }

  #dates(): Record<string, string> {
    const date = new Date(this.#gated.now).toISOString();
    return { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  }

  async #release(approver: string, ...options: string[]): Promise<void> {
    const gated = this.#gated;
    gated.now += HOUR;
    await gated.ok('promote', 'staging', '--to', 'preprod');
    gated.now += 20 * MINUTE;
    await gated.ok('test', 'preprod', 'integration', '--result', 'passed', '--url', 'https://ci.example.com/1');
    gated.now += MINUTE;
    await gated.as(approver, 'approve', 'preprod', '--to', 'prod');
    gated.now += MINUTE;
    await gated.passes(...options);
  }

  #tighten(): void {
    this.#gated.now += HOUR;
    const hand = this.#hand(this.world.remote);
    const path = 'environments/prod/environment.yaml';
    const policy = plumb(hand, ['show', `main:${path}`]);
    append(hand, 'main', {
      [path]: `${policy.replace('tests:', 'digests: optional, tests:')}\n`,
      'docs/note.md': 'Reviewed.\n',
    });
  }

  #revertNewest(branch: string): void {
    const hand = this.#hand(this.world.remote);
    const [head = '', parent = ''] = plumb(hand, ['rev-list', '-2', branch]).split('\n');
    append(hand, branch, {}, { base: parent, message: `Revert "Pin"\n\nThis reverts commit ${head}.\n` });
  }

  #hand(remote: string, after = 0): Remote {
    const date = new Date(this.#gated.now + after).toISOString();
    return {
      remote,
      root: this.world.root,
      env: { ...this.world.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    };
  }

  /** Returns a copy of the repository, and Git's environment a minute later. */
  copy(): Remote {
    const folder = mkdtempSync(join(this.world.root, 'copy-'));
    cpSync(this.world.remote, folder, { recursive: true });
    return this.#hand(folder, MINUTE);
  }

  /** Carries out a command line on a copy, two minutes after everything. */
  async does({ remote }: Remote, email: string, ...args: string[]): Promise<void> {
    const now = this.#gated.now + 2 * MINUTE;
    const date = new Date(now).toISOString();
    const env = { GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const { code, stderr } = await runHere(this.world, [...args, '--repo', remote], { now, env });
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  }

  /** Returns what verify says of a copy, an hour after everything. */
  async verify({ remote }: Remote, ...args: string[]): Promise<Verdict> {
    const now = this.#gated.now + HOUR;
    const { code, stdout, stderr } = await runHere(this.world, ['verify', '--repo', remote, '--json', ...args], {
      now,
    });
    expect(stderr).toBe('');
    const { findings, checkpoint } = JSON.parse(stdout);
    const rules = findings.map(({ rule }: { rule: string }) => rule);
    return { code, rules: [...new Set<string>(rules)], checkpoint, text: JSON.stringify(findings, null, 1) };
  }

  /** Checks that verify names what somebody did to a copy. */
  async finds(rule: string, tamper: (remote: Remote) => unknown): Promise<void> {
    const remote = this.copy();
    await tamper(remote);
    const { code, rules, text } = await this.verify(remote);
    expect(rules, text).toContain(rule);
    expect(code).toBe(1);
  }
}

/** Puts a commit on a branch, with whatever parents and tree, and returns it. */
export function append(
  remote: Remote,
  branch: string,
  puts: Readonly<Record<string, Put>>,
  commit: { readonly message?: string; readonly parents?: readonly string[]; readonly base?: string } = {},
): string {
  const made = craft(remote, puts, { ...commit, parents: commit.parents ?? [plumb(remote, ['rev-parse', branch])] });
  plumb(remote, ['update-ref', `refs/heads/${branch}`, made]);
  return made;
}
