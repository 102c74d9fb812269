import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plumb } from './by-hand.ts';
import { deliveredWorld, pinning } from './delivery.ts';
import { runHere } from './in-process.ts';
import { sha, type World } from './world.ts';

// SEED=<number> replays; another seed tries others.
const SEED = Number(process.env.SEED ?? 5);

/** What a person, a script or an attacker may write where a command takes a name. */
const NASTY = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '-x',
    '--force',
    '--repo=/',
    '--to=prod',
    '-h',
    '@',
    '*',
    '?',
    '.',
    '..',
    '/',
    '~',
    '\\',
    '%s',
    '#',
    '!',
  ],
  ...[
    '../x',
    './x',
    '/etc/passwd',
    'a b',
    'a\tb',
    'a\nb',
    'a\r\nb',
    'a\0b',
    '\0',
    '\u202egnp',
    '\ufeffmain',
    'é',
    '🙂',
    'x'.repeat(300),
    'x'.repeat(5000),
  ],
  ...[
    'HEAD',
    'FETCH_HEAD',
    'HEAD~1',
    'HEAD^',
    '@{u}',
    'main@{1}',
    ':/Pin',
    '^{}',
    'main^{tree}',
    'main:apps',
    'main..env/prod',
    '--all',
  ],
  ...[
    'main',
    'env',
    'env/prod',
    'env/prod/x',
    'refs/heads/main',
    'heads/main',
    'refs/tags/v1.0.0',
    'tags/v1.0.0',
    'v1.0.0',
    'v9.9.9',
    'v{version}',
    '{version}',
  ],
  ...[
    'staging',
    'preprod',
    'prod',
    'payments',
    'risk',
    'risk/fraud',
    'risk/fraud/x',
    'apps',
    'manifests',
    'x/manifests',
    'environment.yaml',
    'workspace.yaml',
  ],
  ...[
    '$(touch pwned)',
    '`touch pwned`',
    '; touch pwned',
    '| touch pwned',
    'ext::touch pwned',
    'file:///etc',
    '-oProxyCommand=touch pwned',
    '--upload-pack=touch pwned',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'null',
    'undefined',
    'NaN',
    'true',
    'no',
    '0',
    '-1',
    '1e3',
    '0x1f',
    '9'.repeat(40),
    'a'.repeat(40),
    sha(1),
    sha(1).slice(0, 7),
    sha(1).toUpperCase(),
  ],
  ...[
    'con',
    'nul',
    'aux.yaml',
    'PAYMENTS',
    'pay_ments',
    'payments.',
    '.payments',
    '.git',
    '.git/config',
    'x.lock',
    'payments=',
    '=',
    'payments=0000001',
    'payments=zzzz',
  ],
  ...[
    '1.2',
    '1.2.3',
    'v1.2.3',
    '1.2.3-rc.1',
    '1.2.3+b',
    '01.2.3',
    '999999999999999999999.0.0',
    '9007199254740991.0.0',
    '2026-01-01',
    '2026-13-45T00:00:00Z',
    '2999-01-01T00:00:00Z',
  ],
  ...[
    'ghcr.io/bank/payments:1',
    'ghcr.io/bank/payments:latest',
    'GHCR.IO/x',
    'x:y:z',
    '@sha256:',
    'https://user:secret@example.com/x',
    'A <a@b.c>',
    'A <a@b.c>\ncommitter E <e@e.e> 0 +0000',
    '<>',
    'A <>',
    'A <a b>',
  ],
];

/** A place for a nasty text, and the refs that a command may move if it takes the text for good. */
interface Place {
  readonly args: (text: string) => string[];
  readonly refs: (text: string) => readonly RegExp[];
  /** What stands on standard input. */
  readonly input?: (text: string) => string;
}

const staging = /^refs\/heads\/env\/staging$/;
const preprod = /^refs\/heads\/env\/preprod$/;
const prod = [/^refs\/heads\/env\/prod$/, /^refs\/tags\/v\d+\.\d+\.\d+$/];
const main = /^refs\/heads\/main$/;
const candidate = /^refs\/tags\/v\d+\.\d+\.\d+-rc\.\d+$/;
const exactly = (branch: string) => ({ test: (ref: string) => ref === `refs/heads/${branch}` }) as RegExp;
const known = ['--commit', sha(3), '--built', '2024-05-03T00:00:00Z'];

const place = (args: Place['args'], ...refs: readonly RegExp[]): Place => ({ args, refs: () => refs });
const option = (command: readonly string[], name: string, ...refs: readonly RegExp[]): Place[] => [
  place((text) => [...command, name, text], ...refs),
  place((text) => [...command, `${name}=${text}`], ...refs),
];

const inBatch = (field: string): Place => ({
  args: () => ['pin', '--batch', '-'],
  refs: () => [staging],
  input: (text) => JSON.stringify({ id: 'payments', commit: sha(3), [field]: text }),
});

