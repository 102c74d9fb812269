import { usageError } from '@eleventh/core';

/** Where a repository is on the web. */
export interface WebAddress {
  /** `https://git.example.com`, with a port where it is not the usual one, without a slash at the end. */
  readonly origin: string;
  /** In lower case, without the port. */
  readonly host: string;
  /** The parts of the repository's path: owner and name, or groups, subgroups and name. */
  readonly path: readonly [string, string, ...string[]];
}

// `user@host:path`; one letter before the colon is a Windows drive, two colons are a remote helper.
const SCP_LIKE = /^(?:[^@/:]+@)?([A-Za-z0-9][A-Za-z0-9.-]+):(?!:|\/\/)\/*(.+)$/;
// GitHub and GitLab take SSH on the port of https at names of its own, for networks that let nothing else out.
const SSH_NAMES: Record<string, string> = { 'ssh.github.com': 'github.com', 'altssh.gitlab.com': 'gitlab.com' };

/**
 * Returns where the repository of a Git address is on the web; `undefined` for what has no web address (a folder). The
 * port of an SSH server says nothing of the web's, and credentials in the address are left out.
 */
export function webAddress(address: string): WebAddress | undefined {
  const [, host, rest] = SCP_LIKE.exec(address) ?? [];
  const text = host === undefined ? address : `ssh://${host}/${rest}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !(isWeb || /^(git\+)?ssh(\+git)?:$/.test(url.protocol))) return undefined;
  const name = url.hostname.toLowerCase();
  const origin = isWeb ? url.origin : `https://${SSH_NAMES[name] ?? name}`;
  const path = segments(url.pathname.replace(/\.git\/*$/, ''));
  const [owner, repository, ...more] = path ?? [];
  if (path === undefined || owner === undefined || repository === undefined) return undefined;
  return { origin, host: new URL(origin).hostname, path: [owner, repository, ...more] };
}

/** Returns the decoded parts of a path, or undefined where one of them is not what a host calls a repository or group. */
function segments(path: string): string[] | undefined {
  try {
    const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
    return parts.every((part) => /^[\w.~+-]+$/.test(part) && !/^\.+$/.test(part)) ? parts : undefined;
  } catch {
    return undefined;
  }
}

/** Returns whether a host is this machine, whatever the network does. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Returns the address of an environment variable, without a slash at its end. Throws `BAD_FORGE_URL`. */
export function addressOf(variable: string, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return new URL(url.href.replace(/\/+$/, ''));
  const hint = `${variable}=https://git.example.com/…, without a name or a password in it`;
  throw usageError('BAD_FORGE_URL', `What ${variable} says is not the address of a host.`, hint);
}
