import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EMPTY_TREE } from '@eleventh/core';
import { startSshServer } from '@eleventh/git/servers';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { craft, fileAt, type Put, plumb, type Remote } from './by-hand.ts';
import { guarded, POLICY, person, pushed } from './guarded.ts';
import { runHere } from './in-process.ts';
import { hour } from './screen.ts';
import { type Result, sha, type World } from './world.ts';

const KEYS = ['payments-ci', 'fraud-ci', 'topics-ci', 'erin', 'ada', 'auditor', 'stranger'];

function pinning(id: string, number: number): string[] {
  return ['pin', id, '--commit', sha(number), '--branch', 'main', '--built', hour(number)];
}

type Served = Exclude<Awaited<ReturnType<typeof startSshServer>>, { missing: string }>;

/** A guarded remote behind OpenSSH, into which everybody comes with a key of their own. */
class Host {
  readonly world: World;
  readonly #server: Served;

  private constructor(world: World, server: Served) {
    this.world = world;
    this.#server = server;
  }

  /** Skips the test where there is no OpenSSH. */
  static async begun({ skip }: TestContext): Promise<Host> {
    const world = await guarded();
    const server = await startSshServer(world.root, KEYS);
    if ('missing' in server) {
      skip(server.missing);
      throw new Error(server.missing);
    }
    onTestFinished(() => server.close());
    return new Host(world, server);
  }

  get url(): string {
    return `${this.#server.url}/deploy.git`;
  }

  /** Returns the environment of whoever has a key. */
  env(key: string): Record<string, string> {
    const { GIT_SSH_COMMAND = '' } = this.#server.as(key);
    const cache = join(this.world.root, `cache-of-${key}`);
    return { ...person(key), ELEVENTH_REPO: this.url, ELEVENTH_CACHE: cache, GIT_SSH_COMMAND };
  }

  run(key: string, ...args: string[]): Promise<Result> {
    return runHere(this.world, args, { env: this.env(key) });
  }

  async does(key: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(key, ...args);
    expect({ key, args, code, stderr }).toEqual({ key, args, code: 0, stderr: '' });
    return stdout;
  }

  push(key: string, folder: string, ...args: string[]): Promise<string> {
    return pushed(this.world, folder, this.env(key), this.url, ...args);
  }

  /** Returns everything that a push could leave behind. */
  async #held(): Promise<string> {
    return `${await this.world.refs()}\n${await this.world.ask('count-objects', '-v')}`;
  }

  async #refuses(what: object, sentence: string, attempt: () => Promise<string>): Promise<void> {
    const before = await this.#held();
    const said = await attempt();
    expect({ ...what, said }).toEqual({ ...what, said: expect.stringContaining(sentence) });
    expect(await this.#held()).toBe(before);
  }

  /** Checks that the server takes nothing of some refs, pushed with plain Git, and says why. */
  refusesPush(key: string, sentence: string, folder: string, ...refs: string[]): Promise<void> {
    return this.#refuses({ key, refs }, sentence, async () => {
      const said = await this.push(key, folder, ...refs);
      const lines = said.split('\n').filter((line) => line.startsWith('remote: '));
      return lines.map((line) => line.slice('remote: '.length).trim()).join(' ');
    });
  }

  /**
   * Checks that the server refuses what somebody does with the command line, and what it made in a copy that nobody
   * guards, pushed from there with plain Git.
   */
  async refuses(key: string, sentence: string, ...args: string[]): Promise<void> {
    await this.#refuses({ key, args }, sentence, async () => {
      const { code, stderr } = await this.run(key, ...args);
      return `${code}: ${stderr}`;
    });
    await this.refusesAround(key, sentence, ...args);
  }

  async refusesAround(key: string, sentence: string, ...args: string[]): Promise<void> {
    const copy = await this.copy(key);
    const { code, stderr } = await this.run(key, ...args, '--repo', copy);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    await this.refusesPush(key, sentence, copy, '--mirror');
  }

  /** Returns a copy of the repository that nobody guards, as somebody gets it with a key. */
  async copy(key: string): Promise<string> {
    const folder = mkdtempSync(join(this.world.root, 'copy-'));
    const env = { ...this.world.env, ...this.env(key) };
    await promisify(execFile)('git', ['clone', '--quiet', '--mirror', this.url, folder], { env });
    return folder;
  }

  /** Returns a commit that somebody made in a copy with plain Git; absent parents: on the branch's head. */
  make(key: string, remote: string, branch: string, puts: Record<string, Put>, more: Partial<Made> = {}): string {
    const hand = this.#hand(key, remote);
    return craft(hand, puts, { parents: [plumb(hand, ['rev-parse', branch])], ...more });
  }

  /** Returns a commit like another, but for what stands in it. */
  amend(key: string, remote: string, commit: string, change: (text: string) => string): string {
    const hand = this.#hand(key, remote);
    const text = `${plumb(hand, ['cat-file', 'commit', commit])}\n`;
    expect(change(text)).not.toBe(text);
    return plumb(hand, ['hash-object', '-t', 'commit', '-w', '--stdin'], change(text));
  }

  #hand(key: string, remote: string): Remote {
    const { root, env } = this.world;
    return { remote, root, env: { ...env, ...person(key) } };
  }

  async expectsClean(): Promise<void> {
    const { stdout } = await this.world.run(['verify', '--repo', this.world.remote]);
    expect(stdout).toContain('Nothing is wrong');
  }
}

