import { expect } from 'vitest';
import { commitByHand } from './by-hand.ts';
import { runHere } from './in-process.ts';
import { batch, build, withServices } from './screen.ts';
import { copied, type World } from './world.ts';

/** Who may approve. */
const TEAM = 'ada@example.com, bob@example.com, author@example.com';
const START = Date.parse('2026-11-20T12:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A workspace in which one build waits in preprod, prod has a policy, and time passes as the test says. */
export class Gated {
  readonly world: World;
  now = START;
  /** Git's configuration of whoever runs something. */
  config: Readonly<Record<string, string>> = {};

  private constructor(world: World) {
    this.world = world;
  }

  /** Returns a world, in which time passes as the test says. */
  static around(world: World): Gated {
    return new Gated(world);
  }

  /** @param policy of prod, in YAML flow style. */
  static async with(policy: string): Promise<Gated> {
    const begun = async () => {
      const gated = new Gated(await withServices());
      await gated.policy(policy);
      const { code } = await gated.run(['pin', '--batch', '-'], undefined, batch(build('payments', 1)));
      expect(code).toBe(0);
      await gated.ok('promote', 'staging', '--to', 'preprod');
      return gated.world;
    };
    return new Gated(await copied(`gated ${policy}`, begun));
  }

  /** Changes what workspace.yaml says, by a commit on main. @param spec in YAML flow style. */
  workspace(spec: string): void {
    commitByHand(this.world, 'main', workspaceSaying(spec));
  }

  /** Gives prod, or another environment, a policy by a commit on main. */
  async policy(policy: string, environment: 'prod' | 'staging' = 'prod'): Promise<void> {
    commitByHand(this.world, 'main', {
      [`environments/${environment}/environment.yaml`]: `apiVersion: eleventh.dev/v1alpha1
kind: Environment
metadata: {name: ${environment}}
spec:
  branch: env/${environment}
${environment === 'prod' ? '  release: {tag: "v{version}"}\n  from: [preprod]\n' : ''}  policy: ${policy}
`,
      ...workspaceSaying(`{defaults: {environment: staging}, teams: {release-engineers: [${TEAM}]}}`),
    });
    await this.ok('update', 'staging');
  }

  run(
    args: readonly string[],
    who = 'Test Author <author@example.com>',
    input = '',
    more: Record<string, string> = {},
  ) {
    const [, name = '', email = ''] = /^(.*) <(.*)>$/.exec(who) ?? [];
    const date = new Date(this.now).toISOString();
    const config = Object.entries(this.config).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]);
    const asked = { GIT_CONFIG_COUNT: `${config.length / 2}`, ...Object.fromEntries(config) };
    const env = {
      ...asked,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      ...more,
    };
    return runHere(this.world, args, { now: this.now, env, input });
  }

  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return stdout;
  }

  async as(who: string, ...args: string[]): Promise<void> {
    expect(await this.run(args, who)).toMatchObject({ code: 0 });
  }

  promote(...options: string[]) {
    return this.run(['promote', 'preprod', '--to', 'prod', ...options]);
  }

  /** Checks that prod is shut by one gate alone, and returns what the person reads. */
  async refused(rule: string, ...options: string[]): Promise<string> {
    const before = await this.world.refs();
    const { code, stderr } = await this.promote(...options);
    expect({ code, isRefused: stderr.includes('[POLICY_REFUSED]') }, stderr).toEqual({ code: 3, isRefused: true });
    expect(stderr.match(/✗ {2}\w+/g)).toEqual([`✗  ${rule}`]);
    const { stdout } = await this.promote('--dry-run', '--json', ...options);
    const { error } = JSON.parse(stdout);
    expect(error.details.gates.filter((gate: { passes: boolean }) => !gate.passes)).toHaveLength(1);
    expect(await this.world.refs()).toBe(before);
    return stderr;
  }

  async passes(...options: string[]): Promise<void> {
    const { code, stderr } = await this.promote(...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
}

function workspaceSaying(spec: string): Record<string, string> {
  return {
    'environments/workspace.yaml': `apiVersion: eleventh.dev/v1alpha1
kind: Workspace
metadata: {name: "test"}
spec: ${spec}
`,
  };
}
