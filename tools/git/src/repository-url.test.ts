import { describe, expect, it } from 'vitest';
import { assertRepositoryUrl, cacheName, isLocal } from './repository-url.ts';

describe('assertRepositoryUrl', () => {
  it.each([
    'https://example.com/acme/deploy.git',
    'http://localhost:3000/x',
    'ssh://git@example.com:2222/x.git',
    'git@example.com:acme/x.git',
    'host:path',
    'git://example.com/x',
    'file:///srv/x.git',
    '/srv/deploy me/ü.git',
    'https://[::1]:8080/x',
    'git@[::1]:x.git',
  ])('takes %s', (url) => {
    expect(() => assertRepositoryUrl(url)).not.toThrow();
  });

  it.each([
    '',
    '--upload-pack=touch /tmp/owned',
    '-u',
    'ext::sh -c true',
    'fd::17',
    '::sh',
    'foo+bar.x::https://example.com',
    'ext://sh',
    'foo://example.com/x',
    'https://example.com/x\n--upload-pack=y',
    'a\0b',
  ])('refuses %j as bad usage', (url) => {
    expect(() => assertRepositoryUrl(url)).toThrow(expect.objectContaining({ code: 'BAD_REPOSITORY', exitCode: 2 }));
  });

  it('does not repeat a secret', () => {
    expect(() => assertRepositoryUrl('foo://ada:s3cr3t@example.com/x')).not.toThrow(/s3cr3t/);
  });
});

describe('cacheName', () => {
  it.each([
    ['https://example.com/acme/x', 'https://ada:t0ken@EXAMPLE.com/acme/x.git/'],
    ['/srv/x.git', 'file:///srv/x.git/'],
    ['ssh://example.com/x', 'ssh://git@example.com/x.git'],
  ])('is the same for %s and %s', (one, other) => {
    expect(cacheName(one)).toBe(cacheName(other));
    expect(cacheName(one)).toMatch(/^[0-9a-f]{64}\.git$/);
  });

  it.each([
    ['/srv/x', '/srv/x.git'],
    ['https://example.com/x', 'https://example.com/X'],
    ['https://example.com:8443/x', 'https://example.com/x'],
  ])('differs for %s and %s', (one, other) => {
    expect(cacheName(one)).not.toBe(cacheName(other));
  });
});

describe('isLocal', () => {
  it.each(['/srv/x.git', 'srv/x.git', './host:path', 'file:///srv/x.git', 'FILE:///srv/x.git'])(
    'holds for %s',
    (url) => {
      expect(isLocal(url)).toBe(true);
    },
  );

  it.each(['git@host:srv/x.git', 'host:x', 'ssh://host/x', 'https://host/x.git', 'git://host/x'])(
    'does not hold for %s',
    (url) => {
      expect(isLocal(url)).toBe(false);
    },
  );
});
