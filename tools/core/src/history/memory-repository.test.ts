import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_TREE, isOid } from '../names/object-id.ts';
import { MemoryRepository } from './memory-repository.ts';
import { filesBelow } from './snapshot.ts';

const name = fc.constantFrom('a', 'b', 'c');
const folder = fc.dictionary(
  fc.tuple(name, name).map((parts) => parts.join('/')),
  fc.string(),
);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function read(repository: MemoryRepository, tree: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const snapshot = repository.snapshot(tree);
  for (const { name: top } of await snapshot.list(''))
    for (const [path, bytes] of await filesBelow(snapshot, top)) files[`${top}/${path}`] = text(bytes);
  return files;
}

describe('a repository in memory', () => {
  it('holds what it is given, under ids that are the same for the same and for nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(folder, folder, async (one, other) => {
        const repository = new MemoryRepository();
        const [a, b] = [one, other].map((files) => repository.treeOf(new Map(Object.entries(files))));
        expect(await read(repository, a ?? '')).toEqual(one);
        expect(await read(repository, b ?? '')).toEqual(other);
        const sorted = (files: object) => JSON.stringify(Object.entries(files).sort());
        expect(a === b).toBe(sorted(one) === sorted(other));
        expect([a, b].every((oid) => isOid(oid ?? ''))).toBe(true);
      }),
    );
  });

  it('puts and takes away files and folders', async () => {
    const repository = new MemoryRepository();
    const empty = repository.snapshot(EMPTY_TREE);
    expect(await empty.list('')).toEqual([]);
    const first = await empty.with([
      { path: 'apps/x/file', put: { file: 'one' } },
      { path: 'apps/y/file', put: { file: new TextEncoder().encode('two') } },
    ]);
    const x = await first.entry('apps/x');
    const second = await first.with([
      { path: 'apps/y', put: { tree: x?.oid ?? '' } },
      { path: 'apps/x', put: null },
    ]);
    expect(await second.entry('apps/y')).toEqual(x);
    expect(await second.entry('apps/x')).toBeNull();
    expect(text((await second.read('apps/y/file')) ?? new Uint8Array())).toBe('one');
    expect((await second.with([{ path: '', put: { tree: first.tree } }])).tree).toBe(first.tree);
  });

  it('walks a branch from its newest commit', async () => {
    const repository = new MemoryRepository();
    const empty = repository.snapshot(EMPTY_TREE);
    const made = [1, 2, 3].map((time) => repository.commit('main', empty, `${time}\n`, time));
    const { view } = repository;
    const walked: string[] = [];
    for await (const { oid } of view.line(view.refs.branches.get('main') ?? '')) walked.push(oid);
    expect(walked).toEqual(made.toReversed());
    expect((await view.commit(made[1] ?? '')).committer.time).toBe(2);
    expect(await view.expand(made[1] ?? '')).toBe(made[1]);
    expect(await view.expand('00')).toBeNull();
  });
});
