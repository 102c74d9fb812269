import { createHash } from 'node:crypto';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deliveredWorld, pinning } from './delivery.ts';
import { sha, type World } from './world.ts';

/** Returns what every file below a folder is: its mode, its time of change and a hash of its content, `.git` included. */
function fingerprint(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    const { mode, mtimeMs } = lstatSync(path);
    const kind = mode & 0o170_000;
    const content = kind === 0o100_000 ? readFileSync(path) : kind === 0o120_000 ? readlinkSync(path) : '';
    // A clone on the same disk shares its objects with the remote, which gives them a new time when it is sent one again.
    const isTimed = kind !== 0o040_000 && !name.includes('.git/objects/');
    const hash = createHash('sha1').update(content).digest('hex');
    found.set(name, `${mode.toString(8)} ${isTimed ? mtimeMs : ''} ${hash}`);
  }
  return found;
}

/** Every command, in an order in which each has something to do, and some that fail. */
const COMMANDS: readonly (readonly string[])[] = [
  ['status'],
  ['env', 'list'],
  ['service', 'list'],
  ['service', 'add', 'cards', '--image', 'ghcr.io/bank/cards'],
  ['service', 'add', 'statements', '--branch', 'review'],
  ['env', 'add', 'uat', '--from', 'staging'],
  ['update', 'staging', '--dry-run'],
  ['update', 'staging'],
  pinning('payments', 2),
  pinning('ledger', 2, '--dry-run'),
  pinning('cards', 2),
  ['pin', 'payments', '--commit', 'nonsense'],
  ['compose'],
  ['promote', 'staging', '--to', 'preprod'],
  ['promote', 'preprod', '--to', 'prod', '--no-tag'],
  ['release'],
  ['rollback', 'prod', '--dry-run'],
  ['rollback', 'prod'],
  ['rollback', 'prod', '--to', 'nonsense'],
  ['diff', 'staging', 'prod'],
  ['log', 'prod'],
  ['show', 'v1.0.0'],
  ['service', 'remove', 'cards'],
  ['completion', 'bash'],
  ['nonsense'],
  ['--help'],
];

