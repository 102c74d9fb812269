import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { commitByHand, craft, type Put, plumb } from './by-hand.ts';
import { build, pinned, withServices } from './screen.ts';
import { type RunOptions, sha, type World } from './world.ts';

/** What a host that protects branches lets each key do: the job everything, a service its own requests and nothing else. */
const HOST = `#!/bin/sh
case "$KEY $1" in
  job\\ *) exit 0 ;;
  *\\ refs/eleventh/requests/env/staging/"$KEY"/*) exit 0 ;;
  *\\ refs/eleventh/answers/env/staging/"$KEY"/*) exit 0 ;;
esac
echo "$KEY may only ask for pins of its own"
exit 1
`;

const JOB: RunOptions = { env: { KEY: 'job', GIT_AUTHOR_NAME: 'Job', GIT_COMMITTER_NAME: 'Job' } };
const STOLEN = { KEY: 'payments' };
const QUEUE = 'refs/eleventh/requests/env/staging/payments';
const NEW = ['pin', 'payments', '--commit', sha(3), '--built', '2026-11-01T03:00:00Z'];

/** A repository in protected mode, in which payments has asked for a pin that is as it should be. */
class Stolen {
  readonly world: World;
  /** The request: the commit that a thief starts from. */
  readonly request: string;
  readonly #ref: string;

  private constructor(world: World, request: string, ref: string) {
    this.world = world;
    this.request = request;
    this.#ref = ref;
  }

  static async key(): Promise<Stolen> {
    const world = await withServices();
    await pinned(world, build('payments', 2), build('risk/fraud', 2));
    const hook = join(world.remote, 'hooks/update');
    writeFileSync(hook, HOST);
    chmodSync(hook, 0o755);
    const pin = world.start(NEW, { env: { ...world.env, ...STOLEN } });
    const list = () => plumb(world, ['for-each-ref', '--format=%(objectname) %(refname)', QUEUE]);
    for (let tries = 0; list() === ''; tries += 1) {
      if (tries > 300) throw new Error('No request came.');
      await wait(50);
    }
    pin.kill('SIGKILL');
    const [request = '', ref = ''] = list().split(' ');
    plumb(world, ['update-ref', '-d', ref]);
    return new Stolen(world, request, ref);
  }

  /** Pushes with the key that was stolen, and returns what the host says to that; nothing where it takes it. */
  push(...refspecs: string[]): string {
    const { remote, env } = this.world;
    try {
      execFileSync('git', ['push', '--force', remote, ...refspecs], {
        ...{ cwd: remote, stdio: 'pipe', encoding: 'utf8' },
        env: { ...env, ...STOLEN },
      });
      return '';
    } catch (error) {
      return String((error as { stderr: unknown }).stderr);
    }
  }

  /** Leaves a request, and returns what the job says of it. */
  async ask(commit: string): Promise<{ readonly commit: string | null; readonly code: string | undefined }> {
    expect(this.push(`${commit}:${this.#ref}`)).toBe('');
    const { stdout } = await this.world.run(['drain', 'staging', '--json'], JOB);
    const { requests } = JSON.parse(stdout) as {
      requests: { commit: string | null; refused: { code: string } | null }[];
    };
    expect(requests).toHaveLength(1);
    return { commit: requests[0]?.commit ?? null, code: requests[0]?.refused?.code };
  }

  /** Returns a request with other files, or other words. */
  forged(puts: Readonly<Record<string, Put>>, words: (message: string) => string = (same) => same): string {
    const message = plumb(this.world, ['log', '-1', '--format=%B', this.request]);
    return craft(this.world, puts, { parents: [], base: this.request, message: `${words(message)}\n` });
  }

  /** Returns a file of the request. */
  file(path: string): string {
    return plumb(this.world, ['show', `${this.request}:${path}`]);
  }

  /** Returns every ref but those of the queue, which is what a thief must not change. */
  refs(): string {
    return plumb(this.world, ['for-each-ref', 'refs/heads', 'refs/tags']);
  }
}

const PIN = 'apps/payments/kustomization.yaml';
const MANIFEST = 'apps/payments/manifests/deployment.yaml';

