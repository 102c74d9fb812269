import { execFile } from 'node:child_process';
import { usageError } from '@eleventh/core';
import { isLoopback } from './address.ts';
import type { ForgeKind } from './forge.ts';
import type { ForgeWorld } from './forge-world.ts';

/** What lets us in, and what it came from, which is all that may be shown. */
export interface Token {
  readonly value: string;
  readonly source: string;
}

/** The programs that the hosts' own people use, which keep a token for each host. `tea` has no command that tells it. */
const PROGRAMS: Record<ForgeKind, ((host: string) => readonly [string, ...string[]]) | undefined> = {
  github: (host) => ['gh', 'auth', 'token', '--hostname', host],
  gitlab: (host) => ['glab', 'config', 'get', 'token', '--host', host],
  gitea: undefined,
};

/**
 * Returns the token for a host: ELEVENTH_FORGE_TOKEN, else the variables that the host's own tools read, else what its
 * command line keeps. Throws `NO_FORGE_TOKEN` and `BAD_FORGE_TOKEN`.
 */
export async function findToken(kind: ForgeKind, host: string, { env }: ForgeWorld): Promise<Token> {
  const names = ['ELEVENTH_FORGE_TOKEN', ...variables(kind, host, env)];
  const name = names.find((candidate) => (env[candidate] ?? '') !== '');
  if (name !== undefined) return checked({ value: (env[name] ?? '').trim(), source: name });
  const program = PROGRAMS[kind]?.(host);
  const value = program === undefined ? '' : await said(program, env);
  if (program !== undefined && value !== '') return checked({ value, source: `\`${program.join(' ')}\`` });
  const login = {
    github: `, or gh auth login --hostname ${host}`,
    gitlab: `, or glab auth login --hostname ${host}`,
    gitea: '',
  };
  throw usageError('NO_FORGE_TOKEN', `There is no token for ${host}.`, `${names.at(-1)}=<token>${login[kind]}`);
}

/**
 * Returns the variables that hold a token for a host. One for github.com is not given to other hosts, which is why `gh` has
 * names of their own for these. CI_JOB_TOKEN is none of GitLab's: a job's token may not open or change merge requests.
 */
function variables(kind: ForgeKind, host: string, env: ForgeWorld['env']): string[] {
  if (host === 'github.com' || host.endsWith('.ghe.com')) return ['GH_TOKEN', 'GITHUB_TOKEN'];
  // A token is for some host, and an address says only where it would be sent.
  if (!isKnown(kind, host, env)) return [];
  if (kind === 'gitlab') return ['GITLAB_TOKEN'];
  if (kind === 'gitea') return ['FORGEJO_TOKEN', 'GITEA_TOKEN'];
  // In a workflow of an Enterprise Server the job's token is its own.
  const server = env.GITHUB_SERVER_URL ?? '';
  const isOwn = URL.canParse(server) && new URL(server).hostname === host;
  return [...(isOwn ? ['GITHUB_TOKEN'] : []), 'GITHUB_ENTERPRISE_TOKEN', 'GH_ENTERPRISE_TOKEN'];
}

/** The hosts that everybody means by a token of that kind, and the variables by which an environment says which it means. */
const HOSTS: Record<ForgeKind, { readonly known: readonly string[]; readonly named: readonly string[] }> = {
  github: { known: [], named: ['GH_HOST', 'GITHUB_SERVER_URL'] },
  gitlab: { known: ['gitlab.com'], named: ['GITLAB_HOST', 'CI_SERVER_HOST', 'CI_SERVER_URL'] },
  gitea: {
    known: ['gitea.com', 'codeberg.org'],
    named: ['GITEA_SERVER_URL', 'FORGEJO_SERVER_URL', 'GITHUB_SERVER_URL'],
  },
};

/** Returns whether the tokens of an environment are meant for a host. */
function isKnown(kind: ForgeKind, host: string, env: ForgeWorld['env']): boolean {
  const { known, named } = HOSTS[kind];
  const names = [...named, 'ELEVENTH_FORGE_URL', 'ELEVENTH_FORGE_REPOSITORY'].map((name) => env[name] ?? '');
  const hostOf = (text: string) => (URL.canParse(text) ? new URL(text).hostname : text);
  return known.includes(host) || isLoopback(host) || names.some((name) => name !== '' && hostOf(name) === host);
}

function checked(token: Token): Token {
  if (/^[\x21-\x7e]+$/.test(token.value)) return token;
  throw usageError(
    'BAD_FORGE_TOKEN',
    `What ${token.source} holds cannot be a token: it has spaces or other signs in it.`,
  );
}

/** Returns what a program prints, nothing where it is missing or fails. */
function said([program, ...args]: readonly [string, ...string[]], env: ForgeWorld['env']): Promise<string> {
  const options = { env: { ...env }, timeout: 10_000, windowsHide: true };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => resolve(error === null ? stdout.trim() : ''));
  });
}
