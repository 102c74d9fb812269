import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitByHand } from './by-hand.ts';
import { HOUR } from './gated.ts';
import { build, pinned } from './screen.ts';
import { ADA, AUTHOR, Signed } from './signed.ts';
import { sha } from './world.ts';

describe('the gate of signatures', () => {
  test('is shut for whoever does not sign, and open for a listed key', async () => {
    const signed = await Signed.with('{signed: required}');
    const { gated } = signed;
    const refused = await gated.refused('signed');
    expect(refused).toContain('the change is not signed');
    expect(refused).toContain('git config --global commit.gpgSign true');
    signed.signAs(AUTHOR);
    await gated.passes();
    await signed.verify('verify-commit', 'env/prod');
    await signed.verify('verify-tag', 'v1.0.0');
  });

  test.each([
    ['eve@example.com', [AUTHOR], 'by a key that nobody lists'],
    ['ada@example.com', [AUTHOR, 'ada@example.com'], 'with a key of ada@example.com'],
  ])('is shut for the key of %s', async (email, listed, problem) => {
    const signed = await Signed.with('{signed: required}');
    signed.list(...listed);
    signed.signAs(email);
    const refused = await signed.gated.refused('signed');
    expect(refused).toContain(`the change is signed ${problem}`);
    expect(refused).toContain('git show main:environments/allowed_signers');
    signed.signAs(AUTHOR);
    await signed.gated.passes();
  });

  test('is shut for a key before and after its time, and for another namespace', async () => {
    const signed = await Signed.with('{signed: required}');
    const { gated } = signed;
    signed.signAs(AUTHOR);
    for (const [options, problem] of [
      ['valid-before="20261101"', 'that expired 2026-11-01'],
      ['valid-after="20261201"', 'that is not valid before 2026-12-01'],
      ['namespaces="file"', 'may not sign in the namespace git'],
    ] as const) {
      signed.list(signed.line(AUTHOR, options));
      expect(await gated.refused('signed')).toContain(problem);
    }
    signed.list(signed.line(AUTHOR, 'namespaces="git",valid-after="20261101",valid-before="20261201"'));
    await gated.passes();
  });

  test('is shut for OpenPGP, which is not checked', async () => {
    const signed = await Signed.with('{signed: required}');
    signed.gated.config = { 'commit.gpgSign': 'true' };
    const refused = await signed.gated.refused('signed');
    expect(refused).toContain('is signed with OpenPGP, which cannot be checked here');
    expect(refused).toContain('git config --global gpg.format ssh');
    signed.signAs(AUTHOR);
    await signed.gated.passes();
  });

  test('is shut by a file that cannot be understood, and nothing else is', async () => {
    const signed = await Signed.with('{signed: required}');
    const { gated } = signed;
    signed.signAs(AUTHOR);
    await gated.passes();
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    signed.list(AUTHOR, signed.line('ada@example.com', 'cert-authority'));
    const before = await gated.world.refs();
    expect(await gated.promote()).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/\[INVALID_FILE\][\s\S]*allowed_signers: line 3 has the option cert-authority/),
    });
    expect(await gated.world.refs()).toBe(before);
    expect(await gated.ok('status')).toContain('environments/allowed_signers: line 3 has the option cert-authority');
    await pinned(gated.world, build('payments', 3));
    signed.list(AUTHOR);
    await gated.passes();
  });

  test('asks nothing of a rollback unless it says so, which is signed all the same', async () => {
    const signed = await Signed.with('{signed: required}');
    const { gated } = signed;
    signed.signAs(AUTHOR);
    await gated.passes();
    await pinned(gated.world, build('payments', 2));
    await gated.ok('promote', 'staging', '--to', 'preprod');
    await gated.passes();
    await gated.policy('{signed: required, rollback: {signed: required}}');
    signed.list(AUTHOR);
    signed.signAs(null);
    expect(await gated.run(['rollback', 'prod'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the change is not signed'),
    });
    await gated.policy('{signed: required}');
    await gated.ok('rollback', 'prod', '--dry-run');
    signed.signAs(AUTHOR);
    await gated.ok('rollback', 'prod');
    await signed.verify('verify-commit', 'env/prod');
  });

  test('of a release, and of pins', async () => {
    const signed = await Signed.with('{signed: required}');
    const { gated } = signed;
    await gated.policy('{signed: required}', 'staging');
    signed.list(AUTHOR);
    signed.signAs(AUTHOR);
    await gated.passes('--no-tag');
    signed.signAs(null);
    const pin = ['pin', 'topics', '--commit', sha(2), '--branch', 'main'];
    for (const args of [['release', 'prod'], pin]) {
      const before = await gated.world.refs();
      expect(await gated.run(args)).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('the change is not signed'),
      });
      expect(await gated.world.refs()).toBe(before);
    }
    signed.signAs(AUTHOR);
    await gated.ok('release', 'prod');
    await signed.verify('verify-tag', 'v1.0.0');
    await gated.ok(...pin);
    await signed.verify('verify-commit', 'env/staging');
  });

  test('counts the signature of a request, whoever commits it', async () => {
    const signed = await Signed.with('{}');
    const { gated } = signed;
    const { world } = gated;
    await gated.policy('{signed: required}', 'staging');
    signed.list(AUTHOR, 'ada@example.com');
    // Nobody but the drain may write the branch.
    const hook = join(world.remote, 'hooks/update');
    const shut = '#!/bin/sh\ncase "$1" in refs/heads/env/*) echo protected; exit 1;; esac\n';
    const drained = async (id: string, meanwhile: () => void) => {
      signed.signAs(AUTHOR);
      writeFileSync(hook, shut, { mode: 0o755 });
      const waiting = gated.run(['pin', id, '--commit', sha(2), '--branch', 'main']);
      const left = () => world.ask('for-each-ref', '--format=%(refname)', 'refs/eleventh/requests');
      while ((await left()) === '') await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync(hook, '#!/bin/sh\n', { mode: 0o755 });
      meanwhile();
      signed.signAs('ada@example.com');
      const { stdout } = await gated.run(['drain', 'staging', '--json'], ADA);
      return { ...(await waiting), requests: JSON.parse(stdout).requests };
    };
    expect(await drained('topics', () => {})).toMatchObject({
      code: 0,
      requests: [{ service: 'topics', refused: null }],
    });
    expect(await world.ask('log', '-1', '--format=%an', 'env/staging')).toBe('Test Author');
    // Signed by who committed it, and inside by who asked for it.
    await signed.verify('verify-commit', 'env/staging');
    expect(await world.ask('cat-file', 'commit', 'env/staging')).toMatch(
      /^eleventh-request tree [\s\S]*\n gpgsig [\s\S]*\ngpgsig /m,
    );
    expect(await signed.found()).toEqual([]);
    const head = await world.ask('rev-parse', 'env/staging');
    const bare = (await world.ask('cat-file', 'commit', head)).replace(/^eleventh-request .*\n(?: .*\n)*/m, '');
    const file = join(world.root, 'bare');
    writeFileSync(file, `${bare}\n`);
    await world.ask('update-ref', 'refs/heads/env/staging', await world.ask('hash-object', '-t', 'commit', '-w', file));
    expect(await signed.found()).toContainEqual(expect.stringMatching(/^gate-shut: .*a signature that does not fit/));
    await world.ask('update-ref', 'refs/heads/env/staging', head);
    const refused = { code: 'POLICY_REFUSED', message: expect.stringContaining('by a key that nobody lists') };
    expect(await drained('risk/fraud', () => signed.list('ada@example.com'))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('by a key that nobody lists'),
      requests: [{ service: 'risk/fraud', refused }],
    });
  });
});

