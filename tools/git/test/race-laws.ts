import { buildOrder, type Commit, type Oid, parseMessage, pinOf, planPins, trailer } from '@eleventh/core';
import { expect } from 'vitest';
import { viewAt } from '../src/views.ts';
import { type Contents, differences, MemoryRemote } from './memory-remote.ts';
import { BRANCH, codeOf, commitAt, drain, nameOf, type Outcome, type Setup, START } from './race.ts';
import { PERSON } from './scratch.ts';

const REF = `refs/heads/${BRANCH}`;
/** How long a writer may take, whatever happens: it is patient for two minutes where it may not write the branch. */
const LONGEST = 10 * 60 * 1000;
const EXPLAINED = ['OLDER_BUILD', 'PUSH_FAILED', 'PUSH_REFUSED', 'REQUEST_OVERTAKEN', 'OVERTAKEN'];

/** Checks what must be true after every race, whatever went wrong in it. */
export async function checkLaws(start: Contents, setup: Setup, outcome: Outcome): Promise<void> {
  const { server, took } = outcome;
  expect(took).toBeLessThan(LONGEST);
  const heads = () => server.moves.flatMap(({ ref, value }) => (ref === REF && value !== null ? [value] : []));
  checkEndings(setup, outcome, heads());
  if (setup.host !== 'keeping') await checkQueue(setup, outcome);
  const old = new Set(lineOf(start, start.refs.get(REF)).map(({ oid }) => oid));
  for (const head of heads()) {
    const authors = lineOf(server, head).flatMap((commit) => (isPin(commit) ? [commit.author.name] : []));
    const ours = authors.filter((name) => name.startsWith('Writer'));
    expect(new Set(ours).size, 'a pin is committed twice').toBe(ours.length);
  }
  const made = new Map(heads().flatMap((head) => lineOf(server, head).map((commit) => [commit.oid, commit])));
  for (const commit of made.values())
    if (!old.has(commit.oid) && isPin(commit)) await checkCommit(setup, outcome, commit);
}

/** Each writer's commit is on the branch when it says so, and is not when it says that it failed. */
function checkEndings({ writers, person }: Setup, { server, endings }: Outcome, heads: readonly Oid[]): void {
  const commitsOf = (head: Oid | undefined, index: number) =>
    lineOf(server, head).filter((commit) => isPin(commit) && commit.author.name === nameOf(index));
  for (const [index, ending] of endings.entries()) {
    const ever = new Set(heads.flatMap((head) => commitsOf(head, index).map(({ oid }) => oid)));
    const now = commitsOf(server.refs.get(REF), index).map(({ oid }) => oid);
    if (ending.kind === 'dead') {
      expect(writers[index]?.diesAt, `writer ${index} neither ended nor died`).toBeDefined();
    } else if (ending.kind === 'refused') {
      expect(EXPLAINED).toContain(codeOf(ending.error));
      // What landed unheard and was thrown away by a person was asked for again, and then refused for its own reason.
      const isThrownAway = person.some(({ does }) => does === 'rewind') && now.length === 0;
      if (!isThrownAway) expect([...ever], `writer ${index} was refused: ${ending.error}`).toEqual([]);
    } else if (ending.written.changed) {
      const own = ending.written.commits.get(BRANCH)?.at(-1) ?? '';
      expect([...ever]).toContain(own);
      // A person may have thrown away what was there.
      if (!person.some(({ does }) => does === 'rewind'))
        expect(now, `writer ${index} says that it wrote`).toEqual([own]);
    }
  }
}

/** Nobody who ended leaves a request, nor an answer where no message was lost; and a drain takes away all the rest. */
async function checkQueue(setup: Setup, { server, left }: Outcome): Promise<void> {
  const authorOf = new Map<string, string>();
  for (const { ref, value } of server.moves) {
    if (value === null || !ref.startsWith('refs/eleventh/requests/')) continue;
    const { name } = commitAt(server, value).author;
    authorOf.set(ref, name).set(ref.replace('/requests/', '/answers/'), name);
  }
  // Whoever dies while it commits for a crowd leaves that said, with its own request.
  for (const ref of left.filter((ref) => ref.includes('/claims/')))
    authorOf.set(ref, commitAt(server, server.refs.get(ref) ?? '').author.name);
  const dead = setup.writers.flatMap(({ diesAt }, index) => (diesAt === undefined ? [] : [nameOf(index)]));
  const strange = left
    .filter((ref) => setup.faults === 0 || ref.includes('/requests/'))
    .filter((ref) => !dead.includes(authorOf.get(ref) ?? ''));
  expect(strange).toEqual([]);
  await drain(server, START + 48 * 60 * 60 * 1000);
  expect([...server.listing().queue.keys()]).toEqual([]);
}

/** A commit is what its writer's edit makes of its parent and nothing else, and takes its service no step back. */
async function checkCommit({ writers }: Setup, { server }: Outcome, commit: Commit): Promise<void> {
  const [parent] = commit.parents;
  const index = writers.findIndex((_, each) => nameOf(each) === commit.author.name);
  const writer = writers[index];
  if (parent === undefined || writer === undefined) throw new Error(`nobody asked for ${commit.oid}`);
  const { id } = writer.pin;
  const { objects } = new MemoryRemote(server, PERSON.name);
  const listing = server.listing();
  const view = viewAt(objects, listing, BRANCH, parent);
  const [before, after] = await Promise.all(
    [parent, commit.oid].map(async (oid) => pinOf(await view.snapshot(commitAt(server, oid).tree), id)),
  );
  if (before != null && after != null && writer.pin.allowDowngrade !== true)
    expect(buildOrder(after, before), 'a service goes back').not.toBe('older');
  const changed = differences(server.objects, commitAt(server, parent).tree, commit.tree);
  const isDerived = (path: string) => before == null && /^environments\/[a-z]+\/kustomization\.yaml$/.test(path);
  expect(
    changed.filter(
      (path) => !`${path}/`.startsWith(`apps/${id}/`) && !`apps/${id}/`.startsWith(`${path}/`) && !isDerived(path),
    ),
  ).toEqual([]);
  const serial = await planPins(view, [writer.pin], START + 48 * 60 * 60 * 1000);
  expect(commit.tree, `${commit.author.name} writes what it would have written alone`).toBe(
    serial.branches[0]?.snapshot.tree,
  );
}

function isPin(commit: Commit): boolean {
  return trailer(parseMessage(commit.message), 'Service') !== undefined;
}

function lineOf(contents: Contents, head: Oid | undefined): Commit[] {
  const line: Commit[] = [];
  for (let next = head; next !== undefined; next = line.at(-1)?.parents[0]) line.push(commitAt(contents, next));
  return line;
}
