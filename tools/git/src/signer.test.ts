import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_TREE } from '@eleventh/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createScratch, PERSON, type Scratch } from '../test/scratch.ts';
import { Drafts } from './commits.ts';
import type { GitObject } from './object-format.ts';
import { writeObjects } from './object-store.ts';
import { signedPart } from './signed-object.ts';
import { gitSigner } from './signer.ts';
import { sshSigningKey } from './ssh-signature.ts';

let scratch: Scratch;
let repository: string;
let options: { env: Record<string, string | undefined>; cwd: string };
beforeAll(() => {
  scratch = createScratch();
  repository = scratch.bare('r.git');
});
afterAll(() => scratch.remove());
beforeEach(() => {
  const config = join(scratch.path, 'config');
  writeFileSync(config, '');
  options = { env: { ...scratch.env, GIT_CONFIG_GLOBAL: config }, cwd: scratch.path };
});

function configure(settings: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(settings))
    execFileSync('git', ['config', '--global', name, value], { env: options.env });
}

let count = 0;

function newKey(...type: string[]): { file: string; key: string } {
  count += 1;
  const file = join(scratch.path, `key-${count}`);
  execFileSync('ssh-keygen', ['-q', '-t', ...type, '-N', '', '-C', 'c', '-f', file], { env: scratch.env });
  const key = readFileSync(`${file}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
  appendFileSync(join(scratch.path, 'allowed'), `ada@example.com ${key}\n`);
  return { file, key };
}

/** Returns a commit with a request in it and a tag on it, written into the repository. */
async function drafted(): Promise<{ commit: string; tag: string; objects: readonly GitObject[] }> {
  const drafts = new Drafts(await gitSigner(options));
  const request = Buffer.from('tree 1\ngpgsig -----BEGIN SSH SIGNATURE-----\n x\n\nmessage\n');
  const message = 'Subject\n\ngpgsig in the words\n-----BEGIN SSH SIGNATURE-----\n';
  const people = { author: PERSON, committer: PERSON };
  const root = await drafts.commit({ parent: null, tree: EMPTY_TREE, message: 'root', ...people });
  const commit = await drafts.commit({ parent: root, tree: EMPTY_TREE, message, request, ...people });
  const tag = await drafts.tag({ name: 'v1', object: commit, tagger: PERSON, message });
  writeObjects(repository, drafts.objects);
  return { commit, tag, objects: drafts.objects };
}

function git(...args: string[]): string {
  const allowed = ['-c', `gpg.ssh.allowedSignersFile=${join(scratch.path, 'allowed')}`];
  const { env } = options;
  return execFileSync('git', [...allowed, ...args], { cwd: repository, env, encoding: 'utf8', stdio: 'pipe' });
}

describe('a configured SSH key', () => {
  it.each([
    ['ed25519', ['ed25519']],
    ['RSA', ['rsa', '-b', '2048']],
  ])('of %s signs commits and tags as Git takes them, and as we do', async (_, type) => {
    const { file, key } = newKey(...type);
    configure({ 'gpg.format': 'ssh', 'user.signingKey': file, 'commit.gpgSign': 'true' });
    const { commit, tag, objects } = await drafted();
    git('verify-commit', commit);
    git('verify-tag', tag);
    git('fsck', '--strict', '--full', '--no-progress', '--no-dangling');
    const signed = objects.filter(({ type }) => type !== 'tree').map((object) => signedPart(object));
    expect(signed).toHaveLength(3);
    for (const one of signed) expect(one && sshSigningKey(one.payload, one.signature, 'git')).toBe(key);
    expect((await gitSigner(options))?.key).toBe(key);
  });

  it.each([
    ['the path of the public key', (file: string) => `${file}.pub`],
    ['a path below the home', (file: string) => `~/${file.split('/').at(-1)}`],
    ['a path in the folder', (file: string) => file.split('/').at(-1) ?? ''],
  ])('may be %s', async (_, name) => {
    const { file, key } = newKey('ed25519');
    configure({ 'gpg.format': 'ssh', 'user.signingKey': name(file), 'tag.gpgSign': 'true' });
    expect(await gitSigner(options)).toMatchObject({ key, signsCommits: false, signsTags: true });
    const { commit, tag } = await drafted();
    expect(() => git('verify-commit', commit)).toThrow();
    git('verify-tag', tag);
  });

  it('is known without a public key beside it', async () => {
    const { file, key } = newKey('ed25519');
    execFileSync('ssh-keygen', ['-q', '-p', '-N', 'a passphrase', '-P', '', '-f', file], { env: scratch.env });
    execFileSync('rm', [`${file}.pub`]);
    configure({ 'gpg.format': 'ssh', 'user.signingKey': file, 'commit.gpgSign': 'true' });
    expect((await gitSigner(options))?.key).toBe(key);
  });

  it('may be in an agent, named by its public key or by a command', async () => {
    const { file, key } = newKey('ed25519');
    const agent = execFileSync('ssh-agent', ['-s'], { env: scratch.env, encoding: 'utf8' });
    const [, socket = ''] = /SSH_AUTH_SOCK=([^;]+)/.exec(agent) ?? [];
    const [, pid = ''] = /SSH_AGENT_PID=(\d+)/.exec(agent) ?? [];
    options.env.SSH_AUTH_SOCK = socket;
    try {
      execFileSync('ssh-add', ['-q', file], { env: options.env, stdio: 'pipe' });
      execFileSync('rm', [file]);
      configure({ 'gpg.format': 'ssh', 'user.signingKey': `key::${key}`, 'commit.gpgSign': 'true' });
      git('verify-commit', (await drafted()).commit);
      configure({ 'user.signingKey': '', 'gpg.ssh.defaultKeyCommand': 'ssh-add -L' });
      expect((await gitSigner(options))?.key).toBe(key);
      git('verify-commit', (await drafted()).commit);
    } finally {
      process.kill(Number(pid));
    }
  });

  it('may be used by a program of its own, called as Git calls it', async () => {
    const { file } = newKey('ed25519');
    const program = join(scratch.path, 'signs');
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${scratch.path}/called\nexec ssh-keygen "$@"\n`, { mode: 0o755 });
    configure({ 'gpg.format': 'ssh', 'user.signingKey': file, 'commit.gpgSign': 'yes', 'gpg.ssh.program': program });
    git('verify-commit', (await drafted()).commit);
    expect(readFileSync(join(scratch.path, 'called'), 'utf8')).toMatch(/^-Y sign -n git -f \S+ \S+\n/);
  });

  it.each([
    [{ 'user.signingKey': '/no/such/key' }, 'ssh-keygen says: '],
    [{ 'user.signingKey': '' }, 'user.signingKey names no key'],
    [{ 'user.signingKey': 'key::ssh-ed25519 AAAA' }, 'ssh-keygen says: '],
    [{ 'gpg.ssh.program': '/no/such/program', 'user.signingKey': 'x' }, '/no/such/program is not there'],
    [{ 'gpg.ssh.defaultKeyCommand': 'echo nothing', 'user.signingKey': '' }, 'defaultKeyCommand names no key'],
    [{ 'gpg.format': 'minisign' }, 'gpg.format is "minisign", which is not known'],
    [{ 'commit.gpgSign': 'perhaps' }, 'neither true nor false'],
  ])('that cannot sign is refused, with what to do: %j', async (settings, problem) => {
    configure({ 'gpg.format': 'ssh', 'commit.gpgSign': 'true', ...settings });
    await expect(drafted()).rejects.toMatchObject({
      code: 'SIGNING_FAILED',
      message: expect.stringContaining(problem),
    });
  });
});

