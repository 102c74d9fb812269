import { describe, expect, it } from 'vitest';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import { formatMessage, type Trailer } from './message.ts';
import type { ServiceChange } from './release.ts';
import { changeLabel, compareLink, releaseNotes } from './release-notes.ts';
import type { Commit, View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

const FROM = 'a'.repeat(40);
const TO = 'b'.repeat(40);

function pin(commit: string, version?: string, source = 'https://github.com/acme/payments'): Pin {
  return { commit, branch: 'main', resources: [], images: [], version, source };
}

describe('compareLink', () => {
  it.each([
    ['https://github.com/acme/payments', `https://github.com/acme/payments/compare/${FROM}...${TO}`],
    ['https://github.com/acme/payments.git', `https://github.com/acme/payments/compare/${FROM}...${TO}`],
    ['https://github.com/acme/payments.git/', `https://github.com/acme/payments/compare/${FROM}...${TO}`],
    ['https://GitHub.com/acme/payments//', `https://github.com/acme/payments/compare/${FROM}...${TO}`],
    ['https://github.acme.example/acme/payments', `https://github.acme.example/acme/payments/compare/${FROM}...${TO}`],
    ['https://codeberg.org/acme/payments', `https://codeberg.org/acme/payments/compare/${FROM}...${TO}`],
    [
      'https://gitea.acme.example:3000/acme/payments',
      `https://gitea.acme.example:3000/acme/payments/compare/${FROM}...${TO}`,
    ],
    ['https://gitlab.com/acme/group/payments', `https://gitlab.com/acme/group/payments/-/compare/${FROM}...${TO}`],
    [
      'https://gitlab.acme.example/acme/payments.git',
      `https://gitlab.acme.example/acme/payments/-/compare/${FROM}...${TO}`,
    ],
    ['https://bitbucket.org/acme/payments', `https://bitbucket.org/acme/payments/branches/compare/${TO}..${FROM}`],
  ])('of %s', (source, link) => {
    expect(compareLink(source, FROM, TO)).toBe(link);
  });

  it.each([
    undefined,
    '',
    'acme/payments',
    '/srv/git/payments.git',
    'git@github.com:acme/payments.git',
    'ssh://git@github.com/acme/payments',
    'http://github.com/acme/payments',
    'javascript://github.com/%0aalert(1)',
    'https://git.example.com/acme/payments',
    'https://evil/github.com',
    'https://evil.example/github.com/acme/payments',
    'https://github.com.evil.example/acme/payments',
    'https://gitlab.com.evil.example/acme/payments',
    'https://bitbucket.org.evil.example/acme/payments',
    'https://codeberg.org.evil.example/acme/payments',
    'https://notgithub.com/acme/payments',
    'https://github.com@evil.example/acme/payments',
    'https://evil.example?github.com',
    'https://evil.example#github.com',
    'https://',
  ])('is none for %j', (source) => {
    expect(compareLink(source, FROM, TO)).toBeUndefined();
  });

  it('is none for a build that stayed', () => {
    expect(compareLink('https://github.com/acme/payments', FROM, FROM)).toBeUndefined();
  });

  it.each([
    'https://me:s3cret@github.com/acme/payments',
    'https://github.com/acme/payments?token=s3cret#x',
    'https://github.com/acme/\npayments\n',
    'https://github.com\\acme\\payments',
  ])('holds nothing but the page, on one line: %j', (source) => {
    expect(compareLink(source, FROM, TO)).toBe(`https://github.com/acme/payments/compare/${FROM}...${TO}`);
  });
});

describe('changeLabel', () => {
  it.each([
    [pin(FROM, '2.0.0'), pin(TO, '2.1.0'), '2.0.0 (aaaaaaa) -> 2.1.0 (bbbbbbb)'],
    [pin(FROM), pin(TO), 'aaaaaaa -> bbbbbbb'],
    [null, pin(TO, '2.1.0'), 'added at 2.1.0 (bbbbbbb)'],
    [pin(FROM), null, 'removed, was aaaaaaa'],
    [pin(FROM), pin(FROM), 'aaaaaaa, other manifests or images'],
    [null, null, 'removed'],
  ])('says it in a few words', (before, after, label) => {
    expect(changeLabel(before, after)).toBe(label);
  });
});

describe('releaseNotes', () => {
  const staging: Environment = { name: 'staging', branch: 'env/staging', from: [], policy: { digests: 'optional' } };
  const oid = (number: number) => number.toString(16).padStart(40, '0');

  /** Returns a repository whose staging branch recorded some pins, oldest first. */
  function recorded(pins: readonly (readonly Trailer[])[]): { view: View; workspace: Workspace } {
    const person = { name: 'Test Author', email: 'author@example.com', time: 0, zone: '+0000' };
    const line = pins.map((trailers, index): Commit => {
      const message = formatMessage({ subject: 'Pin', body: '', trailers });
      return { oid: oid(index), tree: FROM, parents: [], author: person, committer: person, message };
    });
    const view: View = {
      refs: { head: 'main', branches: new Map([['env/staging', oid(0)]]), tags: new Map() },
      commit: async () => line[0]!,
      snapshot: () => new MemorySnapshot({}),
      line: async function* () {
        yield* [...line].reverse();
      },
      readAhead: async () => {},
      tag: async () => null,
      expand: async () => null,
      signed: async () => null,
      signingKey: () => null,
    };
    const workspace = {
      branch: 'main',
      commit: FROM,
      snapshot: new MemorySnapshot({}),
      environments: [staging],
      first: staging,
      attestations: 'attestations',
      signers: { lines: [], problem: null },
      teams: {},
      logins: {},
      keys: null,
      check: { rules: {}, platform: null, custom: [], external: {} },
    };
    return { view, workspace };
  }

  async function notes(pins: readonly (readonly Trailer[])[], ...changes: ServiceChange[]): Promise<string> {
    const { view, workspace } = recorded(pins);
    return releaseNotes(view, workspace, changes, 'v1.4.0');
  }

  const payments: ServiceChange = {
    id: 'payments',
    from: FROM,
    to: TO,
    before: pin(oid(1), '1.0.0'),
    after: pin(oid(3), '1.1.0'),
  };

  it('say of each service what it was, what it is, and the subjects of every pin between', async () => {
    const pins: Trailer[][] = [
      [
        ['Service', 'payments'],
        ['Commit', oid(1)],
      ],
      [
        ['Service', 'payments'],
        ['Commit', oid(2)],
        ['Replaces', oid(1)],
        ['Change', `${'1'.repeat(12)} First`],
      ],
      [
        ['Service', 'ledger'],
        ['Commit', oid(9)],
        ['Replaces', oid(8)],
        ['Change', `${'9'.repeat(12)} Not ours`],
      ],
      [
        ['Service', 'payments'],
        ['Commit', oid(3)],
        ['Replaces', oid(2)],
        ['Change', `${'3'.repeat(12)} Third`],
        ['Change', `${'2'.repeat(12)} Second`],
        ['Changes-Omitted', '4'],
      ],
      [
        ['Service', 'payments'],
        ['Commit', oid(4)],
        ['Replaces', oid(3)],
        ['Change', `${'4'.repeat(12)} Too late`],
      ],
    ];
    const removed: ServiceChange = { id: 'web', from: FROM, to: null, before: pin(FROM), after: null };
    expect(await notes(pins, payments, removed)).toBe(`v1.4.0

payments: 1.0.0 (0000000) -> 1.1.0 (0000000)
  - 3333333 Third
  - 2222222 Second
  - and 4 more
  - 1111111 First
  https://github.com/acme/payments/compare/${oid(1)}...${oid(3)}

web: removed, was aaaaaaa
`);
  });

  it('say so when nothing changed', async () => {
    expect(await notes([])).toBe('v1.4.0\n\nNo service changed.\n');
  });

  it('say what they know when pins are missing, or go round in a circle', async () => {
    const gap: Trailer[][] = [
      [
        ['Service', 'payments'],
        ['Commit', oid(3)],
        ['Replaces', oid(2)],
        ['Change', `${'3'.repeat(12)} Third`],
      ],
    ];
    const circle: Trailer[][] = [
      ...gap,
      [
        ['Service', 'payments'],
        ['Commit', oid(2)],
        ['Replaces', oid(3)],
      ],
    ];
    for (const pins of [gap, circle])
      expect(await notes(pins, payments)).toContain('  - 3333333 Third\n  https://github.com');
  });

  it('list at most fifty subjects of a service', async () => {
    const many = Array.from(
      { length: 60 },
      (_, index): Trailer => ['Change', `${oid(index).slice(0, 12)} Number ${index}`],
    );
    const text = await notes([[['Service', 'payments'], ['Commit', oid(3)], ['Replaces', oid(1)], ...many]], payments);
    expect(text.match(/ {2}- 0000000 Number/g)).toHaveLength(50);
    expect(text).toContain('  - and 10 more\n');
  });
});
