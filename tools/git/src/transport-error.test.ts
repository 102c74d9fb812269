import { describe, expect, it } from 'vitest';
import { failureKind, lastWords, transportError } from './transport-error.ts';

const TRAILER =
  '\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n';

describe('transportError', () => {
  it.each([
    ['REPOSITORY_NOT_FOUND', 'ERROR: Repository not found.', TRAILER, 'Repository not found.'],
    [
      'REPOSITORY_NOT_FOUND',
      "fatal: repository 'https://a:b@example.com/x/' not found",
      '',
      "repository 'https://example.com/x/' not found",
    ],
    [
      'REPOSITORY_NOT_FOUND',
      'remote: The project you were looking for could not be found.\nfatal: repository not found',
      '',
      'repository not found',
    ],
    [
      'REPOSITORY_NOT_FOUND',
      "fatal: '/srv/x' does not appear to be a git repository",
      TRAILER,
      "'/srv/x' does not appear to be a git repository",
    ],
    [
      'PERMISSION_DENIED',
      'git@example.com: Permission denied (publickey).',
      TRAILER,
      'git@example.com: Permission denied (publickey).',
    ],
    [
      'PERMISSION_DENIED',
      "fatal: Authentication failed for 'https://tok@example.com/x/'",
      '',
      "Authentication failed for 'https://example.com/x/'",
    ],
    [
      'PERMISSION_DENIED',
      "fatal: could not read Username for 'https://example.com': terminal prompts disabled",
      '',
      "could not read Username for 'https://example.com': terminal prompts disabled",
    ],
    [
      'PERMISSION_DENIED',
      "fatal: unable to access 'https://example.com/x/': The requested URL returned error: 403",
      '',
      "unable to access 'https://example.com/x/': The requested URL returned error: 403",
    ],
    [
      'REPOSITORY_UNREACHABLE',
      'ssh: Could not resolve hostname nowhere: Name or service not known',
      TRAILER,
      'ssh: Could not resolve hostname nowhere: Name or service not known',
    ],
    ['REPOSITORY_UNREACHABLE', 'Host key verification failed.', TRAILER, 'Host key verification failed.'],
    [
      'REPOSITORY_UNREACHABLE',
      "fatal: unable to access 'https://example.com/x/': SSL certificate problem: unable to get local issuer certificate",
      '',
      "unable to access 'https://example.com/x/': SSL certificate problem: unable to get local issuer certificate",
    ],
    [
      'REPOSITORY_UNREACHABLE',
      "fatal: unable to access 'https://example.com/x/': The requested URL returned error: 502",
      '',
      "unable to access 'https://example.com/x/': The requested URL returned error: 502",
    ],
    [
      'REPOSITORY_UNREACHABLE',
      'kex_exchange_identification: Connection closed by remote host',
      TRAILER,
      'kex_exchange_identification: Connection closed by remote host',
    ],
    ['REPOSITORY_UNREACHABLE', '', TRAILER, 'Could not read from remote repository.'],
    ['REPOSITORY_UNREACHABLE', '', '', 'git said nothing'],
  ])('is %s for %j', (code, complaint, trailer, reason) => {
    const error = transportError('https://ada:s3cr3t@example.com/x', complaint + trailer, '/cache');
    expect(error).toMatchObject({ code, hint: 'git ls-remote https://example.com/x' });
    // Where nothing is, Git's words only say the address again.
    const end = code === 'REPOSITORY_NOT_FOUND' ? ' at https://example.com/x that you may read.' : `: ${reason}`;
    expect(error.message.endsWith(end)).toBe(true);
  });

  it('names the cache when the disk is full, wherever Git says so', () => {
    const stderr = 'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output\n';
    expect(transportError('/srv/x', stderr, '/cache')).toMatchObject({
      code: 'CACHE_UNWRITABLE',
      message: 'The cache in /cache cannot be written: No space left on device.',
    });
  });
});

describe('failureKind', () => {
  it("tells the server's troubles from the cache's", () => {
    expect(failureKind('error: packfile /cache/x.pack cannot be accessed\n')).toBe('damaged');
    expect(failureKind('remote: error: packfile /srv/x.pack cannot be accessed\n')).toBe('broken');
    expect(failureKind('error: remote unpack failed: No space left on device\n')).toBe('broken');
  });
});

describe('lastWords', () => {
  it('says why, not that it failed, and leaves hints and warnings out', () => {
    expect(
      lastWords('warning: redirecting\nfatal: the reason\nfatal: the remote end hung up unexpectedly\nhint: try\n'),
    ).toBe('the reason');
  });
});

it.each(['https://example.com/o/anti-corruption-layer.git', '/srv/is missing/packfile.git'])(
  'does not take the name %s for damage',
  (url) => {
    expect(failureKind(`error: failed to push some refs to '${url}'\n`)).toBe('broken');
    expect(failureKind(`fatal: bad object in '${url}'\n`)).toBe('damaged');
  },
);