const PLACES: readonly Place[] = [
  place((text) => [text]),
  ...['status', 'log', 'show', 'diff', 'completion', 'help'].map((command) => place((text) => [command, text])),
  place((text) => ['diff', text, text]),
  ...option(['log', 'prod'], '--service'),
  ...option(['log', 'prod'], '--limit'),
  place((text) => ['pin', text, ...known], staging),
  ...['--image', '--branch', '--version', '--source', '--to', '--author', '--manifests'].flatMap((name) =>
    option(['pin', 'payments', ...known], name, staging),
  ),
  ...option(['pin', 'payments'], '--commit', staging),
  ...option(['pin', 'payments', '--commit', sha(3)], '--built', staging),
  ...option(['pin'], '--batch', staging),
  { args: () => ['pin', '--batch', '-'], refs: () => [staging], input: (text) => text },
  ...['id', 'image', 'commit', 'branch', 'version', 'built', 'source', 'manifests', 'to'].map(inBatch),
  place((text) => ['promote', text, '--to', 'preprod'], preprod),
  place((text) => ['promote', text, '--to', 'prod'], ...prod),
  ...option(['promote', 'staging'], '--to', preprod),
  ...option(['promote', 'staging', '--to', 'preprod'], '--only', preprod),
  ...option(['promote', 'staging', '--to', 'preprod'], '--allow-downgrade', preprod),
  ...option(['promote', 'preprod', '--to', 'prod'], '--version', ...prod),
  ...option(['promote', 'preprod', '--to', 'prod'], '--bump', ...prod),
  place((text) => ['release', text], ...prod.slice(1)),
  ...option(['release'], '--version', ...prod.slice(1)),
  place((text) => ['rollback', text], staging, preprod, ...prod),
  ...option(['rollback', 'prod'], '--to', ...prod),
  ...option(['rollback', 'prod'], '--only', ...prod),
  ...['--from', '--set', '--without'].flatMap((name) => option(['compose'], name, candidate)),
  place((text) => ['update', text], staging, preprod, prod[0] ?? main),
  place((text) => ['service', 'add', text], main),
  place((text) => ['service', 'remove', text], main),
  ...['--image', '--owner', '--source', '--manifests'].flatMap((name) =>
    option(['service', 'add', 'cards'], name, main),
  ),
  { args: (text) => ['service', 'add', 'cards', `--branch=${text}`], refs: (text) => [exactly(text)] },
  { args: (text) => ['service', 'remove', 'ledger', '--branch', text], refs: (text) => [exactly(text)] },
  place((text) => ['env', 'add', text], main),
  ...['--from', '--like', '--deploys-from', '--release-tag'].flatMap((name) =>
    option(['env', 'add', 'uat'], name, main),
  ),
  { args: (text) => ['env', 'add', 'uat', `--branch=${text}`], refs: (text) => [exactly(text)] },
];

function refsOf(world: World): Map<string, string> {
  const lines = plumb(world, ['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}

/** Runs a command line with a nasty text in it and checks that no ref moved but those that it is about, forward. */
async function attack(world: World, { args, refs, input }: Place, text: string): Promise<void> {
  const before = refsOf(world);
  const command = args(text);
  const { code, stdout, stderr } = await runHere(world, command, { input: input?.(text) ?? '' });
  const what = `${JSON.stringify(command)} exited with ${code}\n${stdout}${stderr}`;
  const after = refsOf(world);
  expect([0, 1, 2, 3], what).toContain(code);
  expect(stderr, what).not.toMatch(/INTERNAL|\n\s+at /);
  // A folder's name is shown as it is.
  if (!what.includes('--manifests')) expect(`${stdout}${stderr}`, what).not.toContain('://user:secret');
  if (code !== 0) expect(stderr.trimEnd().split('\n').length, what).toBeLessThanOrEqual(2);
  for (const [ref, value] of before) {
    if (after.get(ref) === value) continue;
    expect(code, what).toBe(0);
    expect(refs(text).some((allowed) => allowed.test(ref)) ? '' : ref, what).toBe('');
    expect(ref.startsWith('refs/tags/') ? 'moved a tag' : '', what).toBe('');
    plumb(world, ['merge-base', '--is-ancestor', value, after.get(ref) ?? '']);
  }
  const made = [...after.keys()].filter((ref) => !before.has(ref));
  if (made.length > 0) expect(code, what).toBe(0);
  for (const ref of made) expect(refs(text).some((allowed) => allowed.test(ref)) ? '' : ref, what).toBe('');
  // Back to where it was, for the next one.
  if (after.size !== before.size || [...after].some(([ref, value]) => before.get(ref) !== value)) {
    expect(plumb(world, ['fsck', '--strict', '--no-dangling']), what).toBe('');
    for (const ref of made) plumb(world, ['update-ref', '-d', ref]);
    for (const [ref, value] of before) plumb(world, ['update-ref', ref, value]);
  }
}

describe(`no text that a user can pass (seed ${SEED})`, () => {
  it('moves a ref that the command is not about, starts a program or crashes', async () => {
    const world = await deliveredWorld();
    for (const args of [pinning('payments', 2), ['promote', 'staging', '--to', 'preprod'], pinning('ledger', 2)])
      await world.ok(...args);
    const text = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...NASTY) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PLACES), text, (place, nasty) => attack(world, place, nasty)),
      { seed: SEED, numRuns: Number(process.env.RUNS ?? 250), endOnFailure: true, includeErrorInReport: true },
    );
    for (const folder of [world.root, world.empty, world.remote, process.cwd()])
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  it('is taken for an option of Git, or for a program, where a repository is named', async () => {
    const world = await deliveredWorld();
    // No argument and no variable can hold a NUL.
    for (const text of NASTY.filter((nasty) => !nasty.includes('\0'))) {
      const { code, stderr } = await runHere(world, ['status', '--repo', text]);
      expect([0, 1, 2], `${JSON.stringify(text)}\n${stderr}`).toContain(code);
      expect(stderr, JSON.stringify(text)).not.toMatch(/INTERNAL|:\/\/user:secret/);
    }
    for (const folder of [world.root, world.empty, process.cwd()])
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});