const ATTACKS: readonly [name: string, commit: (stolen: Stolen) => string, code: RegExp][] = [
  ['another service', (it) => it.forged({ 'apps/risk/fraud/kustomization.yaml': it.file(PIN) }), /BAD_REQUEST/],
  [
    'another service in place of its own',
    (it) =>
      craft(
        it.world,
        { 'apps/payments': null, 'apps/ledger/kustomization.yaml': it.file(PIN) },
        {
          ...{ parents: [], base: it.request, message: plumb(it.world, ['log', '-1', '--format=%B', it.request]) },
        },
      ),
    /BAD_REQUEST/,
  ],
  [
    'policy beside its pin',
    (it) => it.forged({ 'environments/staging/environment.yaml': 'spec: {}\n' }),
    /BAD_REQUEST/,
  ],
  ['a workflow beside its pin', (it) => it.forged({ '.github/workflows/x.yml': 'on: push\n' }), /BAD_REQUEST/],
  ['the whole of main', (it) => plumb(it.world, ['rev-parse', 'main']), /BAD_REQUEST/],
  [
    'an image of somebody else',
    (it) => it.forged({ [PIN]: it.file(PIN).replaceAll('ghcr.io/acme/payments', 'ghcr.io/evil/payments') }),
    /REQUEST_OVERTAKEN/,
  ],
  [
    'a link among its manifests',
    (it) => it.forged({ [MANIFEST]: { mode: '120000', content: '/etc/passwd' } }),
    /REQUEST_OVERTAKEN/,
  ],
  [
    'a program among its manifests',
    (it) => it.forged({ [MANIFEST]: { mode: '100755', content: it.file(MANIFEST) } }),
    /REQUEST_OVERTAKEN/,
  ],
  ['a submodule', (it) => it.forged({ 'apps/payments/manifests/sub': { commit: sha(9) } }), /REQUEST_OVERTAKEN/],
  ['fields that no pin has', (it) => it.forged({ [PIN]: `${it.file(PIN)}\nnamespace: kube-system\n` }), /BAD_PIN/],
  [
    'an older build',
    (it) => it.forged({ [PIN]: it.file(PIN).replaceAll(sha(3), sha(1)).replace('T03:', 'T01:') }),
    /OLDER_BUILD/,
  ],
  [
    'an older build from one that is not there',
    (it) =>
      it.forged({ [PIN]: it.file(PIN).replaceAll(sha(3), sha(1)).replace('T03:', 'T01:') }, (words) =>
        words.replace(/^Replaces: .*$/m, `Replaces: ${sha(7)}\nAllowed-Downgrade: payments`),
      ),
    /REQUEST_OVERTAKEN/,
  ],
  [
    'another environment',
    (it) => it.forged({}, (words) => words.replace('Request-To: staging', 'Request-To: prod')),
    /NOT_PINNED_HERE/,
  ],
];

describe('protected mode: whoever stole the key of a service', () => {
  test('cannot write what the host protects', async () => {
    const stolen = await Stolen.key();
    const before = stolen.refs();
    const evil = commitOf(stolen.world);
    for (const ref of [
      ...['refs/heads/env/staging', 'refs/heads/env/prod', 'refs/heads/main', 'refs/heads/attestations'],
      ...['refs/tags/v9.9.9', 'refs/heads/new', 'refs/replace/x', 'refs/notes/commits'],
      ...['refs/eleventh/requests/env/staging/risk/fraud/0mi7xw2gg-00000001', 'refs/eleventh/claims/env/staging'],
      'refs/eleventh/requests/env/prod/payments/0mi7xw2gg-00000001',
    ])
      expect(stolen.push(`${evil}:${ref}`), ref).toContain('payments may only ask for pins of its own');
    expect(stolen.push(':refs/heads/env/staging', ':refs/heads/main')).toContain('may only ask');
    for (const args of [
      ['pin', 'risk/fraud', '--commit', sha(4), '--built', '2026-11-01T04:00:00Z', '--wait', '1'],
      ['promote', 'staging', '--to', 'preprod'],
      ['block', 'risk/fraud', '--why', 'evil'],
      ['service', 'add', 'evil', '--image', 'ghcr.io/evil/evil'],
    ]) {
      const { code, stderr } = await stolen.world.run(args, { env: STOLEN });
      expect([args[0], code, /\[([A-Z_]+)\]/.exec(stderr)?.[1]]).not.toContain(0);
    }
    expect(stolen.refs()).toBe(before);
  });

  test.each(ATTACKS)('has a request refused that brings %s', async (_, commit, code) => {
    const stolen = await Stolen.key();
    const before = stolen.refs();
    const answer = await stolen.ask(commit(stolen));
    expect(answer.code, JSON.stringify(answer)).toMatch(code);
    expect(answer.commit).toBeNull();
    expect(stolen.refs()).toBe(before);
  });

  test('has every request refused where pins have to be signed, and the owner of the signing key does not', async () => {
    const stolen = await Stolen.key();
    const { world, request } = stolen;
    const environment = plumb(world, ['show', 'main:environments/staging/environment.yaml']);
    commitByHand(world, 'main', {
      'environments/staging/environment.yaml': `${environment}\n  policy: {signed: required}\n`,
    });
    const before = stolen.refs();
    expect(await stolen.ask(request)).toEqual({ commit: null, code: 'POLICY_REFUSED' });
    expect(stolen.refs()).toBe(before);
  });

  test('while the same request of its owner lands', async () => {
    const stolen = await Stolen.key();
    const { commit } = await stolen.ask(stolen.request);
    expect(commit).toBe(plumb(stolen.world, ['rev-parse', 'env/staging']));
  });
});

/** Returns a commit on what staging runs that changes it. */
function commitOf(world: World): string {
  const staging = plumb(world, ['rev-parse', 'env/staging']);
  return craft(world, { [MANIFEST]: 'kind: Evil\n' }, { parents: [staging] });
}
