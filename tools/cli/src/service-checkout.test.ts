import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commitTime, serviceCheckout } from './service-checkout.ts';
import { ServiceRepository } from './service-repository.fixture.ts';

let service: ServiceRepository;
beforeEach(() => {
  service = new ServiceRepository(process.env.PATH);
});
afterEach(() => service.remove());

function git(...args: string[]): string {
  return service.git(service.root, ...args);
}

it('tells what is checked out, from any folder of the work tree', async () => {
  service.commit('first');
  const commit = service.commit('second');
  const seconds = Number(git('log', '-1', '--format=%ct'));
  git('remote', 'add', 'origin', 'https://ci:s3cret@github.com/acme/payments.git');
  mkdirSync(join(service.root, 'src/deep'), { recursive: true });
  expect(await serviceCheckout(join(service.root, 'src/deep'), service.env)).toEqual({
    root: service.root,
    commit,
    branch: 'main',
    built: new Date(seconds * 1000).toISOString().replace('.000', ''),
    source: 'https://github.com/acme/payments',
    shallow: false,
    git: expect.any(Function),
  });
});

it('is null outside of a work tree, before the first commit, and inside of .git', async () => {
  expect(await serviceCheckout(service.base, service.env)).toBeNull();
  expect(await serviceCheckout(service.root, service.env)).toBeNull();
  service.commit('first');
  expect(await serviceCheckout(service.root, service.env)).not.toBeNull();
  expect(await serviceCheckout(join(service.root, '.git'), service.env)).toBeNull();
  git('clone', '--quiet', '--bare', service.root, '../bare.git');
  expect(await serviceCheckout(join(service.base, 'bare.git'), service.env)).toBeNull();
  expect(await serviceCheckout(join(service.base, 'absent'), service.env)).toBeNull();
});

it('is null in a deployment repository', async () => {
  mkdirSync(join(service.root, 'environments'));
  writeFileSync(join(service.root, 'environments/workspace.yaml'), 'kind: Workspace\n');
  git('add', '.');
  service.commit('a workspace');
  expect(await serviceCheckout(service.root, service.env)).toBeNull();
  expect(await serviceCheckout(join(service.root, 'environments'), service.env)).toBeNull();
});

it('is not led to another repository by the environment of a hook', async () => {
  const commit = service.commit('first');
  git('init', '--quiet', '../other');
  const other = join(service.base, 'other');
  service.commit('elsewhere', undefined, other);
  const hooked = { ...service.env, GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other };
  expect((await serviceCheckout(service.root, hooked))?.commit).toBe(commit);
});

it('knows no branch of a detached HEAD, unless it lies on the one local branch', async () => {
  const first = service.commit('first');
  service.commit('second');
  // As Concourse's git resource leaves it.
  git('checkout', '--quiet', first);
  expect(await serviceCheckout(service.root, service.env)).toMatchObject({ commit: first, branch: 'main' });
  git('branch', 'other');
  expect((await serviceCheckout(service.root, service.env))?.branch).toBeNull();
  // As the runners of GitHub and GitLab leave a merge: no local branch at all.
  git('branch', '--quiet', '-D', 'main', 'other');
  expect((await serviceCheckout(service.root, service.env))?.branch).toBeNull();
});

it('names a branch that a tag is called as well', async () => {
  service.commit('first');
  git('tag', 'main');
  expect((await serviceCheckout(service.root, service.env))?.branch).toBe('main');
});

it('has no source without an origin, or with one on this disk', async () => {
  service.commit('first');
  expect(await serviceCheckout(service.root, service.env)).toMatchObject({ source: null });
  git('remote', 'add', 'origin', service.base);
  expect(await serviceCheckout(service.root, service.env)).toMatchObject({ source: null });
});

it('tells the time of any commit that it holds', async () => {
  const first = service.commit('first');
  const second = service.commit('second');
  const checkout = (await serviceCheckout(service.root, service.env))!;
  expect(await commitTime(checkout, second)).toBe(checkout.built);
  expect(await commitTime(checkout, first)).toMatch(/^2026-11-20T09:1\d:44Z$/);
  expect(await commitTime(checkout, first)).not.toBe(checkout.built);
  expect(await commitTime(checkout, '0'.repeat(40))).toBeNull();
  expect(await commitTime(checkout, '--all')).toBeNull();
});
