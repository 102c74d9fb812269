import { Api } from './api.ts';
import type { Forge, ForgeKind } from './forge.ts';
import { findForge } from './forge-place.ts';
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
  const { kind, web, root } = await findForge(url, world);
  const token = await findToken(kind, web.host, world);
  const headers = {
    authorization: `${kind === 'gitea' ? 'token' : 'Bearer'} ${token.value}`,
    ...(kind === 'github' ? { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' } : {}),
  };
  const host = { name: new URL(web.origin).host, token, scopes: SCOPES[kind] };
  const api = new Api({ root, headers, page: PAGE[kind], host }, world);
  if (kind === 'github') return new GitHub(api, web);
  return kind === 'gitlab' ? new GitLab(api, web) : new Gitea(api, web);
}
