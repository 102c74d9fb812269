import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemorySnapshot } from '../../test/memory-snapshot.ts';
import { neverHad } from './deployment.ts';
import type { Commit, Snapshot, View } from './snapshot.ts';

const SERVICES = ['a', 'a-b/x', 'c/x', 'c/y', 'd'];
const PERSON = { name: 'Ada Example', email: 'ada@example.com', time: 0, zone: '+0000' };

/** Which build of each service a state runs: absent services run none. */
const state = fc.dictionary(fc.constantFrom(...SERVICES), fc.nat({ max: 3 }));

function snapshot(builds: Readonly<Record<string, number>>): Snapshot {
  return new MemorySnapshot(
    Object.fromEntries(
      Object.entries(builds).map(([id, build]) => [`apps/${id}/kustomization.yaml`, `build ${build}`]),
    ),
  );
}

/** Returns a view of states, newest first, each the tree of a commit. */
function history(states: readonly Snapshot[]): { view: View; commits: Commit[] } {
  const byTree = new Map(states.map((one) => [one.tree, one]));
  const commits = states.map((one, index) => ({
    oid: `${index}`,
    tree: one.tree,
    parents: [],
    author: PERSON,
    committer: PERSON,
    message: '',
  }));
  const find = (tree: string) => byTree.get(tree) ?? new MemorySnapshot({});
  return { view: { snapshot: find } as Partial<View> as View, commits };
}

async function* line(commits: readonly Commit[]): AsyncGenerator<Commit> {
  yield* commits;
}

describe('neverHad', () => {
  it('names exactly the folders that stood in no state, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(state, { maxLength: 12 }), state, async (states, wanted) => {
        const { view, commits } = history(states.map(snapshot));
        const target = snapshot(wanted);
        const ids = Object.keys(wanted).sort();
        const folders = await Promise.all(
          ids.map(async (id) => [id, (await target.entry(`apps/${id}`))?.oid ?? ''] as const),
        );
        const expected = ids.filter((id) => !states.some((builds) => builds[id] === wanted[id]));
        expect(await neverHad(view, line(commits), new Map(folders))).toEqual(expected);
      }),
    );
  });

  it('reads about as far back as it has to', async () => {
    const states = Array.from({ length: 1000 }, (_, age) => snapshot({ d: age }));
    const { view, commits } = history(states);
    const folder = (await states[10]?.entry('apps/d'))?.oid ?? '';
    let read = 0;
    const counted = (async function* () {
      for (const commit of commits) {
        read += 1;
        yield commit;
      }
    })();
    expect(await neverHad(view, counted, new Map([['d', folder]]))).toEqual([]);
    expect(read).toBeLessThan(40);
  });
});
