import { describe, expect, it } from 'vitest';
import { proxyFor } from './proxy.ts';

const host = new URL('https://api.github.com/repos');
const proxy = (env: Record<string, string>, url = host) => proxyFor(url, env)?.href;

describe('the proxy to a host', () => {
  it('is what the environment says', () => {
    expect(proxy({})).toBeUndefined();
    expect(proxy({ HTTPS_PROXY: 'http://proxy.example.com:3128' })).toBe('http://proxy.example.com:3128/');
    expect(proxy({ https_proxy: 'proxy.example.com:3128' })).toBe('http://proxy.example.com:3128/');
    expect(proxy({ ALL_PROXY: 'http://proxy.example.com' })).toBe('http://proxy.example.com/');
    expect(proxy({ HTTP_PROXY: 'http://proxy.example.com' }, new URL('http://git.example.com'))).toBeUndefined();
    expect(proxy({ http_proxy: 'http://proxy.example.com' }, new URL('http://git.example.com'))).toBeDefined();
  });

  it.each(['*', 'github.com', '.github.com', '*.github.com', 'api.github.com:443', 'example.com, API.GitHub.com'])(
    'is none with NO_PROXY=%s',
    (list) => {
      expect(proxy({ HTTPS_PROXY: 'http://proxy', NO_PROXY: list })).toBeUndefined();
    },
  );

  it.each(['', 'hub.com', 'api.github.com:8443', 'example.com'])('is used with NO_PROXY=%s', (list) => {
    expect(proxy({ HTTPS_PROXY: 'http://proxy', NO_PROXY: list })).toBe('http://proxy/');
  });

  it('is none to this machine', () => {
    expect(proxy({ http_proxy: 'http://proxy' }, new URL('http://127.0.0.1:3000'))).toBeUndefined();
  });
});
