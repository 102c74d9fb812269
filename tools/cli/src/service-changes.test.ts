import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changesSince } from './service-changes.ts';
import { type ServiceCheckout, serviceCheckout } from './service-checkout.ts';
import { ServiceRepository } from './service-repository.fixture.ts';

const UNKNOWN = '0'.repeat(40);

let service: ServiceRepository;
beforeEach(() => {
  service = new ServiceRepository(process.env.PATH);
});
afterEach(() => service.remove());

function git(...args: string[]): string {
  return service.git(service.root, ...args);
}

async function checkout(folder = service.root): Promise<ServiceCheckout> {
  const found = await serviceCheckout(folder, service.env);
  expect(found).not.toBeNull();
  return found!;
}

/** Returns a checkout of a new clone. */
async function clone(name: string, ...options: string[]): Promise<ServiceCheckout> {
  git('clone', '--quiet', ...options, `file://${service.root}`, `../${name}`);
  return checkout(join(service.base, name));
}

/** Returns a digest of every file below a folder, Git's own included. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    hash.update(path).update(entry.isFile() ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

it('lists subjects and authors, newest first', async () => {
  const from = service.commit('first');
  const second = service.commit('second\n\nwith a body', 'One <one@example.com>');
  const to = service.commit('third', 'Two <two@example.com>');
  const [one, two] = [
    { name: 'One', email: 'one@example.com' },
    { name: 'Two', email: 'two@example.com' },
  ];
  expect(await changesSince(await checkout(), from, to)).toEqual({
    changes: [
      { commit: to, subject: 'third', author: two },
      { commit: second, subject: 'second', author: one },
    ],
    more: 0,
    authors: [two, one],
  });
});

it('is empty for the same commit', async () => {
  const head = service.commit('first');
  expect(await changesSince(await checkout(), head, head)).toEqual({ changes: [], more: 0, authors: [] });
});

it('counts what is beyond the limit, and names its authors all the same', async () => {
  const from = service.commit('first');
  service.commit('second', 'Early <early@example.com>');
  service.commit('third');
  const to = service.commit('fourth');
  const found = await changesSince(await checkout(), from, to, 2);
  expect(found?.changes.map(({ subject }) => subject)).toEqual(['fourth', 'third']);
  expect(found?.more).toBe(1);
  expect(found?.authors.map(({ name }) => name)).toEqual(['Service Author', 'Early']);
});

it('names each author once, with co-authors and the authors of merged commits', async () => {
  const from = service.commit('first');
  git('checkout', '--quiet', '-b', 'side');
  service.commit('on the side', 'Side <side@example.com>');
  git('checkout', '--quiet', 'main');
  service.commit(
    'shared\n\nCo-authored-by: Pair <PAIR@example.com>\nco-authored-by: Broken\nSigned-off-by: Other <o@example.com>',
  );
  service.commit('again\n\nCo-Authored-By: Pair <pair@example.com>');
  const found = await changesSince(await checkout(), from, service.merge('side', 'Merger <merger@example.com>'));
  expect(found?.authors.map(({ name }) => name).sort()).toEqual(['Merger', 'Pair', 'Service Author', 'Side']);
  expect(found?.changes).toHaveLength(4);
});

it('names at most 200 authors', async () => {
  const from = service.commit('first');
  const trailers = Array.from({ length: 250 }, (_, index) => `Co-authored-by: A${index} <a${index}@example.com>`);
  const to = service.commit(`many\n\n${trailers.join('\n')}`);
  expect((await changesSince(await checkout(), from, to))?.authors).toHaveLength(200);
});

it('keeps a subject on one line, without control characters, at most 200 characters long', async () => {
  const from = service.commit('first');
  service.commit(`\u001b[31mred\u0007${'é'.repeat(300)}`);
  const to = service.commit('one\nline\u2028only\n\nbody');
  const subjects = (await changesSince(await checkout(), from, to))?.changes.map(({ subject }) => subject);
  expect(subjects?.[0]).toBe('one line only');
  expect(subjects?.[1]).toMatch(/^\[31mred é+…$/);
  expect(Array.from(subjects?.[1] ?? '')).toHaveLength(200);
});

it('is null when the build before is no ancestor, is unknown, or is no commit id', async () => {
  const from = service.commit('first');
  const to = service.commit('second');
  expect(await changesSince(await checkout(), to, from)).toBeNull();
  expect(await changesSince(await checkout(), UNKNOWN, to)).toBeNull();
  expect(await changesSince(await checkout(), from, UNKNOWN)).toBeNull();
  expect(await changesSince(await checkout(), '--all', to)).toBeNull();
});

it('is null in a shallow checkout that lacks a commit between, and complete in one that has them all', async () => {
  const root = service.commit('root');
  git('checkout', '--quiet', '-b', 'side');
  service.commit('side 1', 'Unseen <unseen@example.com>');
  service.commit('side 2');
  service.commit('side 3');
  git('checkout', '--quiet', 'main');
  const from = service.commit('from');
  const to = service.merge('side', 'Merger <merger@example.com>');
  const one = await clone('one', '--depth=1');
  expect(one.shallow).toBe(true);
  expect(await changesSince(one, from, to)).toBeNull();
  // Here `from` is present, but the first commit of the side branch is not.
  const three = await clone('three', '--depth=3');
  expect(await three.git('cat-file', '-t', from)).toBe('commit\n');
  expect(await changesSince(three, from, to)).toBeNull();
  const five = await clone('five', '--depth=5');
  const authors = (await changesSince(five, from, to))?.authors;
  expect(authors).toContainEqual({ name: 'Unseen', email: 'unseen@example.com' });
  expect(await changesSince(five, root, to)).not.toBeNull();
});

it('writes nothing and fetches nothing, in a partial clone either', async () => {
  const file = join(service.root, 'file');
  writeFileSync(file, 'first');
  git('add', '.');
  const from = service.commit('first');
  writeFileSync(file, 'second');
  git('add', '.');
  const to = service.commit('second');
  git('config', 'uploadpack.allowFilter', 'true');
  const { root } = await clone('partial', '--filter=tree:0');
  writeFileSync(join(root, 'file'), 'SECOND');
  const before = fingerprint(root);
  const partial = await checkout(root);
  expect((await changesSince(partial, from, to))?.changes).toHaveLength(1);
  expect(await changesSince(partial, UNKNOWN, to)).toBeNull();
  expect(await partial.git('cat-file', '-p', `${from}^{tree}`)).toBeNull();
  expect(fingerprint(root)).toBe(before);
});
