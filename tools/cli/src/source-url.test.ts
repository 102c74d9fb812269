import { describe, expect, it } from 'vitest';
import { pageUrl, sourceUrl } from './source-url.ts';

describe('sourceUrl', () => {
  it.each([
    ['https://github.com/acme/payments', 'https://github.com/acme/payments'],
    ['https://github.com/acme/payments.git', 'https://github.com/acme/payments'],
    ['https://github.com/acme/payments.git/', 'https://github.com/acme/payments'],
    ['https://GitHub.com/acme/payments/', 'https://github.com/acme/payments'],
    ['http://github.com/acme/payments', 'https://github.com/acme/payments'],
    ['https://git.example.com:8443/acme/payments.git', 'https://git.example.com:8443/acme/payments'],
    ['git@github.com:acme/payments.git', 'https://github.com/acme/payments'],
    ['github.com:acme/payments', 'https://github.com/acme/payments'],
    ['git@git.example.com:/srv/git/payments.git', 'https://git.example.com/srv/git/payments'],
    ['ssh://git@github.com/acme/payments.git', 'https://github.com/acme/payments'],
    ['ssh://git@git.example.com:2222/acme/payments.git', 'https://git.example.com/acme/payments'],
    ['git://git.example.com:9418/acme/payments', 'https://git.example.com/acme/payments'],
    ['https://gitlab.com/group/sub/payments.git?ref=main#readme', 'https://gitlab.com/group/sub/payments'],
  ])('makes %s a page', (address, page) => {
    expect(sourceUrl(address)).toBe(page);
    expect(sourceUrl(page)).toBe(page);
  });

  it.each([
    'https://x-access-token:s3cret@github.com/acme/payments.git',
    'https://s3cret@github.com/acme/payments',
    'ssh://me:s3cret@github.com/acme/payments',
  ])('drops the credentials of %s', (address) => {
    expect(sourceUrl(address)).toBe('https://github.com/acme/payments');
  });

  it.each([
    '',
    '/srv/git/payments.git',
    '../payments',
    'payments',
    'C:/git/payments',
    'C:\\git\\payments',
    'file:///srv/payments.git',
    'https://',
    'https://github.com/',
    'https://github.com/.git',
    'http://10.0.0.7:3000/acme/payments',
    'ext::sh',
    'ext::sh -c touch% x',
    'git@github.com:acme/pay\nments',
    'javascript://github.com/%0aalert(1)',
  ])('makes nothing of %j', (address) => {
    expect(sourceUrl(address)).toBeNull();
  });
});

describe('pageUrl', () => {
  it('keeps a page of http and https, without credentials', () => {
    expect(pageUrl('http://jenkins.example.com:8080/job/payments/7/')).toBe(
      'http://jenkins.example.com:8080/job/payments/7/',
    );
    expect(pageUrl('https://me:s3cret@ci.example.com/builds/7')).toBe('https://ci.example.com/builds/7');
  });

  it.each([undefined, '', 'builds/7', 'javascript:alert(1)', 'file:///etc/passwd'])(
    'makes nothing of %j',
    (address) => {
      expect(pageUrl(address)).toBeUndefined();
    },
  );
});
