import { execFileSync } from 'node:child_process';
import { type Change, EMPTY_TREE, type Oid } from '@eleventh/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScratch, type Scratch } from '../test/scratch.ts';
import { gitObject } from './object-format.ts';
import { parseTree } from './tree.ts';
import { editTree, type TreeSource } from './tree-edit.ts';

let scratch: Scratch;
beforeAll(() => {
  scratch = createScratch();
  scratch.bare('r.git');
});
afterAll(() => scratch.remove());

/** Objects in memory, which remember the trees that were read. */
class Memory implements TreeSource {
  readonly contents = new Map<Oid, Uint8Array>([[EMPTY_TREE, new Uint8Array()]]);
  read: Oid[] = [];

  async tree(oid: Oid) {
    this.read.push(oid);
    return parseTree(oid, this.contents.get(oid)!);
  }

  async edit(base: Oid, changes: readonly Change[]): Promise<Oid> {
    const { tree, objects } = await editTree(this, base, changes);
    for (const object of objects) this.contents.set(object.oid, object.content);
    return tree;
  }
}

const file = (path: string, text: string): Change => ({ path, put: { file: text } });

/** Returns the tree that Git makes of these files. */
function gitTree(files: ReadonlyMap<string, string>): Oid {
  const lines = [...files].map(([path, text]) => `100644 ${gitObject('blob', Buffer.from(text)).oid}\t${path}\0`);
  const options = { cwd: `${scratch.path}/r.git`, env: { ...scratch.env, GIT_INDEX_FILE: `${scratch.path}/index` } };
  execFileSync('git', ['read-tree', '--empty'], options);
  execFileSync('git', ['update-index', '-z', '--index-info'], { ...options, input: lines.join('') });
  return execFileSync('git', ['write-tree', '--missing-ok'], { ...options, encoding: 'utf8' }).trim();
}

/** Does to a set of files what the changes say, in the plainest way. */
function apply(
  files: ReadonlyMap<string, string>,
  changes: readonly { path: string; text: string | null }[],
): Map<string, string> {
  const result = new Map(files);
  for (const { path, text } of changes) {
    for (const present of [...result.keys()]) {
      const inTheWay = text !== null && path.startsWith(`${present}/`);
      if (present === path || present.startsWith(`${path}/`) || inTheWay) result.delete(present);
    }
    if (text !== null) result.set(path, text);
  }
  return result;
}

describe('editTree', () => {
  it('makes the trees that Git makes, after any changes', async () => {
    const name = fc.constantFrom('a', 'a.b', 'a-b', 'a0', 'b', 'é', '😀', '\uffee');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const change = fc.record({ path, text: fc.option(fc.constantFrom('x', 'y', '')) });
    const changes = fc.array(change, { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(changes, changes, async (first, second) => {
        const memory = new Memory();
        const put = (list: typeof first) =>
          list.map(({ path, text }): Change => ({ path, put: text === null ? null : { file: text } }));
        const base = await memory.edit(EMPTY_TREE, put(first));
        const before = apply(new Map(), first);
        expect(base).toBe(gitTree(before));
        const edited = await memory.edit(base, put(second));
        expect(edited).toBe(gitTree(apply(before, second)));
        // Every tree of the result can be read: nothing new is missing among the objects.
        const walk = async (tree: Oid): Promise<void> => {
          for (const entry of await memory.tree(tree)) {
            if (entry.mode === '40000') await walk(entry.oid);
            else expect(memory.contents.has(entry.oid)).toBe(true);
          }
        };
        await walk(edited);
      }),
      { numRuns: 120 },
    );
  });

  it('reads only the folders on the way and makes no object twice', async () => {
    const memory = new Memory();
    const base = await memory.edit(EMPTY_TREE, [file('apps/a/x', '1'), file('apps/b/x', '2'), file('docs/x', '3')]);
    memory.read = [];
    const edited = await editTree(memory, base, [file('apps/a/x', '2')]);
    expect(memory.read).toHaveLength(3);
    expect(edited.objects.map(({ type }) => type)).toEqual(['blob', 'tree', 'tree', 'tree']);
    expect(edited.objects.at(-1)?.oid).toBe(edited.tree);
  });

  it('is the base, without objects, when nothing changes', async () => {
    const memory = new Memory();
    const base = await memory.edit(EMPTY_TREE, [file('apps/a/x', '1')]);
    const changes: Change[] = [file('apps/a/x', '1'), { path: 'nope/x', put: null }, { path: 'apps/a/x/y', put: null }];
    expect(await editTree(memory, base, changes)).toEqual({ tree: base, objects: [] });
  });

  it('puts whole trees, replaces a file that is in the way, and drops empty folders', async () => {
    const memory = new Memory();
    const base = await memory.edit(EMPTY_TREE, [file('one/x', '1'), file('two', '2')]);
    const one = (await memory.tree(base)).find(({ name }) => name === 'one')!.oid;
    const copied = await memory.edit(base, [{ path: 'two/deep/one', put: { tree: one } }]);
    expect(copied).toBe(
      gitTree(
        new Map([
          ['one/x', '1'],
          ['two/deep/one/x', '1'],
        ]),
      ),
    );
    expect(await memory.edit(base, [file('two', '1'), { path: 'one', put: null }])).toBe(
      gitTree(new Map([['two', '1']])),
    );
    expect(await memory.edit(base, [{ path: '', put: { tree: one } }])).toBe(one);
    expect(await memory.edit(base, [{ path: '', put: null }])).toBe(EMPTY_TREE);
    expect(await memory.edit(base, [{ path: 'one', put: { tree: EMPTY_TREE } }])).toBe(
      gitTree(new Map([['two', '2']])),
    );
    expect(await memory.edit(base, [file('two/x', '1'), { path: 'two/x', put: null }])).toBe(
      gitTree(new Map([['one/x', '1']])),
    );
  });

  it('makes an executable file plain', async () => {
    const memory = new Memory();
    const blob = gitObject('blob', Buffer.from('1'));
    const tree = gitObject('tree', Buffer.concat([Buffer.from('100755 x\0'), Buffer.from(blob.oid, 'hex')]));
    memory.contents.set(tree.oid, tree.content);
    expect(await memory.edit(tree.oid, [file('x', '1')])).toBe(gitTree(new Map([['x', '1']])));
    // Another file's change leaves the bit alone.
    const edited = await memory.edit(tree.oid, [file('y', '1')]);
    expect((await memory.tree(edited)).map(({ mode }) => mode)).toEqual(['100755', '100644']);
  });

  it.each(['../x', 'a/../b', './a', 'a//b', '/a', 'a/', '.git/config', 'a/.GIT/x', 'a\0b', ''])(
    'refuses the path %j',
    async (path) => {
      await expect(editTree(new Memory(), EMPTY_TREE, [file(path, 'x')])).rejects.toMatchObject({ code: 'BAD_PATH' });
    },
  );
});