it.each(['false', 'no', '0', ''])('nothing signs where it is not asked for: %j', async (value) => {
  configure({ 'commit.gpgSign': value, 'user.signingKey': 'x' });
  expect(await gitSigner(options)).toBeUndefined();
});

describe.skipIf(spawnSync('gpg', ['--version']).status !== 0)('OpenPGP', () => {
  it('signs commits and tags as Git takes them, and is told from SSH', async () => {
    const home = join(scratch.path, 'gnupg');
    mkdirSync(home, { mode: 0o700 });
    options.env.GNUPGHOME = home;
    const args = ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', 'Ada Example <ada@example.com>'];
    execFileSync('gpg', [...args, 'ed25519', 'sign', 'never'], { env: options.env, stdio: 'pipe' });
    try {
      configure({ 'commit.gpgSign': 'true' });
      const { commit, tag, objects } = await drafted();
      git('verify-commit', commit);
      git('verify-tag', tag);
      expect((await gitSigner(options))?.key).toBe('OpenPGP');
      const signed = objects.flatMap((object) => signedPart(object) ?? []);
      expect(signed).toHaveLength(3);
      for (const { payload, signature } of signed) expect(sshSigningKey(payload, signature, 'git')).toBeNull();
      configure({ 'user.signingKey': 'nobody@example.com' });
      await expect(drafted()).rejects.toMatchObject({
        code: 'SIGNING_FAILED',
        message: expect.stringMatching(/gpg says: .*(No secret key|signing failed)/),
      });
    } finally {
      execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env: options.env });
    }
  });
});
