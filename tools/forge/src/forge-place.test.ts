import { describe, expect, it } from 'vitest';
import { findForge } from './forge-place.ts';

const found = async (url: string, env: Record<string, string> = {}) =>
  findForge(url, { env, now: () => 0, sleep: async () => {}, progress: () => {} }).then(
    ({ kind, web, root }) => `${kind} ${web.origin} ${web.path.join('/')} ${root.href}`,
    ({ code }) => code,
  );

describe('the place of a repository', () => {
  it('is known of hosts that are known', async () => {
    expect(await found('git@github.com:acme/deployments.git')).toBe(
      'github https://github.com acme/deployments https://api.github.com/',
    );
    expect(await found('git@acme.ghe.com:acme/x')).toBe('github https://acme.ghe.com acme/x https://api.acme.ghe.com/');
    expect(await found('git@gitlab.com:a/b/c.git')).toBe('gitlab https://gitlab.com a/b/c https://gitlab.com/api/v4');
    expect(await found('https://codeberg.org/a/b')).toBe('gitea https://codeberg.org a/b https://codeberg.org/api/v1');
  });

  it('is told of others', async () => {
    const url = 'ssh://git@git.example.com:2222/acme/deployments.git';
    expect(await found(url, { ELEVENTH_FORGE: 'github' })).toBe(
      'github https://git.example.com acme/deployments https://git.example.com/api/v3',
    );
    expect(await found(url, { ELEVENTH_FORGE_URL: 'https://git.example.com/api/v4/' })).toContain(
      'gitlab https://git.example.com',
    );
    expect(await found(url, { ELEVENTH_FORGE: 'bitbucket' })).toBe('UNKNOWN_FORGE');
    const below = { ELEVENTH_FORGE_URL: 'https://git.example.com/lab/api/v4' };
    expect(await found('https://git.example.com/lab/acme/x', below)).toBe(
      'gitlab https://git.example.com/lab acme/x https://git.example.com/lab/api/v4',
    );
    expect(await found('git@alias:x', { ELEVENTH_FORGE_REPOSITORY: 'https://github.com/acme/x' })).toContain(
      'github https://github.com acme/x',
    );
    expect(await found('/srv/git/x.git')).toBe('NO_FORGE');
  });

  it('is what the CI of the same host says', async () => {
    const github = { GITHUB_SERVER_URL: 'https://git.example.com', GITHUB_API_URL: 'https://git.example.com/api/v3' };
    const known = { ELEVENTH_FORGE: 'github', ...github, GITHUB_API_URL: 'https://api.git.example.com' };
    expect(await found('https://git.example.com/a/b', known)).toContain('https://api.git.example.com/');
    expect(await found('https://github.com/a/b', github)).toContain('https://api.github.com/');
    const gitlab = { CI_API_V4_URL: 'https://gitlab.com/api/v4' };
    expect(await found('https://other.example.com/a/b', { ELEVENTH_FORGE: 'gitlab', ...gitlab })).toContain(
      'https://other.example.com/api/v4',
    );
  });

  it('is not reached without encryption, but on this machine or where that is said', async () => {
    const env = { ELEVENTH_FORGE: 'gitea' };
    expect(await found('http://git.example.com/a/b', env)).toBe('FORGE_PLAIN_HTTP');
    expect(await found('http://127.0.0.1:3000/a/b', env)).toContain('http://127.0.0.1:3000/api/v1');
    expect(await found('http://127.0.0.1.example.com/a/b', env)).toBe('FORGE_PLAIN_HTTP');
    const said = { ...env, ELEVENTH_FORGE_URL: 'http://git.example.com/api/v1' };
    expect(await found('http://git.example.com/a/b', said)).toContain('http://git.example.com/api/v1');
    expect(
      await found('https://x.example.com/a/b', {
        ...env,
        ELEVENTH_FORGE_URL: 'https://me:secret@x.example.com/api/v1',
      }),
    ).toBe('BAD_FORGE_URL');
  });
});
