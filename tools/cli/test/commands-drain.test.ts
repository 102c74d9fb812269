import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { plumb } from './by-hand.ts';
import { batch, build, pinned, screen, screens, stable, stableJson, withServices } from './screen.ts';
import { type RunOptions, sha, type World } from './world.ts';

/** Lets only those who say so write staging's branch, as a host does that protects branches. */
function protect(world: World): void {
  const hook = join(world.remote, 'hooks/update');
  const script =
    '[ "$1" != refs/heads/env/staging ] || [ -n "$TRUSTED" ] || { echo "only the job writes $1"; exit 1; }';
  writeFileSync(hook, `#!/bin/sh\n${script}\n`);
  chmodSync(hook, 0o755);
}

const TRUSTED: RunOptions = {
  env: { TRUSTED: 'yes', GIT_AUTHOR_NAME: 'Trusted Job', GIT_COMMITTER_NAME: 'Trusted Job' },
};

function pinning(id: string, number: number, ...more: string[]): string[] {
  return ['pin', id, '--commit', sha(number), '--built', `2026-11-01T0${number}:00:00Z`, ...more];
}

/** Waits until so many requests stand in the remote. */
async function requested(world: World, count: number): Promise<void> {
  const list = () => plumb(world, ['for-each-ref', '--format=%(refname)', 'refs/eleventh/requests']).split('\n');
  for (let tries = 0; list().filter((ref) => ref !== '').length < count; tries += 1) {
    if (tries > 300) throw new Error('No request came.');
    await wait(50);
  }
}

describe('drain', () => {
  test('commits what waits for a protected branch, each under its author, and answers what may not enter', async () => {
    const world = await withServices();
    await pinned(world, build('payments', 2));
    protect(world);
    const waiting = [
      screen(world, pinning('payments', 3, '--author', 'Payments CI <ci@payments.example.com>')),
      screen(world, pinning('risk/fraud', 1, '--author', 'Fraud CI <ci@fraud.example.com>')),
    ];
    await requested(world, 2);
    const dry = (await stableJson(world, ['drain', 'staging', '--dry-run'])) as { requests: { service: string }[] };
    expect(dry.requests.map(({ service }) => service).sort()).toEqual(['payments', 'risk/fraud']);
    expect(await screen(world, ['drain', 'staging'])).toContain('error [PUSH_REFUSED]');
    expect((await world.run(['drain', 'staging'], TRUSTED)).stdout).toMatch(
      /^Committed 2 of 2 requests for staging\n.*[+] {2}payments.*branch {2}env\/staging\n/s,
    );
    const [payments = '', fraud = ''] = await Promise.all(waiting);
    expect(payments).toMatch(/Pinned payments 0000003 in staging, replacing 0000002\n/);
    expect(fraud).toMatch(/Pinned risk\/fraud 0000001 in staging, for the first time\n/);
    const log = plumb(world, ['log', '--format=%an|%cn|%s', '-2', 'env/staging']).split('\n').sort();
    expect(log).toEqual([
      'Fraud CI|Trusted Job|Pin risk/fraud 0000001',
      'Payments CI|Trusted Job|Pin payments 0000003',
    ]);
    expect(plumb(world, ['for-each-ref', 'refs/eleventh'])).toBe('');
    expect(await screens(world, ['drain', 'staging'], ['drain', 'stagin'])).toMatchInlineSnapshot(`
      "$ eleventh drain staging
      No request waits for staging; nothing to do.
      $ eleventh drain stagin
      error [UNKNOWN_ENVIRONMENT] There is no environment "stagin".
      hint: Did you mean staging ?
      [exit 2]
      "
    `);
  });

  test('leaves a request that nobody commits to be taken back, and says so', async () => {
    const world = await withServices();
    protect(world);
    expect(await screen(world, pinning('payments', 1, '--wait', '1'))).toMatchInlineSnapshot(`
      "$ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --built 2026-11-01T01:00:00Z --wait 1
      error [PUSH_REFUSED] The repository refused the push (hook declined): only the job writes refs/heads/env/staging
      hint: Ask for the right to push to the branch, or have a trusted job run eleventh drain.
      [exit 1]
      "
    `);
    expect(plumb(world, ['for-each-ref', 'refs/eleventh'])).toBe('');
    expect(await screen(world, pinning('payments', 1, '--wait', 'long'))).toContain('error [BAD_WAIT]');
  });

  test('answers a request that cannot be carried out any more, and its owner exits with the reason', async () => {
    const world = await withServices();
    protect(world);
    const owner = screen(world, pinning('payments', 1));
    await requested(world, 1);
    // Many pins at once do not go through the queue.
    const input = batch(build('payments', 2), build('risk/fraud', 1));
    expect((await world.run(['pin', '--batch', '-'], { ...TRUSTED, input })).code).toBe(0);
    expect(stable(world, (await world.run(['drain', 'staging'], TRUSTED)).stdout)).toMatchInlineSnapshot(`
      "Committed 0 of 1 requests for staging
        !  payments  OLDER_BUILD: staging already runs a newer build of payments: 0000002, and 0000001 is older.
        branch  env/staging
      "
    `);
    expect(await owner).toContain('error [OLDER_BUILD] staging already runs a newer build of payments');
    expect(await owner).toContain('[exit 3]');
    expect(plumb(world, ['for-each-ref', 'refs/eleventh'])).toBe('');
  });

  test('keeps a signed request in the commit, where plain Git proves who asked for what', async ({ skip }) => {
    const world = await withServices();
    protect(world);
    const key = join(world.root, 'key');
    try {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    } catch {
      skip('ssh-keygen is not installed');
    }
    const config = join(world.root, 'gitconfig');
    writeFileSync(config, `[commit]\n\tgpgSign = true\n[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ${key}\n`);
    const owner = world.run(pinning('risk/fraud', 1), { env: { GIT_CONFIG_GLOBAL: config } });
    await requested(world, 1);
    await world.run(['drain', 'staging'], TRUSTED);
    expect((await owner).code).toBe(0);

    const commit = plumb(world, ['cat-file', 'commit', 'env/staging']);
    const header = /^eleventh-request (.*(?:\n .*)*)/m.exec(commit)?.[1] ?? '';
    const request = plumb(
      world,
      ['hash-object', '-t', 'commit', '-w', '--stdin'],
      `${header.replaceAll('\n ', '\n')}\n`,
    );
    expect(plumb(world, ['log', '-1', '--format=%(trailers:key=Request,valueonly)', 'env/staging'])).toBe(request);
    writeFileSync(join(world.root, 'signers'), `author@example.com ${readFileSync(`${key}.pub`, 'utf8')}`);
    const signers = `gpg.ssh.allowedSignersFile=${join(world.root, 'signers')}`;
    plumb(world, ['-c', signers, 'verify-commit', request]);
    const tree = (oid: string, name: string) => plumb(world, ['mktree'], `040000 tree ${oid}\t${name}\n`);
    const folder = plumb(world, ['rev-parse', 'env/staging:apps/risk/fraud']);
    expect(tree(tree(tree(folder, 'fraud'), 'risk'), 'apps')).toBe(plumb(world, ['rev-parse', `${request}^{tree}`]));
    expect(plumb(world, ['fsck', '--strict', '--no-dangling'])).toBe('');
  });
});
