// `user@host:path`; one letter before the colon is a Windows drive, two colons are a remote helper.
const SCP_LIKE = /^(?:[^@/:]+@)?([A-Za-z0-9][A-Za-z0-9.-]+):(?!:|\/\/)\/*(.+)$/;

/**
 * Returns the https address of a repository from any address that Git takes (https, http, ssh, git, `git@host:path`),
 * without credentials, query, closing slash and `.git`; null for a path and for what is no address.
 */
export function sourceUrl(address: string): string | null {
  if (/[\s\p{Cc}]/u.test(address)) return null;
  const [, host, path] = SCP_LIKE.exec(address) ?? [];
  const url = parsed(host === undefined ? address : `ssh://${host}/${path}`);
  const server = url === null ? null : webServer(url);
  const repository = url?.pathname
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '');
  return server && repository ? (parsed(`https://${server}${repository}`)?.href ?? null) : null;
}

/** Returns an http or https address of a page without its credentials, or undefined for anything else. */
export function pageUrl(address: string | undefined): string | undefined {
  const url = parsed(address ?? '');
  if (url === null || !['https:', 'http:'].includes(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}

/** Returns the host, with the port where the address says which one https uses; an SSH server's says nothing of it. */
function webServer(url: URL): string | null {
  if (url.protocol === 'https:') return url.host;
  if (url.protocol === 'http:') return url.port === '' ? url.host : null;
  return ['ssh:', 'git+ssh:', 'ssh+git:', 'git:'].includes(url.protocol) ? url.hostname : null;
}

function parsed(address: string): URL | null {
  return URL.canParse(address) ? new URL(address) : null;
}
