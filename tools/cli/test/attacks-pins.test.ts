import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileAt, overtake, plumb, revertByHand } from './by-hand.ts';
import { deliveredWorld, pin, pinning, refused, running } from './delivery.ts';
import { sha, World } from './world.ts';

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n';
const PIN = 'apps/payments/kustomization.yaml';

describe('a slow build', () => {
  it('that is retried after a newer one landed does not win', async () => {
    const world = await deliveredWorld();
    await pin(world, 3, 'payments');
    const { exit, code, message } = await refused(world, ...pinning('payments', 2));
    expect({ exit, code }).toEqual({ exit: 3, code: 'OLDER_BUILD' });
    expect(message).toContain(sha(3).slice(0, 7));
    await world.ok(...pinning('payments', 2, '--allow-downgrade'));
    expect(plumb(world, ['log', '-1', '--format=%(trailers:key=Allowed-Downgrade,valueonly)', 'env/staging'])).toBe(
      'payments',
    );
  });

  it('that a newer one overtakes between its plan and its push does not win either', async () => {
    const world = await deliveredWorld();
    overtake(world, pinning('payments', 3));
    const slow = await world.run(pinning('payments', 2));
    expect([slow.code, slow.stderr]).toEqual([3, expect.stringContaining('[OLDER_BUILD]')]);
    expect(await running(world, 'staging', 'payments')).toBe(sha(3).slice(0, 7));
  });

  it('of a lower version is older, whatever its clock says', async () => {
    const world = await deliveredWorld();
    await world.ok(...pinning('payments', 2, '--version', '2.10.0'));
    expect((await refused(world, ...pinning('payments', 3, '--version', '2.9.0'))).code).toBe('OLDER_BUILD');
    expect((await refused(world, ...pinning('payments', 4, '--version', '2.10.0-rc.1'))).code).toBe('OLDER_BUILD');
    await world.ok(...pinning('payments', 1, '--version', '2.10.1'));
  });

  it('in a batch does not win, and no other pin of the batch lands half', async () => {
    const world = await deliveredWorld();
    await pin(world, 3, 'payments');
    const before = await world.refs();
    const lines = ['ledger', 'payments'].map((id) =>
      JSON.stringify({ id, commit: sha(2), built: '2024-05-01T02:00:00Z' }),
    );
    const { code } = await world.run(['pin', '--batch', '-'], { input: lines.join('\n') });
    expect(code).toBe(3);
    expect(await world.refs()).toBe(before);
  });
});

describe('a pin of a service that was removed', () => {
  it('does not create its folder again', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'remove', 'ledger');
    expect(await refused(world, ...pinning('ledger', 2))).toMatchObject({ exit: 2, code: 'UNKNOWN_SERVICE' });
    await world.ok('update', 'staging');
    await refused(world, ...pinning('ledger', 2));
    expect(plumb(world, ['ls-tree', 'env/staging', 'apps/ledger'])).toBe('');
  });

  it('while it was on its way does not either', async () => {
    const world = await deliveredWorld();
    overtake(world, ['service', 'remove', 'ledger'], ['update', 'staging']);
    const late = await world.run(pinning('ledger', 2));
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining('[UNKNOWN_SERVICE]')]);
    expect(plumb(world, ['ls-tree', 'env/staging', 'apps/ledger'])).toBe('');
  });
});

describe('a first pin', () => {
  it('is undone by a bare revert, whichever services came or went beside it in the meantime', async () => {
    const world = await deliveredWorld();
    await world.ok('service', 'add', 'mail', '--image', 'ghcr.io/bank/mail');
    await pin(world, 2, 'mail');
    const first = plumb(world, ['rev-parse', 'env/staging']);
    // The next before and the next after it, in the order of the derived files.
    for (const id of ['loans', 'mandates']) await world.ok('service', 'add', id, '--image', `ghcr.io/bank/${id}`);
    await pin(world, 2, 'loans', 'mandates');
    await world.ok('service', 'remove', 'payments');
    await world.ok('update', 'staging');
    await revertByHand(world, 'env/staging', first);
    expect(plumb(world, ['ls-tree', 'env/staging', 'apps/mail'])).toBe('');
    // Nothing is left for an update to put right: the lists are what they have to be.
    expect(await world.json('update', 'staging')).toMatchObject({ changed: false });
  });

  it('of the first service of all is undone as well, when others have followed', async () => {
    const world = await World.begun();
    for (const id of ['cards', 'loans']) await world.ok('service', 'add', id, '--image', `ghcr.io/bank/${id}`);
    await pin(world, 1, 'cards', 'loans');
    await revertByHand(world, 'env/staging', 'HEAD~1');
    expect(await world.json('update', 'staging')).toMatchObject({ changed: false });
    expect(await running(world, 'staging', 'loans')).toBe(sha(1).slice(0, 7));
    expect(await running(world, 'staging', 'cards')).toBeNull();
  });
});

