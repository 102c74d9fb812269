import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hour, screen, withServices } from './screen.ts';
import { sha, World } from './world.ts';

describe('the deployment repository', () => {
  test('is a path, a file URL, ELEVENTH_REPO or the origin of the checkout', async () => {
    const world = await withServices();
    const expected = await world.ok('status');
    const nowhere = { ELEVENTH_REPO: join(world.root, 'nowhere.git') };
    const checkout = await world.checkout('main');
    await world.git(world.root, 'clone', '--quiet', '--bare', world.remote, 'copy.git');
    const ways: readonly [string, string[], { cwd?: string; env?: Record<string, string> }][] = [
      ['--repo with a path', ['--repo', world.remote], { env: nowhere }],
      ['--repo with a path from the working folder', ['--repo', '../deploy.git'], { env: nowhere }],
      ['--repo with a file URL', ['--repo', `file://${world.remote}`], { env: nowhere }],
      ['--repo with a checkout', ['--repo', checkout], { env: nowhere }],
      ['--repo with a folder of a checkout', ['--repo', '.'], { cwd: join(checkout, 'environments'), env: nowhere }],
      ['ELEVENTH_REPO', [], {}],
      ['ELEVENTH_REPO as a file URL', [], { env: { ELEVENTH_REPO: `file://${world.remote}` } }],
      ['the origin of the checkout', [], { cwd: checkout, env: { ELEVENTH_REPO: '' } }],
      ['a bare repository without an origin', [], { cwd: world.remote, env: { ELEVENTH_REPO: '' } }],
    ];
    for (const [way, options, where] of ways) {
      const { code, stdout, stderr } = await world.run(['status', ...options], where);
      expect({ way, code, stdout, stderr }).toEqual({ way, code: 0, stdout: expected, stderr: '' });
    }
  });

  test('is written by way of a checkout that is left as it was', async () => {
    const world = await withServices();
    const checkout = await world.checkout('main');
    world.files(checkout.slice(world.root.length + 1), { 'README.md': 'Half an edit\n', 'own.txt': 'mine\n' });
    const state = async (): Promise<string[]> => [
      await world.git(checkout, 'status', '--porcelain=v2', '--branch'),
      await world.git(checkout, 'for-each-ref'),
      readFileSync(join(checkout, '.git/config'), 'utf8'),
      readFileSync(join(checkout, '.git/index')).toString('hex'),
    ];
    const before = await state();
    const line = ['pin', 'payments', '--commit', sha(1), '--built', hour(1)];
    expect(await screen(world, line, { cwd: checkout, env: { ELEVENTH_REPO: '' } })).toContain('Pinned payments');
    expect(await state()).toEqual(before);
    expect(await world.ask('log', '-1', '--format=%s', 'env/staging')).toBe('Pin payments 0000001');
  });

  test('has to be named outside of a checkout', async () => {
    const world = new World();
    const unnamed = { env: { ELEVENTH_REPO: '' } };
    const shown = [['status'], ['pin', 'payments', '--commit', sha(1)]].map((line) => screen(world, line, unnamed));
    expect((await Promise.all(shown)).join('')).toMatchInlineSnapshot(`
      "$ eleventh status
      error [NO_REPOSITORY] No deployment repository is named, and this folder is not a checkout of one.
      hint: --repo <url or path>, or ELEVENTH_REPO=<url or path>
      [exit 2]
      $ eleventh pin payments --commit 0000001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      error [NO_REPOSITORY] No deployment repository is named, and this folder is not a checkout of one.
      hint: --repo <url or path>, or ELEVENTH_REPO=<url or path>
      [exit 2]
      "
    `);
  });

  test('is not the repository of a service', async () => {
    const world = new World();
    const service = world.files('payments', { 'README.md': 'A service\n' });
    await world.git(service, 'init', '--quiet', '--initial-branch=main');
    await world.git(service, 'add', '.');
    await world.git(service, 'commit', '--quiet', '--message', 'Begin');
    expect(
      await screen(world, ['pin', 'payments'], { cwd: service, env: { ELEVENTH_REPO: '' } }),
    ).toMatchInlineSnapshot(`
      "$ eleventh pin payments
      error [NOT_A_WORKSPACE] The branch main is not an Eleventh workspace: it has no environments/workspace.yaml or no environment.
      hint: --repo <url or path> names another repository, and eleventh init <folder> begins one.
      [exit 1]
      "
    `);
  });

  test('is cached where ELEVENTH_CACHE says, else in the folder for caches', async () => {
    const world = await withServices();
    const xdg = join(world.root, 'xdg');
    await world.run(['status'], { env: { ELEVENTH_CACHE: '', XDG_CACHE_HOME: xdg } });
    expect(existsSync(join(xdg, 'eleventh'))).toBe(true);
    await world.run(['status'], { env: { ELEVENTH_CACHE: '' } });
    expect(existsSync(join(world.root, '.cache/eleventh'))).toBe(true);
    await world.run(['status'], { env: { ELEVENTH_CACHE: 'here' } });
    expect(existsSync(join(world.empty, 'here'))).toBe(true);
  });

  test('colours are for terminals, or for who asks', async () => {
    const world = await withServices();
    expect((await world.run(['status'])).stdout).not.toContain('\u001b');
    expect((await world.run(['status'], { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[1mstaging\u001b[22m');
    const refused = await world.run(['status', '--wat'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(refused.stderr).toContain('\u001b[');
  });

  test('stays as it was when a command is interrupted', async () => {
    const world = await withServices();
    const before = await world.refs();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      // It waits for a batch that never comes.
      const child = world.start(['pin', '--batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
      await new Promise((resolve) => setTimeout(resolve, 500));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      expect(await ended).toBe(130);
    }
    expect(await world.refs()).toBe(before);
  });
});