interface Made {
  readonly parents: readonly string[];
  readonly base: string;
  readonly message: string;
}

describe('OpenSSH with deploy keys, and the hook', () => {
  test("let payments' CI pin payments in staging, and nothing else", async (context) => {
    const host = await Host.begun(context);
    const { world } = host;
    const key = 'payments-ci';
    expect(await host.does(key, ...pinning('payments', 2))).toContain('Pinned payments 0000002 in staging');
    await host.does('ada', 'approve', 'preprod', '--to', 'prod');
    for (const [sentence, ...args] of [
      ['payments-ci may not pin risk/fraud in staging', ...pinning('risk/fraud', 2)],
      ['payments-ci may not change what preprod runs (promotion)', 'promote', 'staging', '--to', 'preprod'],
      ['payments-ci may not release or compose v', 'promote', 'preprod', '--to', 'prod'],
      ['payments-ci may not release or compose v', 'compose'],
      ['payments-ci may not record statements', 'approve', 'preprod', '--to', 'prod'],
      ['payments-ci may not record statements', 'test', 'preprod', 'smoke', '--result', 'passed'],
      ['payments-ci may not record statements', 'block', 'payments', '--why', 'x'],
      ['payments-ci may not write main', 'service', 'add', 'new'],
    ] as const)
      await host.refuses(key, sentence, ...args);

    const copy = await host.copy(key);
    const fraud = 'apps/risk/fraud/kustomization.yaml';
    const other = fileAt(world, 'env/staging', fraud).replaceAll(sha(1), sha(9));
    const words = (id: string) =>
      `Pin ${id} 0000009\n\nService: ${id}\nCommit: ${sha(9)}\nBranch: main\nRecipe: ${EMPTY_TREE}\n`;
    const smuggled = host.make(key, copy, 'env/staging', { [fraud]: other }, { message: words('payments') });
    const elsewhere = host.make(key, copy, 'env/preprod', {}, { message: words('payments') });
    const asked = host.make(key, copy, 'env/staging', { [fraud]: other }, { parents: [], base: 'env/staging' });
    const overlay = { 'environments/staging/payments/kustomization.yaml': 'namespace: elsewhere\n' };
    const outside = host.make(key, copy, 'env/staging', overlay, { message: words('payments') });
    const loose = host.make(key, copy, 'main', {
      [POLICY]: fileAt(world, 'main', POLICY).replace('count: 1', 'count: 0'),
    });
    for (const [sentence, ...refs] of [
      ['A pin of payments also changed risk/fraud', `${smuggled}:refs/heads/env/staging`],
      ['Outside apps/ it is no state that main had', `${outside}:refs/heads/env/staging`],
      ['payments-ci may not pin payments in preprod', `${elsewhere}:refs/heads/env/preprod`],
      ['payments-ci may not pin risk/fraud in staging', `${asked}:refs/eleventh/requests/env/staging/risk/fraud/1`],
      ['It is no request to pin payments alone', `${asked}:refs/eleventh/requests/env/staging/payments/1`],
      ['payments-ci may not write main', `${loose}:refs/heads/main`],
      ['payments-ci may not write elsewhere', 'main:refs/heads/elsewhere'],
      ['payments-ci may not write nightly', 'main:refs/tags/nightly'],
      ['payments-ci may not release or compose v9.9.9', 'env/preprod:refs/tags/v9.9.9'],
      ['env/staging has to go on from', '+env/staging~1:refs/heads/env/staging'],
      ['env/staging may not be taken away', ':refs/heads/env/staging'],
      ['attestations may not be taken away', ':refs/heads/attestations'],
      ['refs/notes/commits is nothing that is kept here', 'main:refs/notes/commits'],
    ] as const)
      await host.refusesPush(key, sentence, copy, ...refs);

    // It is the server that knows whose key it is, whatever whoever pushes says.
    const env = { ...host.env(key), ELEVENTH_KEY: 'ada', GL_USER: 'ada', REMOTE_USER: 'ada' };
    const insisting = `${host.env(key).GIT_SSH_COMMAND} -o SendEnv=ELEVENTH_KEY -o SetEnv=GL_USER=ada`;
    const said = await pushed(
      world,
      copy,
      { ...env, GIT_SSH_COMMAND: insisting },
      host.url,
      'main:refs/heads/change/x',
    );
    expect(said).toContain('payments-ci may not write change/x');
    expect(await host.does(key, ...pinning('payments', 3))).toContain('Pinned payments 0000003 in staging');
    await host.expectsClean();
  });

  test('let a release engineer promote, but not on their own word', async (context) => {
    const host = await Host.begun(context);
    const { world } = host;
    await host.does('payments-ci', ...pinning('payments', 2));
    await host.does('erin', 'promote', 'staging', '--to', 'preprod');
    await host.does('erin', 'approve', 'preprod', '--to', 'prod');
    expect(await host.run('erin', 'promote', 'preprod', '--to', 'prod')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('POLICY_REFUSED'),
    });
    const promote = ['promote', 'preprod', '--to', 'prod'];
    const someone = ['--author', 'Ada <ada@example.com>'];
    await host.refuses(
      'erin',
      'erin may say something as erin@example.com alone',
      'approve',
      'preprod',
      '--to',
      'prod',
      ...someone,
    );
    for (const [sentence, ...args] of [
      ['erin may not pin payments in staging', ...pinning('payments', 3)],
      ['erin may not record a statement of the kind test', 'test', 'preprod', 'smoke', '--result', 'passed'],
      ['erin may not record a statement of the kind block', 'block', 'payments', '--why', 'x'],
      ['erin may not write main', 'service', 'add', 'new'],
    ] as const)
      await host.refuses('erin', sentence, ...args);

    // Around the client: the words of a promotion, and main without the policy that it would have to keep.
    const copy = await host.copy('erin');
    const source = await world.ask('rev-parse', 'env/preprod');
    const recipe = await world.ask('rev-parse', `${source}:apps`);
    const policy = await world.ask('rev-parse', 'main');
    const message = `Promote preprod\n\nPromoted-From: ${source}\nPolicy: ${policy}\nRecipe: ${recipe}\n`;
    const forged = host.make('erin', copy, 'env/preprod', {}, { parents: [], base: source, message });
    const unasked = 'prod takes what 1 of release-engineers approved';
    await host.refusesPush('erin', unasked, copy, `+${forged}:refs/heads/env/prod`);
    const loose = host.make('erin', copy, 'main', {
      [POLICY]: fileAt(world, 'main', POLICY).replace(/ +approvals:.*\n/, ''),
    });
    const both = [`${loose}:refs/heads/main`, `+${forged}:refs/heads/env/prod`];
    await host.refusesPush('erin', 'erin may not write main', copy, ...both);

    await host.does('ada', 'approve', 'preprod', '--to', 'prod');
    await host.refuses('ada', 'ada may not release or compose v', ...promote);
    await host.refuses('erin', 'erin@example.com alone, and not as ada@example.com', ...promote, ...someone);
    await host.does('erin', ...promote);
    expect(await world.ask('log', '-1', '--format=%ae', 'env/prod')).toBe('erin@example.com');
    const [tag = ''] = (await world.ask('tag', '--list')).split('\n');
    const after = await host.copy('erin');
    for (const refs of [`:refs/tags/${tag}`, `+main:refs/tags/${tag}`])
      await host.refusesPush('erin', `${tag} may not be moved or taken away`, after, refs);
    await host.expectsClean();
  });

  test('let an auditor read everything, and a stranger too, and neither write', async (context) => {
    const host = await Host.begun(context);
    await host.does('ada', 'approve', 'preprod', '--to', 'prod');
    for (const args of ['status', 'log', 'diff staging preprod', 'check --policy', 'report audit'])
      expect(await host.does('auditor', ...args.split(' '))).not.toBe('');
    const clone = await host.copy('auditor');
    expect(await host.does('auditor', 'verify', '--repo', clone)).toContain('Nothing is wrong');
    for (const args of [
      pinning('payments', 2),
      ['promote', 'preprod', '--to', 'prod'],
      ['compose'],
      ['approve', 'preprod', '--to', 'prod'],
      ['test', 'preprod', 'smoke', '--result', 'passed'],
      ['block', 'payments', '--why', 'x'],
      ['service', 'add', 'new'],
    ])
      await host.refusesAround('auditor', 'auditor may only read', ...args);
    for (const refs of [
      'main:refs/heads/change/x',
      'main:refs/tags/nightly',
      ':refs/heads/env/prod',
      'main:refs/eleventh/claims/env/staging',
    ]) {
      await host.refusesPush('auditor', 'auditor may only read', clone, refs);
      await host.refusesPush('stranger', 'stranger is no key that main knows, so nothing was taken', clone, refs);
    }
  });

  test('let fifty writers coalesce, each in their own name and for their own service', async (context) => {
    const host = await Host.begun(context);
    const { world } = host;
    plumb(world, ['config', 'core.logAllRefUpdates', 'always']);
    const before = await world.ask('rev-parse', 'env/staging');
    const services = Object.entries({ 'payments-ci': 'payments', 'fraud-ci': 'risk/fraud', 'topics-ci': 'topics' });
    const pins = Array.from({ length: 50 }, (_, index) => {
      const [key, id] = services[index % services.length] ?? ['', ''];
      return { key, id, number: index + 2, email: `${key}+${index}@example.com` };
    });
    const asked = (key: string, email: string, args: string[]) => {
      const names = { GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_EMAIL: email };
      return world.run(args, { env: { ...host.env(key), ...names } });
    };
    const [results, intruders] = await Promise.all([
      Promise.all(pins.map(({ key, id, number, email }) => asked(key, email, pinning(id, number)))),
      Promise.all(
        services.map(([key], index) =>
          asked(key, `${key}@example.com`, pinning(services[index - 1]?.[1] ?? 'topics', 60)),
        ),
      ),
    ]);
    for (const { code, stderr } of intruders)
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('-ci may not pin ') });
    for (const { code, stderr } of results)
      if (code !== 0) expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('[OLDER_BUILD]') });

    const format =
      '--format=%ae|%ce|%(trailers:key=Service,valueonly,separator=%x2C)|%(trailers:key=Commit,valueonly,separator=%x2C)';
    const log = await world.ask('log', format, `${before}..env/staging`);
    const commits = log.split('\n').map((line) => line.split('|'));
    const landed = pins.filter((_, index) => results[index]?.code === 0);
    expect(commits.map(([author, , id, commit]) => `${author} ${id} ${commit}`).sort()).toEqual(
      landed.map(({ email, id, number }) => `${email} ${id} ${sha(number)}`).sort(),
    );
    for (const [, id] of services) {
      const newest = pins.findLast((pin) => pin.id === id);
      expect(fileAt(world, 'env/staging', `apps/${id}/kustomization.yaml`)).toContain(sha(newest?.number ?? 0));
    }
    // Whoever committed carried pins that their own key may not make.
    const keyOf = (email = '') => email.replace(/[+].*/, '');
    expect(commits.filter(([author, committer]) => keyOf(author) !== keyOf(committer)).length).toBeGreaterThan(0);
    const pushes = plumb(world, ['reflog', 'show', '--format=%H', 'env/staging']).split('\n').length;
    expect(pushes).toBeLessThan(landed.length);
    expect(plumb(world, ['for-each-ref', 'refs/eleventh/'])).toBe('');
    expect(plumb(world, ['fsck', '--strict', '--no-dangling'])).toBe('');
    await host.expectsClean();
  });

  test('let a key commit what waits for another key exactly as it was asked for', async (context) => {
    const host = await Host.begun(context);
    const { world } = host;
    const key = 'payments-ci';
    const copy = await host.copy('fraud-ci');
    const request = await requested(host, copy, pinning('risk/fraud', 2));
    expect(await host.push('fraud-ci', copy, request)).toBe('');
    await host.run(key, 'drain', 'staging', '--repo', copy);
    const carried = plumb({ ...world, remote: copy }, ['rev-parse', 'env/staging']);
    const pin = 'apps/risk/fraud/kustomization.yaml';
    const other = host.make(key, copy, 'env/staging', {
      [pin]: fileAt(world, 'env/staging', pin).replaceAll(sha(1), sha(9)),
    });
    const tree = plumb({ ...world, remote: copy }, ['rev-parse', `${other}^{tree}`]);
    const amended = (change: (text: string) => string) => host.amend(key, copy, carried, change);
    const taken = `:${request}`;
    for (const [commit, ...others] of [
      [carried],
      [amended((text) => text.replace(/^tree .*/, `tree ${tree}`)), taken],
      [amended((text) => text.replace(/^author .*? </m, 'author Mallory <')), taken],
      [amended((text) => text.replace('Branch: main', 'Branch: other')), taken],
      [amended((text) => text.replace(/^Request: .*/m, `Request: ${carried}`)), taken],
      [amended((text) => text.replace(/^Request: .*\n/m, '')), taken],
    ] as const)
      await host.refusesPush(
        key,
        'payments-ci may not pin risk/fraud in staging',
        copy,
        `${commit}:refs/heads/env/staging`,
        ...others,
      );
    const refused = 'auditor may only read';
    await host.refusesPush('auditor', refused, copy, `${carried}:refs/heads/env/staging`, taken);
    expect(await host.push(key, copy, `${carried}:refs/heads/env/staging`, taken)).toBe('');
    expect(await world.ask('log', '-1', '--format=%ae %ce', 'env/staging')).toBe(
      'fraud-ci@example.com payments-ci@example.com',
    );
    expect(plumb(world, ['for-each-ref', 'refs/eleventh/'])).toBe('');
    await host.expectsClean();
  });
});

/** Leaves a pin as a request in a copy, and returns the request's ref. */
async function requested({ world }: Host, copy: string, args: string[]): Promise<string> {
  const hook = join(copy, 'hooks/update');
  writeFileSync(hook, '#!/bin/sh\n[ "$1" != refs/heads/env/staging ]\n');
  chmodSync(hook, 0o755);
  const list = () =>
    plumb({ ...world, remote: copy }, ['for-each-ref', '--format=%(refname)', 'refs/eleventh/requests']);
  const asking = world.start(args, { env: { ...world.env, ...person('fraud-ci'), ELEVENTH_REPO: copy } });
  const ended = new Promise((resolve) => asking.once('close', resolve));
  for (let tries = 0; list() === '' && tries < 300; tries += 1) await wait(50);
  asking.kill('SIGKILL');
  await ended;
  rmSync(hook);
  return list();
}
