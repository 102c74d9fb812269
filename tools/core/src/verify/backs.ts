import { folderChanges, neverHad, revertedCommit } from '../history/deployment.ts';
import { trailer, trailers } from '../history/message.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { checkParts } from './promotions.ts';
import type { Explained, Step } from './step.ts';

/** Checks that a rollback is exactly what it says it went back to, and that this ran there. */
export async function checkRollback(step: Step): Promise<Explained> {
  const { line, message, commit, parent, environment, report } = step;
  const named = trailer(message, 'Rolled-Back-To') ?? '';
  const left = trailer(message, 'Rolled-Back-From');
  const only = trailers(message, 'Only');
  const tree = line.trees.get(named) ?? null;
  if (tree === null) report('rollback-differs', `What it went back to never was on ${environment.branch}.`);
  else if (only.length === 0 && tree !== commit.tree)
    report('rollback-differs', `It is not the tree of ${short(named)}, to which it says it went back.`);
  if (only.length > 0) await checkParts(step, named, tree, only, 'rollback-differs');
  if (left !== undefined && left !== parent?.oid)
    report('message-differs', `It says that it went back from ${short(left)}, and does not stand on that.`);
  return back(step, named, tree === commit.tree);
}

function back({ environment }: Step, commit: Oid, isKnown: boolean): Explained {
  const [from = environment.name] = environment.from;
  return { way: 'rollback', source: { from, name: short(commit), commit }, isKnown };
}

/** Checks that a bare `git revert` is the opposite of what it says it undoes, service by service. */
export async function checkRevert(step: Step): Promise<Explained> {
  const { ground, line, message, changes, commit, parent, report } = step;
  const { view } = ground;
  const named = revertedCommit(message) ?? '';
  if (!line.trees.has(named)) {
    report('revert-differs', `What it undoes never was on ${step.environment.branch}.`);
    return { way: 'promotion', isKnown: false };
  }
  const undone = await view.commit(named);
  const [above] = undone.parents;
  const earlier = await view.snapshot(above === undefined ? EMPTY_TREE : (line.trees.get(above) ?? EMPTY_TREE));
  const later = await view.snapshot(undone.tree);
  const strays = new Map<ServiceId, Oid>();
  for (const { id, from, to } of changes) {
    const path = `apps/${id}`;
    const [was, became] = [(await earlier.entry(path))?.oid ?? null, (await later.entry(path))?.oid ?? null];
    if (was === became) {
      report('revert-stray', `It changed ${id}, which ${short(named)} had not.`);
      if (to !== null) strays.set(id, to);
    } else if (from === became && to !== was)
      report('revert-differs', `${id} is not what it was before ${short(named)}.`);
    else if (from !== became)
      report('revert-differs', `${id} had been changed again after ${short(named)}, and is neither state now.`);
  }
  for (const id of await neverHad(view, view.line(parent?.oid ?? named), strays))
    report('revert-differs', `It made ${id} something that never ran there, and ${short(named)} had not changed it.`);
  const now = await view.snapshot(commit.tree);
  for (const { id, to } of await folderChanges(earlier, later))
    if (!changes.some((one) => one.id === id) && ((await now.entry(`apps/${id}`))?.oid ?? null) === to)
      report('revert-differs', `It left ${id} as ${short(named)} had made it.`);
  const restored = parent !== null && line.newest.get(commit.tree);
  return back(step, restored || (above ?? named), strays.size === 0);
}
