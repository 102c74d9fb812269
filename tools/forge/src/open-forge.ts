import { Api } from './api.ts';
import type { Forge, ForgeKind } from './forge.ts';
import { type ForgePlace, findForge } from './forge-place.ts';
import type { ForgeWorld } from './forge-world.ts';
import { Gitea } from './gitea/gitea.ts';
import { GitHub } from './github/github.ts';
import { GitLab } from './gitlab/gitlab.ts';
import { findToken } from './token.ts';

/** What a token has to be allowed, in each host's own words. */
const SCOPES: Record<ForgeKind, string> = {
  github: 'pull requests, issues and contents: write, checks and commit statuses: read; of a classic token `repo`',
  gitlab: 'the scope `api` and at least the role Developer',
  gitea: 'the scopes write:repository, write:issue and read:user',
};
/** What it has to be allowed to protect branches. */
const ADMIN: Record<ForgeKind, string> = {
  github: 'administration: write; of a classic token `repo`, of somebody who administers the repository',
  gitlab: 'the scope `api` and the role Maintainer',
  gitea: 'the scope write:repository, of somebody who administers the repository',
};
const PAGE: Record<ForgeKind, Readonly<Record<string, number>>> = {
  github: { per_page: 100 },
  gitlab: { per_page: 100 },
  gitea: { limit: 50 },
};

/**
 * Returns the repository of a Git address (https, ssh, or `git@host:path`) on its host. Throws as `findForge` and `findToken`
 * do; nothing was asked of the repository yet.
 */
export async function openForge(url: string, world: ForgeWorld): Promise<Forge> {
  const place = await findForge(url, world);
  const api = await openApi(place, SCOPES, world);
  if (place.kind === 'github') return new GitHub(api, place.web);
  return place.kind === 'gitlab' ? new GitLab(api, place.web) : new Gitea(api, place.web);
}

/** Returns the API of a place for somebody who administers the repository. Throws as `findToken` does. */
export function openAdministration(place: ForgePlace, world: ForgeWorld): Promise<Api> {
  return openApi(place, ADMIN, world);
}

async function openApi({ kind, web, root }: ForgePlace, scopes: typeof SCOPES, world: ForgeWorld): Promise<Api> {
  const token = await findToken(kind, web.host, world);
  const headers = {
    authorization: `${kind === 'gitea' ? 'token' : 'Bearer'} ${token.value}`,
    ...(kind === 'github' ? { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' } : {}),
  };
  const host = { name: new URL(web.origin).host, token, scopes: scopes[kind] };
  return new Api({ root, headers, page: PAGE[kind], host }, world);
}
