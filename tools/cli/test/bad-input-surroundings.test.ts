import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type BadLine, refusals, SECRET } from './refusal.ts';
import { build, hour, pinned, withServices } from './screen.ts';
import { sha, World } from './world.ts';

const PIN = ['pin', 'payments', '--commit', sha(1), '--built', hour(1)];
const IS_ROOT = process.getuid?.() === 0;

/** Writes a program and returns the folder that holds it, for a PATH. */
function program(world: World, folder: string, name: string, script: string): string {
  const path = world.files(folder, { [name]: `#!/bin/sh\n${script}\n` });
  chmodSync(join(path, name), 0o755);
  return path;
}

/** Mounts a small file system of its own, which only root may; returns whether that worked. */
const mounted: string[] = [];
function mount(folder: string, size: string): boolean {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
    mounted.push(folder);
    return true;
  } catch {
    return false;
  }
}
// Before the world of the test is removed.
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
});

describe('a repository', () => {
  test('that cannot be reached, or is none, gives no secret away', async () => {
    const world = await withServices();
    const ssh = program(world, 'bin', 'ssh', `echo 'git@host: Permission denied (publickey).' >&2; exit 255`);
    const at = (repository: string, env: Record<string, string> = {}): BadLine => [
      ['status', '--repo', repository],
      { env },
    ];
    mkdirSync(join(world.root, 'folder'));
    writeFileSync(join(world.root, 'file'), '');
    expect(
      await refusals(world, [
        at(join(world.root, 'nowhere.git')),
        at('nowhere'),
        at(`file://${world.root}/nowhere.git`),
        at(join(world.root, 'folder')),
        at(join(world.root, 'file')),
        at(`https://deploy:${SECRET}@127.0.0.1:1/deploy.git`),
        at(`https://${SECRET}@127.0.0.1:1/deploy.git`),
        at(`http://127.0.0.1:1/deploy.git?access_token=${SECRET}`),
        at('ssh://git@127.0.0.1:1/deploy.git', { GIT_SSH: join(ssh, 'ssh') }),
        at('git@127.0.0.1:deploy.git', { GIT_SSH: join(ssh, 'ssh') }),
        at('git://127.0.0.1:1/deploy.git'),
        at(`ftp://user:${SECRET}@127.0.0.1/deploy.git`),
        at(`ext::sh -c "echo ${'x'}; touch ${world.root}/owned"`),
        at('-oProxyCommand=touch owned'),
        at('--upload-pack=touch'),
        at(`https://deploy:${SECRET}@/`),
        at('https://example.invalid/a\nb'),
        [['status'], { env: { ELEVENTH_REPO: `https://deploy:${SECRET}@127.0.0.1:1/deploy.git` } }],
        [[...PIN, '--repo', `https://deploy:${SECRET}@127.0.0.1:1/deploy.git`]],
        [['init', join(world.root, 'new'), '--remote', `https://deploy:${SECRET}@127.0.0.1:1/deploy.git`]],
        [['status'], { env: { ELEVENTH_REPO: '' } }],
      ]),
    ).toMatchInlineSnapshot(`
      "1 REPOSITORY_NOT_FOUND: There is no Git repository at ~/nowhere.git that you may read.
          git ls-remote ~/nowhere.git
      1 REPOSITORY_NOT_FOUND: There is no Git repository at ~/empty/nowhere that you may read.
          git ls-remote ~/empty/nowhere
      1 REPOSITORY_NOT_FOUND: There is no Git repository at file://~/nowhere.git that you may read.
          git ls-remote file://~/nowhere.git
      1 REPOSITORY_NOT_FOUND: There is no Git repository at ~/folder that you may read.
          git ls-remote ~/folder
      1 REPOSITORY_UNREACHABLE: The repository ~/file cannot be reached: …
          git ls-remote ~/file
      1 REPOSITORY_UNREACHABLE: The repository https://127.0.0.1:1/deploy.git cannot be reached: …
          git ls-remote https://127.0.0.1:1/deploy.git
      1 REPOSITORY_UNREACHABLE: The repository https://127.0.0.1:1/deploy.git cannot be reached: …
          git ls-remote https://127.0.0.1:1/deploy.git
      1 REPOSITORY_UNREACHABLE: The repository http://127.0.0.1:1/deploy.git?access_token=*** cannot be reached: …
          git ls-remote http://127.0.0.1:1/deploy.git?access_token=***
      1 PERMISSION_DENIED: The repository ssh://git@127.0.0.1:1/deploy.git may not be read: …
          git ls-remote ssh://git@127.0.0.1:1/deploy.git
      1 PERMISSION_DENIED: The repository git@127.0.0.1:deploy.git may not be read: …
          git ls-remote git@127.0.0.1:deploy.git
      1 REPOSITORY_UNREACHABLE: The repository git://127.0.0.1:1/deploy.git cannot be reached: …
          git ls-remote git://127.0.0.1:1/deploy.git
      2 BAD_REPOSITORY: The repository "ftp://127.0.0.1/deploy.git" cannot be used: the protocol ftp is not one of https, http, ssh, git and file.
          Give a URL (https://…, ssh://…), an SSH address (git@host:path) or the path of a folder.
      2 BAD_REPOSITORY: The repository "ext::sh -c \\"echo x; touch ~/owned\\"" cannot be used: remote helpers (ext::) are not allowed.
          Give a URL (https://…, ssh://…), an SSH address (git@host:path) or the path of a folder.
      1 REPOSITORY_NOT_FOUND: There is no Git repository at ~/empty/-oProxyCommand=touch owned that you may read.
          git ls-remote ~/empty/-oProxyCommand=touch owned
      1 REPOSITORY_NOT_FOUND: There is no Git repository at ~/empty/--upload-pack=touch that you may read.
          git ls-remote ~/empty/--upload-pack=touch
      1 REPOSITORY_UNREACHABLE: The repository https:/// cannot be reached: …
          git ls-remote https:///
      2 BAD_REPOSITORY: The repository "https://example.invalid/a\\nb" cannot be used: it contains control characters.
          Give a URL (https://…, ssh://…), an SSH address (git@host:path) or the path of a folder.
      1 REPOSITORY_UNREACHABLE: The repository https://127.0.0.1:1/deploy.git cannot be reached: …
          git ls-remote https://127.0.0.1:1/deploy.git
      1 REPOSITORY_UNREACHABLE: The repository https://127.0.0.1:1/deploy.git cannot be reached: …
          git ls-remote https://127.0.0.1:1/deploy.git
      1 REPOSITORY_UNREACHABLE: The repository https://127.0.0.1:1/deploy.git cannot be reached: …
          git ls-remote https://127.0.0.1:1/deploy.git
      2 NO_REPOSITORY: No deployment repository is named, and this folder is not a checkout of one.
          --repo <url or path>, or ELEVENTH_REPO=<url or path>"
    `);
    expect(execFileSync('ls', [world.root, world.empty], { encoding: 'utf8' })).not.toContain('owned');
  });

  test('that is empty, or no workspace', async () => {
    const world = new World();
    await world.git(world.root, 'init', '--quiet', '--bare', world.remote);
    const lines: BadLine[] = [[['status']], [PIN], [['promote', 'staging', '--to', 'preprod']]];
    expect(await refusals(world, lines)).toMatchInlineSnapshot(`
      "1 EMPTY_REPOSITORY: The repository is empty: it has no branch yet.
          eleventh init <folder> --remote <url>
      1 EMPTY_REPOSITORY: The repository is empty: it has no branch yet.
          eleventh init <folder> --remote <url>
      1 EMPTY_REPOSITORY: The repository is empty: it has no branch yet.
          eleventh init <folder> --remote <url>"
    `);
    const service = world.files('service', { 'README.md': 'A service\n' });
    await world.git(service, 'init', '--quiet', '--initial-branch=main');
    await world.git(service, 'add', '.');
    await world.git(service, 'commit', '--quiet', '--message', 'Begin');
    await world.git(service, 'push', '--quiet', world.remote, 'main');
    expect(await refusals(world, lines)).toMatchInlineSnapshot(`
      "1 NOT_A_WORKSPACE: The branch main is not an Eleventh workspace: it has no environments/workspace.yaml or no environment.
          --repo <url or path> names another repository, and eleventh init <folder> begins one.
      1 NOT_A_WORKSPACE: The branch main is not an Eleventh workspace: it has no environments/workspace.yaml or no environment.
          --repo <url or path> names another repository, and eleventh init <folder> begins one.
      1 NOT_A_WORKSPACE: The branch main is not an Eleventh workspace: it has no environments/workspace.yaml or no environment.
          --repo <url or path> names another repository, and eleventh init <folder> begins one."
    `);
    await world.git(world.remote, 'branch', '--move', 'main', 'env/staging');
    expect(await refusals(world, [[['status']]])).toMatchInlineSnapshot(`
      "1 NOT_A_WORKSPACE: There is no branch main here, whose files would say what the workspace is.
          git fetch origin '+refs/heads/*:refs/remotes/origin/*' brings every branch; --repo <url or path> names another repository."
    `);
    expect(
      await refusals(world, [[['init', join(world.root, 'new'), '--remote', world.remote]]]),
    ).toMatchInlineSnapshot(`
      "1 NOT_EMPTY: The repository is not empty: it has branches or tags already.
          Name an empty bare repository: git init --bare <path>"
    `);
  });

  test('whose server refuses the push', async () => {
    const world = await withServices();
    await pinned(world, build('topics', 1));
    const hook = (name: string, script: string) => program(world, 'deploy.git/hooks', name, script);
    hook(
      'pre-receive',
      `echo "Only release engineers may push here, ${SECRET.replace(/^/, 'https://bot:')}@host says."; exit 1`,
    );
    const lines: BadLine[] = [[PIN], [['update', 'prod']], [['service', 'add', 'cards']], [['compose']]];
    expect(await refusals(world, lines)).toMatchInlineSnapshot(`
      "1 PUSH_REFUSED: The repository refused the push (pre-receive hook declined): Only release engineers may push here, https://host says.
          Ask for the right to push to these branches and tags.
      1 PUSH_REFUSED: The repository refused the push (pre-receive hook declined): Only release engineers may push here, https://host says.
          Ask for the right to push to these branches and tags.
      1 PUSH_REFUSED: The repository refused the push (pre-receive hook declined): Only release engineers may push here, https://host says.
          Ask for the right to push to these branches and tags.
      1 PUSH_REFUSED: The repository refused the push (pre-receive hook declined): Only release engineers may push here, https://host says.
          Ask for the right to push to these branches and tags."
    `);
    rmSync(join(world.remote, 'hooks/pre-receive'));
    // One branch is protected: nothing of an atomic push lands.
    await world.ok('promote', 'staging', '--to', 'preprod');
    hook('update', `case $1 in refs/tags/*) echo "Tags are protected." >&2; exit 1;; esac`);
    expect(await refusals(world, [[['promote', 'preprod', '--to', 'prod']], [['compose']]])).toMatchInlineSnapshot(`
      "1 PUSH_REFUSED: The repository refused the push (hook declined): Tags are protected.
          Ask for the right to push to these branches and tags.
      1 PUSH_REFUSED: The repository refused the push (hook declined): Tags are protected.
          Ask for the right to push to these branches and tags."
    `);
  });

  test('in a folder that may only be read', async ({ skip }) => {
    const world = await withServices();
    const copy = join(world.root, 'disk');
    if (IS_ROOT) {
      if (!mount(copy, '16m')) skip('root writes everywhere, and no file system can be mounted here');
      await world.git(world.root, 'clone', '--quiet', '--mirror', world.remote, join(copy, 'deploy.git'));
      execFileSync('mount', ['-o', 'remount,ro', copy]);
    } else {
      await world.git(world.root, 'clone', '--quiet', '--mirror', world.remote, join(copy, 'deploy.git'));
      execFileSync('chmod', ['-R', 'a-w', copy]);
    }
    const repository = join(copy, 'deploy.git');
    const before = await world.git(repository, 'for-each-ref');
    expect(await refusals(world, [[[...PIN, '--repo', repository]]])).toMatch(
      /^1 PUSH_REFUSED: The repository refused the push \(unpacker error\): remote unpack failed: .+\n {4}Ask for the right/,
    );
    expect(await world.git(repository, 'for-each-ref')).toBe(before);
    expect((await world.run(['status', '--repo', repository])).code).toBe(0);
    if (!IS_ROOT) execFileSync('chmod', ['-R', 'u+w', copy]);
  });
});

