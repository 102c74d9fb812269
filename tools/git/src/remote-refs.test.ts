import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deployment } from '../test/deployment.ts';

let deployment: Deployment;
beforeEach(() => {
  deployment = new Deployment();
});
afterEach(() => deployment.remove());

describe('refs', () => {
  it('are the branches, the tags and HEAD', async () => {
    const first = deployment.publish('main', 'one');
    const second = deployment.publish('env/staging', 'two');
    deployment.scratch.git('work', 'tag', '-a', 'v1.0.0', '-m', 'notes');
    deployment.scratch.git('work', 'push', '--quiet', deployment.url, 'v1.0.0', `${first}:refs/tags/light`);
    const refs = await (await deployment.open()).refs();
    expect(refs.head).toBe('main');
    expect(Object.fromEntries(refs.branches)).toEqual({ main: first, 'env/staging': second });
    expect(refs.tags.get('v1.0.0')).toEqual({
      oid: deployment.scratch.git('work', 'rev-parse', 'v1.0.0'),
      commit: second,
    });
    expect(refs.tags.get('light')).toEqual({ oid: first, commit: first });
  });

  it('are empty for an empty repository, and have no head when HEAD names what is not there', async () => {
    const remote = await deployment.open();
    expect(await remote.refs()).toEqual({ head: null, branches: new Map(), tags: new Map(), queue: new Map() });
    deployment.publish('other', 'one');
    expect((await remote.refs()).head).toBeNull();
  });

  it.each([
    ['a folder that is not there', '/nowhere/x.git', 'REPOSITORY_NOT_FOUND'],
    ['a folder that is no repository', '/', 'REPOSITORY_NOT_FOUND'],
    ['a host that is not there', 'https://ada:s3cr3t@nowhere.invalid/x.git', 'REPOSITORY_UNREACHABLE'],
    ['a closed port', 'http://ada:s3cr3t@127.0.0.1:9/x.git', 'REPOSITORY_UNREACHABLE'],
  ])('throw for %s', async (_, address, code) => {
    const error = await (await deployment.open({ url: address })).refs().catch((thrown) => thrown);
    expect(error).toMatchObject({ code, exitCode: 1, hint: expect.stringMatching(/^git ls-remote \S+$/) });
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toContain('s3cr3t');
    expect(error.message).not.toContain('Please make sure');
  });

  it('throw for an SSH server that says no', async () => {
    const script = 'sh -c \'echo "git@example.com: Permission denied (publickey)." >&2; exit 255\'';
    const remote = await deployment.open({
      url: 'git@example.com:acme/x.git',
      env: { ...deployment.scratch.env, GIT_SSH_COMMAND: script },
    });
    await expect(remote.refs()).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message:
        'The repository git@example.com:acme/x.git may not be read: git@example.com: Permission denied (publickey).',
      hint: 'git ls-remote git@example.com:acme/x.git',
    });
  });

  it('throw for a protocol that the configuration smuggles in', async () => {
    const marker = join(deployment.scratch.path, 'owned');
    const env = {
      ...deployment.scratch.env,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'protocol.ext.allow',
      GIT_CONFIG_VALUE_0: 'always',
      GIT_CONFIG_KEY_1: `url.ext::touch ${marker} .insteadOf`,
      GIT_CONFIG_VALUE_1: 'https://example.com/',
    };
    const remote = await deployment.open({ url: 'https://example.com/x', env });
    await expect(remote.refs()).rejects.toMatchObject({ code: 'BAD_REPOSITORY' });
    expect(readdirSync(deployment.scratch.path)).not.toContain('owned');
  });

  it('throw for an old Git, whatever it prints', async () => {
    const remote = await deployment.open({ env: deployment.withGit('old', '#!/bin/sh\necho git version 2.30.0\n') });
    await expect(remote.refs()).rejects.toMatchObject({ code: 'GIT_TOO_OLD' });
  });

  it('throw without Git', async () => {
    await expect((await deployment.open({ env: { PATH: '/nowhere' } })).refs()).rejects.toMatchObject({
      code: 'GIT_NOT_FOUND',
    });
  });
});

describe('open', () => {
  it.each(['--upload-pack=touch owned', 'ext::sh -c true', ''])('refuses %j before any Git runs', async (address) => {
    await expect(deployment.open({ url: address, env: { PATH: '/nowhere' } })).rejects.toMatchObject({
      code: 'BAD_REPOSITORY',
    });
  });
});