test('a repository is begun with signed commits that name each other', async () => {
  const { gated, ...signed } = await Signed.with('{}');
  const { world } = gated;
  const remote = join(world.root, 'another.git');
  await world.git(world.root, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  gated.config = {
    'gpg.format': 'ssh',
    'user.signingKey': signed.keys.get(AUTHOR)?.file ?? '',
    'commit.gpgSign': 'true',
  };
  await gated.ok('init', join(world.root, 'another'), '--remote', remote, '--json');
  const allowed = join(world.root, 'allowed');
  writeFileSync(allowed, `${AUTHOR} ${signed.keys.get(AUTHOR)?.key}\n`);
  for (const branch of ['main', 'env/staging', 'env/preprod', 'env/prod'])
    await world.git(remote, '-c', `gpg.ssh.allowedSignersFile=${allowed}`, 'verify-commit', branch);
  const trailer = '--format=%(trailers:key=Workspace,valueonly,separator=)';
  expect(await world.git(remote, 'log', '-1', trailer, 'env/prod')).toBe(await world.git(remote, 'rev-parse', 'main'));
});

describe('a statement', () => {
  test('counts when whoever it names has signed it', async () => {
    const signed = await Signed.with('{signed: required, approvals: {count: 1}, tests: [smoke]}');
    const { gated } = signed;
    const { world } = gated;
    await gated.ok('test', 'preprod', 'smoke', '--result', 'passed');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    signed.signAs(AUTHOR);
    const unsigned = await gated.promote();
    expect(unsigned.stderr.match(/✗ {2}\w+/g)).toEqual(['✗  tests', '✗  approvals']);
    expect(unsigned.stderr).toMatch(/smoke has not run \(test-[0-9a-f]{16}\.json by Test Author is not signed\)/);
    expect(unsigned.stderr).toMatch(/approval is missing \(approval-[0-9a-f]{16}\.json by Ada is not signed\)/);
    expect(unsigned.stderr).toContain('git config --global commit.gpgSign true && eleventh test preprod smoke');
    gated.now += HOUR;
    await gated.ok('test', 'preprod', 'smoke', '--result', 'passed');
    expect(await gated.refused('approvals')).toContain(
      'git config --global commit.gpgSign true && eleventh approve preprod --to prod',
    );
    // Signed by somebody else.
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    expect(await gated.refused('approvals')).toContain(`is signed with a key of ${AUTHOR}`);
    gated.now += HOUR;
    signed.signAs('ada@example.com');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    signed.signAs(AUTHOR);
    await gated.passes();
    await signed.verify('verify-commit', 'attestations');
    const paths = (await world.ask('ls-tree', '-r', '--name-only', 'attestations')).split('\n');
    expect(paths.filter((path) => path.endsWith('.sig'))).toHaveLength(3);
  });

  test('is taken by ssh-keygen, and signed once', async () => {
    const signed = await Signed.with('{}');
    const { gated } = signed;
    const { world } = gated;
    signed.list(signed.line('ada@example.com', 'namespaces="statement@eleventh.dev"'));
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    signed.signAs('ada@example.com');
    // The same once more, signed: only the signature is new.
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    const head = await world.ask('rev-parse', 'attestations');
    await gated.as(ADA, 'approve', 'preprod', '--to', 'prod');
    expect(await world.ask('rev-parse', 'attestations')).toBe(head);
    const [json, sig, ...more] = (await world.ask('ls-tree', '-r', '--name-only', 'attestations')).split('\n');
    expect([sig, more]).toEqual([`${json}.sig`, []]);
    const checkout = await world.checkout('attestations');
    const allowed = join(world.root, 'allowed');
    writeFileSync(allowed, await world.ask('show', 'main:environments/allowed_signers'));
    const args = [
      '-f',
      allowed,
      '-I',
      'ada@example.com',
      '-n',
      'statement@eleventh.dev',
      '-s',
      join(checkout, `${json}.sig`),
    ];
    const input = readFileSync(join(checkout, json ?? ''));
    expect(execFileSync('ssh-keygen', ['-Y', 'verify', ...args], { input, encoding: 'utf8' })).toContain('Good');
  });

  test('that was changed after it was signed does not count', async () => {
    const signed = await Signed.with('{signed: required, approvals: {count: 1, notAuthor: false}}');
    const { gated } = signed;
    const { world } = gated;
    signed.signAs(AUTHOR);
    await gated.ok('approve', 'preprod', '--to', 'prod');
    const [json = ''] = (await world.ask('ls-tree', '-r', '--name-only', 'attestations')).split('\n');
    const content = await world.ask('show', `attestations:${json}`);
    const later = content.replace('2026-11-20T12:00:00Z', '2026-11-20T11:00:00Z');
    commitByHand(world, 'attestations', { [json]: `${later}\n` });
    expect(await gated.refused('approvals')).toContain('has a signature that does not fit');
    commitByHand(world, 'attestations', { [json]: `${content}\n` });
    await gated.passes();
  });
});