describe('git', () => {
  test('that is too old, absent, or may not be executed', async () => {
    const world = await withServices();
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const version = (text: string) =>
      program(
        world,
        `git-${text.replaceAll(/\W/g, '-')}`,
        'git',
        `[ "$1" = version ] && echo '${text}' && exit 0\nexec ${real} "$@"`,
      );
    const none = world.files('none', { 'README.md': 'No git here.\n' });
    const locked = program(world, 'locked', 'git', 'exit 0');
    chmodSync(join(locked, 'git'), 0o644);
    const lines = (PATH: string): BadLine[] => [
      [['status'], { env: { PATH } }],
      [PIN, { env: { PATH } }],
    ];
    expect(
      await refusals(world, [
        ...lines(version('git version 2.38.5')),
        ...lines(version('git version 1.8.3.1 (Apple Git-1)')),
        ...lines(version('gitoxide 9')),
        ...lines(none),
        ...lines(locked),
        [['init', join(world.root, 'new')], { env: { PATH: none } }],
        [['status'], { env: { PATH: none, ELEVENTH_REPO: '' } }],
      ]),
    ).toMatchInlineSnapshot(`
      "1 GIT_TOO_OLD: Git 2.38.5 is installed, but Eleventh needs version 2.39 or later.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_TOO_OLD: Git 2.38.5 is installed, but Eleventh needs version 2.39 or later.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_TOO_OLD: Git 1.8.3.1 (Apple Git-1) is installed, but Eleventh needs version 2.39 or later.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_TOO_OLD: Git 1.8.3.1 (Apple Git-1) is installed, but Eleventh needs version 2.39 or later.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_TOO_OLD: Git gitoxide 9 is installed, but Eleventh needs version 2.39 or later.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_TOO_OLD: Git gitoxide 9 is installed, but Eleventh needs version 2.39 or later.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_NOT_FOUND: Git could not be started: it is not on the PATH.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_NOT_FOUND: Git could not be started: it is not on the PATH.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_NOT_FOUND: Git could not be started: it may not be executed.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_NOT_FOUND: Git could not be started: it may not be executed.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_NOT_FOUND: Git could not be started: it is not on the PATH.
          Install git 2.39 or later: https://git-scm.com/downloads
      1 GIT_NOT_FOUND: Git could not be started: it is not on the PATH.
          Install git 2.39 or later: https://git-scm.com/downloads"
    `);
    for (const text of ['git version 2.39.0', 'git version 3.0.0.windows.1'])
      expect((await world.run(['status'], { env: { PATH: version(text) } })).code).toBe(0);
  });
});

