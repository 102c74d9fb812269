import { type PlayedForge, startForge } from '@eleventh/forge/servers';
import { expect, onTestFinished } from 'vitest';
import { plumb } from './by-hand.ts';
import { Gated } from './gated.ts';
import { type BatchLine, batch } from './screen.ts';

export const TEAMS = 'teams: {release-engineers: [ada@example.com, bob@example.com, author@example.com]}';
export const LOGINS = 'logins: {ada-l: ada@example.com, bob: bob@example.com, author: author@example.com}';
const PEOPLE = [
  ['ada-l', 'Ada'],
  ['bob', 'Bob'],
  ['author', 'Test Author'],
] as const;

/** A repository on a host that takes reviews: one build waits in preprod, and prod has a policy. */
export class Hosted {
  readonly gated: Gated;
  readonly host: PlayedForge;
  /** Who runs what, and with which key the server lets them in. */
  who = 'Test Author <author@example.com>';
  key = '';

  private constructor(gated: Gated, host: PlayedForge) {
    this.gated = gated;
    this.host = host;
  }

  static async on(kind: 'github' | 'gitlab', policy: string): Promise<Hosted> {
    const gated = await Gated.with(policy);
    gated.workspace(`{defaults: {environment: staging}, ${TEAMS}, ${LOGINS}}`);
    await gated.ok('update', 'staging');
    await gated.ok('promote', 'staging', '--to', 'preprod');
    const host = await startForge(kind, gated.world.remote);
    host.repository.clock = gated.now;
    for (const [login, name] of PEOPLE) host.repository.know(login, name, true);
    onTestFinished(async () => {
      await host.close();
      expect(host.violations).toEqual([]);
    });
    return new Hosted(gated, host);
  }

  /** Returns what a command line does, an hour later than the last one. */
  async run(...args: string[]) {
    this.gated.now += 3_600_000;
    this.host.repository.clock = this.gated.now;
    return this.gated.run(args, this.who, '', {
      ...this.host.env,
      ELEVENTH_KEY: this.key,
      GIT_COMMITTER_NAME: this.who.replace(/ <.*/, ''),
      GIT_COMMITTER_EMAIL: this.who.replace(/.*<|>/g, ''),
    });
  }

  /** Pins builds in one push. */
  async pinned(...lines: readonly BatchLine[]): Promise<void> {
    this.gated.now += 3_600_000;
    const { code, stderr } = await this.gated.run(['pin', '--batch', '-'], undefined, batch(...lines));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }

  /** Returns what a command line prints with --json that has to succeed. */
  async json<T = Written>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  /** Checks that a command line is refused and moves no ref; returns what the person reads. */
  async refused(code: string, ...args: string[]): Promise<string> {
    const before = await this.gated.world.refs();
    const { stderr } = await this.run(...args);
    expect(stderr).toContain(`[${code}]`);
    expect(await this.gated.world.refs()).toBe(before);
    return stderr;
  }

  at(ref: string): string {
    return plumb(this.gated.world, ['rev-parse', '--verify', ref]);
  }

  has(ref: string): boolean {
    return plumb(this.gated.world, ['for-each-ref', ref]) !== '';
  }

  /** Returns what `verify` finds. */
  async found(): Promise<string[]> {
    const { stdout } = await this.run('verify', '--repo', this.gated.world.remote, '--json');
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; message: string }[] };
    return findings.map(({ rule, message }) => `${rule}: ${message}`);
  }
}

/** What a command prints that writes. */
interface Written {
  readonly [field: string]: unknown;
  readonly review?: Review;
}

interface Review {
  readonly action: string;
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  readonly base: string;
  readonly commit: string;
}
