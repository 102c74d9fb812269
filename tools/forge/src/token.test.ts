import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ForgeKind } from './forge.ts';
import { findToken } from './token.ts';

const found = async (kind: ForgeKind, host: string, env: Record<string, string>) =>
  findToken(kind, host, { env: { PATH: '', ...env }, now: () => 0, sleep: async () => {}, progress: () => {} }).then(
    ({ value, source }) => `${value} (${source})`,
    ({ code, hint }) => `${code}: ${hint}`,
  );

describe('the token for a host', () => {
  it('is the one that is ours, else what its tools read', async () => {
    const env = { ELEVENTH_FORGE_TOKEN: 'own', GH_TOKEN: 'gh', GITHUB_TOKEN: 'github' };
    expect(await found('github', 'github.com', env)).toBe('own (ELEVENTH_FORGE_TOKEN)');
    expect(await found('github', 'github.com', { ...env, ELEVENTH_FORGE_TOKEN: '' })).toBe('gh (GH_TOKEN)');
    expect(await found('gitlab', 'gitlab.com', { GITLAB_TOKEN: 'lab\n', CI_JOB_TOKEN: 'job' })).toBe(
      'lab (GITLAB_TOKEN)',
    );
    expect(await found('gitea', 'codeberg.org', { GITEA_TOKEN: 'tea' })).toBe('tea (GITEA_TOKEN)');
    expect(await found('gitea', 'codeberg.org', { FORGEJO_TOKEN: 'forge' })).toBe('forge (FORGEJO_TOKEN)');
  });

  it('is none that is for another host', async () => {
    const env = { GH_TOKEN: 'gh', GITHUB_TOKEN: 'github', CI_JOB_TOKEN: 'job' };
    expect(await found('github', 'git.example.com', env)).toBe(
      'NO_FORGE_TOKEN: ELEVENTH_FORGE_TOKEN=<token>, or gh auth login --hostname git.example.com',
    );
    expect(await found('github', 'git.example.com', { ...env, GITHUB_SERVER_URL: 'https://git.example.com' })).toBe(
      'github (GITHUB_TOKEN)',
    );
    const enterprise = { ...env, GH_ENTERPRISE_TOKEN: 'own', GH_HOST: 'git.example.com' };
    expect(await found('github', 'git.example.com', enterprise)).toBe('own (GH_ENTERPRISE_TOKEN)');
    for (const [kind, name, named] of [
      ['github', 'GH_ENTERPRISE_TOKEN', 'GH_HOST'],
      ['gitlab', 'GITLAB_TOKEN', 'GITLAB_HOST'],
      ['gitea', 'GITEA_TOKEN', 'GITEA_SERVER_URL'],
    ] as const) {
      // Any host may say that it is of that kind.
      expect(await found(kind, 'evil.example', { [name]: 'token' }), name).toContain('NO_FORGE_TOKEN');
      const told = { [name]: 'token', [named]: 'https://git.example.com' };
      expect(await found(kind, 'git.example.com', told)).toBe(`token (${name})`);
      expect(await found(kind, 'evil.example', told)).toContain('NO_FORGE_TOKEN');
    }
    expect(await found('gitlab', 'gitlab.com', env)).toContain('NO_FORGE_TOKEN');
    expect(await found('gitea', 'codeberg.org', env)).toBe('NO_FORGE_TOKEN: GITEA_TOKEN=<token>');
  });

  it('is what the command line of the host keeps', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'eleventh-gh-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of ['gh', 'glab']) {
      writeFileSync(join(folder, name), '#!/bin/sh\necho "$0-$*" | /usr/bin/tr "/ " "__"\n');
      chmodSync(join(folder, name), 0o755);
    }
    expect(await found('github', 'github.com', { PATH: folder })).toMatch(
      /_gh-auth_token_--hostname_github\.com \(`gh auth token --hostname github\.com`\)$/,
    );
    expect(await found('gitlab', 'gitlab.com', { PATH: folder })).toMatch(/_glab-config_get_token_--host_gitlab\.com/);
  });

  it('is not what would end a header', async () => {
    expect(await found('gitea', 'codeberg.org', { GITEA_TOKEN: 'a\r\nx: y' })).toContain('BAD_FORGE_TOKEN');
  });
});