describe('mirrored manifests', () => {
  const hostile: readonly [what: string, make: (folder: string) => void][] = [
    [
      'names that differ in case alone',
      (folder) =>
        ['A.yaml', 'a.yaml'].forEach((name) => {
          writeFileSync(join(folder, name), CONFIG);
        }),
    ],
    [
      'attributes that change bytes on checkout',
      (folder) => writeFileSync(join(folder, '.gitattributes'), '* text eol=crlf\n'),
    ],
    ['attributes of another spelling', (folder) => writeFileSync(join(folder, '.GITATTRIBUTES'), '* text eol=crlf\n')],
    ['a link out of the folder', (folder) => symlinkSync('/etc/passwd', join(folder, 'x.yaml'))],
    ['a link to a folder', (folder) => symlinkSync('/etc', join(folder, 'sub'))],
    [
      'a submodule',
      (folder) => {
        mkdirSync(join(folder, 'chart'));
        writeFileSync(join(folder, 'chart/.git'), 'gitdir: ../x\n');
      },
    ],
    ['a name that Windows reserves', (folder) => writeFileSync(join(folder, 'aux.yaml'), CONFIG)],
    ['a name with a line break', (folder) => writeFileSync(join(folder, 'a\nb.yaml'), CONFIG)],
    ['a name that ends in a dot', (folder) => writeFileSync(join(folder, 'a.yaml.'), CONFIG)],
    ['a short name of .git on Windows', (folder) => writeFileSync(join(folder, 'git~1'), CONFIG)],
  ];

  it.each(hostile)('with %s are refused before anything is written', async (_what, make) => {
    const world = await deliveredWorld();
    const folder = world.files('k8s', { 'ok.yaml': CONFIG });
    make(folder);
    expect((await refused(world, ...pinning('payments', 2, '--manifests', folder))).code).toMatch(/^MANIFESTS_/);
  });

  it('keep their bytes in every checkout, and lose an executable bit', async () => {
    const world = await deliveredWorld();
    const windows = `# a comment\r\n${fileAt(world, 'main', 'apps/payments/manifests/deployment.yaml').replaceAll('\n', '\r\n')}`;
    const folder = world.files('k8s', { 'deployment.yaml': windows, 'sub/notes.txt': 'no manifest\r\n' });
    chmodSync(join(folder, 'deployment.yaml'), 0o755);
    await world.ok(...pinning('payments', 2, '--manifests', folder));
    expect(plumb(world, ['ls-tree', 'env/staging', 'apps/payments/manifests/deployment.yaml'])).toMatch(/^100644 /);
    expect(fileAt(world, 'env/staging', 'apps/payments/manifests/deployment.yaml')).toBe(windows);
    for (const setting of ['core.autocrlf=true', 'core.autocrlf=input', 'core.eol=crlf']) {
      const clone = join(world.root, setting);
      await world.git(world.root, '-c', setting, 'clone', '--quiet', '--branch', 'env/staging', world.remote, clone);
      expect(await world.git(clone, '-c', setting, 'status', '--porcelain')).toBe('');
      expect(await world.git(clone, 'hash-object', '--no-filters', 'apps/payments/manifests/deployment.yaml')).toBe(
        plumb(world, ['rev-parse', 'env/staging:apps/payments/manifests/deployment.yaml']),
      );
    }
    const recipe = plumb(world, ['rev-parse', 'env/staging:apps']);
    chmodSync(join(folder, 'deployment.yaml'), 0o644);
    expect(await world.json(...pinning('payments', 2, '--manifests', folder))).toMatchObject({
      changed: false,
      recipe,
    });
  });
});

describe('YAML 1.1', () => {
  it.each([
    'no',
    'on',
    'y',
    '1e3',
    '0x1f',
    '012',
    'null',
    '~',
    '2024-05-01',
    '1:30',
    '=',
    '!x',
    "it's",
    'a: b',
    '#x',
    'é',
  ])('reads a branch called %s as text', async (branch) => {
    const world = await deliveredWorld();
    const { code, stderr } = await world.run(pinning('payments', 2, '--branch', branch));
    if (code !== 0) {
      // What Git itself does not take as a branch.
      expect([code, stderr]).toEqual([2, expect.stringContaining('[BAD_BRANCH_NAME]')]);
      expect(() => execFileSync('git', ['check-ref-format', '--branch', branch], { stdio: 'ignore' })).toThrow();
      return;
    }
    // A scalar in double quotes is text to every reader, whichever YAML it speaks.
    const annotations = [...fileAt(world, 'env/staging', PIN).matchAll(/^ {2}eleventh\.dev\/(\w+): (".*")$/gm)];
    const values = new Map(annotations.map(([, key, value]) => [key, JSON.parse(value ?? '')]));
    expect([...values.keys()]).toEqual(['commit', 'branch', 'built']);
    expect(values.get('branch')).toBe(branch);
    expect(await running(world, 'staging', 'payments')).toBe(sha(2).slice(0, 7));
  });
});

describe('an image', () => {
  it.each([
    'ghcr.io/bank/payments-evil:1',
    'ghcr.io/bank/payments/evil:1',
    'evil.io/ghcr.io/bank/payments:1',
    'ghcr.io.evil.io/bank/payments:1',
    'ghcr.io:443/bank/payments:1',
    'payments:1',
    'bank/payments:1',
  ])('%s comes from a repository that service.yaml does not list', async (image) => {
    const world = await deliveredWorld();
    const { exit, code } = await refused(world, ...pinning('payments', 2, '--image', image));
    expect({ exit, code }).toEqual({ exit: 3, code: 'IMAGE_NOT_LISTED' });
  });

  it.each([
    'GHCR.io/bank/payments:1',
    'ghcr.io/bank/Payments:1',
    'ghcr.io/bank/payments:latest',
    'ghcr.io/bank/payments',
    'ghcr.io/bank/payments:a b',
    'ghcr.io/bank/payments@sha256:12',
    'ghcr.io/bank/payments:1\n',
    '-x',
    '',
  ])('%j is not pinned as it stands', async (image) => {
    const world = await deliveredWorld();
    const { code } = await world.run(pinning('payments', 2, `--image=${image}`));
    if (code === 0) expect(fileAt(world, 'env/staging', PIN)).toContain(`newTag: "${sha(2)}"`);
    else expect(code).toBeLessThanOrEqual(3);
  });
});
