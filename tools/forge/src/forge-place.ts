import { usageError } from '@eleventh/core';
import { addressOf, isLoopback, type WebAddress, webAddress } from './address.ts';
import { exchange } from './exchange.ts';
import type { ForgeKind } from './forge.ts';
import type { ForgeWorld } from './forge-world.ts';

/** A repository's place: on which kind of host, where its API is, and the names that lead to it. */
export interface ForgePlace {
  readonly kind: ForgeKind;
  readonly web: WebAddress;
  /** The API's address. */
  readonly root: URL;
}

const KINDS: readonly ForgeKind[] = ['github', 'gitlab', 'gitea'];
const API_PATH: Record<ForgeKind, string> = { github: '/api/v3', gitlab: '/api/v4', gitea: '/api/v1' };
/** What a host of each kind answers to somebody unknown, that no other kind does. */
const SIGNS: readonly (readonly [ForgeKind, string, RegExp])[] = [
  ['gitea', '/api/v1/version', /^\s*\{\s*"version"\s*:/],
  ['gitlab', '/api/v4/version', /^\s*\{\s*"(?:version|message)"\s*:/],
  [
    'github',
    '/api/v3/meta',
    /^\s*\{.*"(?:verifiable_password_authentication|installed_version|documentation_url)"\s*:/s,
  ],
];

/**
 * Returns where the repository of a Git address is. ELEVENTH_FORGE_REPOSITORY names its page where the Git address does
 * not lead to it (an alias of SSH, a mirror), ELEVENTH_FORGE the kind of a host that is not known and cannot be asked,
 * ELEVENTH_FORGE_URL its API. Throws `NO_FORGE`, `UNKNOWN_FORGE`, `BAD_FORGE_URL` and `FORGE_PLAIN_HTTP`.
 */
export async function findForge(url: string, world: ForgeWorld): Promise<ForgePlace> {
  const { env } = world;
  const named = env.ELEVENTH_FORGE_REPOSITORY || undefined;
  const web = webAddress(named ?? url);
  if (web === undefined) {
    const hint = 'ELEVENTH_FORGE_REPOSITORY=https://git.example.com/owner/repository';
    throw usageError('NO_FORGE', 'The address of the repository does not say on which host reviews of it are.', hint);
  }
  const given = env.ELEVENTH_FORGE_URL ? addressOf('ELEVENTH_FORGE_URL', env.ELEVENTH_FORGE_URL) : undefined;
  requireSafe(new URL(web.origin), given);
  const kind = askedKind(env) ?? knownKind(web.host) ?? (await tellingKind(web, given, world));
  const root = given ?? ofCi(kind, web, env) ?? new URL(apiOf(kind, web));
  requireSafe(root, given);
  return { kind, web: below(web, root), root };
}

function askedKind({ ELEVENTH_FORGE: asked = '' }: ForgeWorld['env']): ForgeKind | undefined {
  if (asked === '') return undefined;
  const kind = KINDS.find((name) => name === asked.toLowerCase());
  if (kind !== undefined) return kind;
  throw usageError(
    'UNKNOWN_FORGE',
    `${JSON.stringify(asked)} is no kind of host.`,
    `ELEVENTH_FORGE=${KINDS.join('|')}`,
  );
}

function knownKind(host: string): ForgeKind | undefined {
  if (host === 'github.com' || host.endsWith('.ghe.com')) return 'github';
  if (host === 'gitlab.com') return 'gitlab';
  return host === 'codeberg.org' || host === 'gitea.com' ? 'gitea' : undefined;
}

/** Asks a host which kind it is, without a token: it is not known yet who would get it. */
async function tellingKind(web: WebAddress, given: URL | undefined, { env }: ForgeWorld): Promise<ForgeKind> {
  const byPath = KINDS.find((kind) => given?.pathname.endsWith(API_PATH[kind]));
  if (byPath !== undefined) return byPath;
  for (const [kind, path, sign] of SIGNS) {
    const call = {
      method: 'GET',
      url: new URL(path, web.origin),
      headers: { accept: 'application/json', 'user-agent': 'eleventh' },
    };
    const answer = await exchange(call, env).catch(() => undefined);
    if (answer !== undefined && [200, 401, 403].includes(answer.status) && sign.test(answer.text)) return kind;
  }
  const hint = `ELEVENTH_FORGE=${KINDS.join('|')}, and ELEVENTH_FORGE_URL=<address of its API> where that is not the usual one`;
  throw usageError('UNKNOWN_FORGE', `${web.host} does not say whether it is GitHub, GitLab, Gitea or Forgejo.`, hint);
}

/** Returns the API's address as the CI of the same host says it. */
function ofCi(kind: ForgeKind, { host }: WebAddress, env: ForgeWorld['env']): URL | undefined {
  const hostOf = (address = '') => (URL.canParse(address) ? new URL(address).hostname : undefined);
  if (kind === 'github' && env.GITHUB_API_URL && hostOf(env.GITHUB_SERVER_URL) === host)
    return addressOf('GITHUB_API_URL', env.GITHUB_API_URL);
  if (kind === 'gitlab' && env.CI_API_V4_URL && hostOf(env.CI_API_V4_URL) === host)
    return addressOf('CI_API_V4_URL', env.CI_API_V4_URL);
  return undefined;
}

function apiOf(kind: ForgeKind, { origin, host }: WebAddress): string {
  if (kind !== 'github') return `${origin}${API_PATH[kind]}`;
  return host === 'github.com' || host.endsWith('.ghe.com') ? `https://api.${host}` : `${origin}${API_PATH.github}`;
}

/** Returns the address of a repository on a host that is not at the top of its server: `/git` is no group there. */
function below(web: WebAddress, root: URL): WebAddress {
  const prefix = /^(.+)\/api\/v\d+$/.exec(root.pathname)?.[1]?.split('/').slice(1) ?? [];
  const isBelow =
    root.origin === web.origin && prefix.length > 0 && prefix.every((part, index) => web.path[index] === part);
  const [owner, name, ...more] = isBelow ? web.path.slice(prefix.length) : web.path;
  if (owner === undefined || name === undefined) return web;
  return { ...web, origin: isBelow ? `${web.origin}/${prefix.join('/')}` : web.origin, path: [owner, name, ...more] };
}

/** A token is sent without encryption to this machine alone, or where ELEVENTH_FORGE_URL says so in so many words. */
function requireSafe(web: URL, given: URL | undefined): void {
  if (given !== undefined || web.protocol === 'https:' || isLoopback(web.hostname)) return;
  const hint = `ELEVENTH_FORGE_URL=https://${web.hostname}/…, or the same with http where that is what you want`;
  throw usageError('FORGE_PLAIN_HTTP', `${web.hostname} would be sent a token without encryption.`, hint);
}
