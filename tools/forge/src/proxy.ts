import { isLoopback } from './address.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns the proxy through which a host is reached, as curl reads the environment: HTTPS_PROXY, else ALL_PROXY, unless
 * NO_PROXY names the host, a domain that it is in, either with a port, or `*`; this machine is never behind one. HTTP_PROXY is read in lower case alone:
 * in capitals it is a request's header to a CGI program.
 */
export function proxyFor(url: URL, env: Variables): URL | undefined {
  if (isLoopback(url.hostname)) return undefined;
  const named = (...names: string[]) => names.map((name) => env[name]).find((value) => value);
  const proxy = named(
    ...(url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy']),
    'all_proxy',
    'ALL_PROXY',
  );
  if (proxy === undefined || isExempt(url, named('no_proxy', 'NO_PROXY') ?? '')) return undefined;
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', onPort] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
      const domain = name.replace(/^\*?\./, '');
      const isInside = domain !== '' && (hostname === domain || hostname.endsWith(`.${domain}`));
      return isInside && (onPort === undefined || onPort === ownPort);
    });
}