interface Place {
  readonly folder: string;
  /** Below it; absent: itself. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a checkout as untidy as people leave theirs. */
async function soil(world: World, folder: string): Promise<void> {
  const tracked = (await world.git(folder, 'ls-files')).split('\n');
  const [first = '', second = '', third = ''] = tracked;
  appendFileSync(join(folder, first), 'unstaged\n');
  appendFileSync(join(folder, second), 'staged\n');
  await world.git(folder, 'add', second);
  await world.git(folder, 'rm', '--quiet', '--cached', third);
  mkdirSync(join(folder, 'untracked'));
  writeFileSync(join(folder, 'untracked/file'), 'untracked\n');
  await world.git(folder, 'stash', 'push', '--quiet', '--', first);
  appendFileSync(join(folder, first), 'unstaged again\n');
  await world.git(folder, 'branch', 'work');
  await world.git(folder, 'tag', 'mine');
  await world.git(folder, 'config', 'user.name', 'Somebody Else');
  // The index does not know these times any more: a command that refreshes it would write it.
  for (const name of tracked.slice(3)) utimesSync(join(folder, name), 1, 1);
}

const PLACES: Readonly<Record<string, (world: World) => Promise<Place>>> = {
  'a clone of the deployment repository': async (world) => ({
    folder: await world.checkout('main'),
    env: { ELEVENTH_REPO: '' },
  }),
  'a folder inside a clone that stands on an environment branch': async (world) => {
    const folder = await world.checkout('env/staging');
    return { folder, cwd: join(folder, 'apps/payments'), env: { ELEVENTH_REPO: '' } };
  },
  'a dirty clone of the deployment repository': async (world) => {
    const folder = await world.checkout('env/prod');
    await soil(world, folder);
    return { folder, env: { ELEVENTH_REPO: '' } };
  },
  "a service's own checkout": async (world) => ({ folder: await serviceCheckout(world) }),
  "a service's own dirty checkout": async (world) => {
    const folder = await serviceCheckout(world);
    await soil(world, folder);
    return { folder, cwd: join(folder, 'k8s') };
  },
  "a hook of a service's own checkout, which sets where Git works": async (world) => {
    const folder = await serviceCheckout(world);
    const env = { GIT_DIR: join(folder, '.git'), GIT_INDEX_FILE: join(folder, '.git/index'), GIT_WORK_TREE: folder };
    return { folder, env: { ...env, GIT_PREFIX: '', GIT_OBJECT_DIRECTORY: join(folder, '.git/objects') } };
  },
};

/** Returns a service's checkout with two commits and the manifests that `--manifests` mirrors. */
async function serviceCheckout(world: World): Promise<string> {
  const folder = world.files('payments', {
    'src/main.ts': '// one\n',
    'README.md': '# payments\n',
    LICENSE: 'x\n',
    'notes.md': 'x\n',
  });
  await world.git(folder, 'init', '--quiet', '--initial-branch=main');
  await world.git(folder, 'remote', 'add', 'origin', 'https://github.com/bank/payments.git');
  const deployment = await world.ask('show', 'main:apps/payments/manifests/deployment.yaml');
  world.files('payments', { 'k8s/deployment.yaml': `${deployment}\n` });
  for (const message of ['One', 'Two']) {
    appendFileSync(join(folder, 'src/main.ts'), `// ${message}\n`);
    await world.git(folder, 'add', '.');
    await world.git(folder, 'commit', '--quiet', '--message', message);
  }
  return folder;
}

describe('no file changes, below .git neither, when commands run in', () => {
  it.each(Object.entries(PLACES))('%s', async (name, place) => {
    const world = await deliveredWorld();
    const { folder, cwd = folder, env = {} } = await place(world);
    const isService = name.includes('service');
    const more = isService ? [['pin', 'payments', '--manifests', join(folder, 'k8s'), '--allow-downgrade']] : [];
    const before = fingerprint(folder);
    const refs = await world.refs();
    for (const command of [...COMMANDS, ...more]) {
      const { code, stderr } = await world.run(command, { cwd, env });
      const isFailing = command.includes('nonsense');
      expect(`${command.join(' ')}: ${code === 0} ${stderr}`).toMatch(isFailing ? /: false / : /: true $/);
      const after = fingerprint(folder);
      const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
        (path) => before.get(path) !== after.get(path),
      );
      expect(`${command.join(' ')}: ${changed}`).toBe(`${command.join(' ')}: `);
    }
    // They did something, elsewhere.
    expect(await world.refs()).not.toBe(refs);
    if (isService)
      expect(await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')).toContain(
        await world.git(folder, 'rev-parse', 'HEAD'),
      );
    else expect(await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')).toContain(sha(2));
    expect(await world.git(folder, 'fsck')).not.toContain('missing');
  });

  it('a linked work tree, a bare clone and a submodule of other repositories', async () => {
    const world = await deliveredWorld();
    const clone = await world.checkout('main');
    await world.git(clone, 'worktree', 'add', '--quiet', '-b', 'linked', join(world.root, 'linked'));
    const bare = join(world.root, 'bare');
    await world.git(world.root, 'clone', '--quiet', '--bare', world.remote, bare);
    const parent = await serviceCheckout(world);
    await world.git(
      parent,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      '-b',
      'main',
      world.remote,
      'deploy',
    );
    const folders = [clone, join(world.root, 'linked'), bare, parent];
    const before = folders.map((folder) => [...fingerprint(folder)]);
    for (const [index, cwd] of [join(world.root, 'linked'), bare, join(parent, 'deploy')].entries()) {
      // A bare clone is a repository of its own, so that it is only read here.
      const env: Record<string, string> = cwd === bare ? {} : { ELEVENTH_REPO: '' };
      for (const command of [['status'], pinning('payments', 10 + index), ['update', 'staging']]) {
        const { code, stderr } = await world.run(command, { cwd, env });
        expect(`${cwd}: ${code} ${stderr}`).toBe(`${cwd}: 0 `);
      }
    }
    expect(folders.map((folder) => [...fingerprint(folder)])).toEqual(before);
    expect(await world.ask('show', 'env/staging:apps/payments/kustomization.yaml')).toContain(sha(12));
  });
});