describe('the cache', () => {
  test('whose folder is a file, lies below one, or may not be written', async () => {
    const world = await withServices();
    world.files('.', { file: '' });
    const locked = join(world.root, 'locked');
    mkdirSync(locked, { mode: 0o555 });
    const lines = (ELEVENTH_CACHE: string): BadLine[] => [
      [['status'], { env: { ELEVENTH_CACHE } }],
      [PIN, { env: { ELEVENTH_CACHE } }],
    ];
    expect(
      await refusals(world, [
        ...lines(join(world.root, 'file')),
        ...lines(join(world.root, 'file/below')),
        ...lines('/proc/eleventh'),
      ]),
    ).toMatchInlineSnapshot(`
      "1 CACHE_UNWRITABLE: The cache in ~/file cannot be written: a part of the path is not a folder.
          Make ~/file writable, or set ELEVENTH_CACHE to a folder that is.
      1 CACHE_UNWRITABLE: The cache in ~/file cannot be written: a part of the path is not a folder.
          Make ~/file writable, or set ELEVENTH_CACHE to a folder that is.
      1 CACHE_UNWRITABLE: The cache in ~/file/below cannot be written: a part of the path is not a folder.
          Make ~/file/below writable, or set ELEVENTH_CACHE to a folder that is.
      1 CACHE_UNWRITABLE: The cache in ~/file/below cannot be written: a part of the path is not a folder.
          Make ~/file/below writable, or set ELEVENTH_CACHE to a folder that is.
      1 CACHE_UNWRITABLE: The cache in /proc/eleventh cannot be written: the folder cannot be made there.
          Make /proc/eleventh writable, or set ELEVENTH_CACHE to a folder that is.
      1 CACHE_UNWRITABLE: The cache in /proc/eleventh cannot be written: the folder cannot be made there.
          Make /proc/eleventh writable, or set ELEVENTH_CACHE to a folder that is."
    `);
    if (!IS_ROOT) {
      const { code, stderr } = await world.run(['status'], { env: { ELEVENTH_CACHE: join(locked, 'below') } });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('cannot be written: permission denied.'),
      });
    }
    chmodSync(locked, 0o755);
  });

  test('on a disk that is full, or fills up on the way', async ({ skip }) => {
    const world = await withServices();
    const disk = join(world.root, 'disk');
    if (!mount(disk, '64k')) skip('only root can mount a small file system');
    const full = { env: { ELEVENTH_CACHE: join(disk, 'cache') } };
    const fill = (kibibytes: number): void => {
      rmSync(join(disk, 'cache'), { recursive: true, force: true });
      rmSync(join(disk, 'ballast'), { force: true });
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(kibibytes * 1024));
    };
    fill(64);
    expect(
      await refusals(world, [
        [['status'], full],
        [PIN, full],
      ]),
    ).toMatchInlineSnapshot(`
      "1 CACHE_UNWRITABLE: The cache in ~/disk/cache cannot be written: the disk is full.
          Make ~/disk/cache writable, or set ELEVENTH_CACHE to a folder that is.
      1 CACHE_UNWRITABLE: The cache in ~/disk/cache cannot be written: the disk is full.
          Make ~/disk/cache writable, or set ELEVENTH_CACHE to a folder that is."
    `);
    // Whatever the moment at which there is no room left, it is said, or there was room enough.
    for (const kibibytes of [56, 48, 40, 32, 24, 16, 8]) {
      fill(kibibytes);
      const before = await world.refs();
      const { code, stderr } = await world.run(PIN, full);
      if (code === 0) break;
      expect(stderr).toMatch(/^error \[CACHE_UNWRITABLE\] .*\nhint: .*\n$/);
      expect(await world.refs()).toBe(before);
    }
  });

  test('that was damaged is made anew', async () => {
    const world = await withServices();
    const expected = await world.ok('status');
    const own = { env: { ELEVENTH_CACHE: join(world.root, 'own') } };
    await world.run(['status'], own);
    const damage = `for pack in ${world.root}/own/*/objects/pack/*.pack; do chmod u+w $pack && echo broken > $pack; done`;
    execFileSync('sh', ['-c', damage]);
    const { code, stdout, stderr } = await world.run(['status'], own);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: expected, stderr: '' });
  });
});
