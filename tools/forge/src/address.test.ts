import { describe, expect, it } from 'vitest';
import { webAddress } from './address.ts';

describe('the web address of a repository', () => {
  it.each([
    ['https://github.com/acme/deployments.git', 'https://github.com', 'acme/deployments'],
    ['https://ada:secret@github.com/acme/deployments', 'https://github.com', 'acme/deployments'],
    ['https://git.example.com:8443/acme/deployments/', 'https://git.example.com:8443', 'acme/deployments'],
    ['git@gitlab.com:acme/platform/deployments.git', 'https://gitlab.com', 'acme/platform/deployments'],
    ['ssh://git@git.example.com:2222/acme/deployments.git', 'https://git.example.com', 'acme/deployments'],
    ['ssh://git@ssh.github.com:443/acme/deployments.git', 'https://github.com', 'acme/deployments'],
    ['http://127.0.0.1:3000/acme/deployments.git', 'http://127.0.0.1:3000', 'acme/deployments'],
  ])('of %s', (address, origin, path) => {
    expect(webAddress(address)).toMatchObject({ origin, path: path.split('/') });
  });

  it.each([
    ...[
      '/srv/git/deployments.git',
      'file:///srv/git/deployments.git',
      'C:\\git\\deployments',
      'https://github.com/acme',
      '',
    ],
    ...[
      'https://github.com/acme/..%2fother',
      'https://github.com/%2e%2e/x',
      'git@host:a/b c',
      'git://host/a/b',
      'ext::sh -c/a/b',
    ],
  ])('is none of %j', (address) => {
    expect(webAddress(address)).toBeUndefined();
  });
});
