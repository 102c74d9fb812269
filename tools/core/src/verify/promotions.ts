import { neverHad } from '../history/deployment.ts';
import { trailer, trailers } from '../history/message.ts';
import type { Snapshot } from '../history/snapshot.ts';
import { isOid, type Oid, short } from '../names/object-id.ts';
import type { Line } from './ground.ts';
import { APART } from './main-line.ts';
import { checkOrder } from './pins.ts';
import type { Explained, Step } from './step.ts';

/** Checks that a promotion is exactly what it says it was promoted from, and that this was where it should have been. */
export async function checkPromotion(step: Step): Promise<Explained> {
  const { message, environment, commit, report } = step;
  const named = trailer(message, 'Promoted-From') ?? '';
  const only = trailers(message, 'Only');
  if (environment.from.length === 0) report('promotion-source', `${environment.name} takes pins, not promotions.`);
  const origin = originOf(step, named);
  const tree = origin === null ? await treeOf(step, named) : (origin.trees.get(named) ?? null);
  if (origin === null) await checkCandidate(step, named, tree);
  else if ((origin.positions.of(named) ?? -1) > origin.positions.asOf(commit.committer.time + APART))
    report('promotion-source', `It is dated before ${short(named)}, from which it says it was promoted.`);
  const from = origin?.environment.name ?? environment.from[0] ?? environment.name;
  const isWhole = only.length === 0;
  if (isWhole && tree !== null && tree !== commit.tree)
    report('promotion-differs', `It is not the tree of ${short(named)}, from which it says it was promoted.`);
  if (!isWhole) await checkParts(step, named, tree, only);
  checkOrder(step);
  const source = { from, name: from, commit: named };
  return { way: isWhole ? 'promotion' : 'partial', source, isKnown: origin !== null && tree === commit.tree };
}

/** Returns the line of an environment, of those that recipes come from, that has a commit. */
function originOf({ ground, environment }: Step, commit: Oid): Line | null {
  const lines = environment.from.flatMap((name) => {
    const from = ground.workspace.environments.find((one) => one.name === name);
    return ground.lines.get(from?.branch ?? '') ?? [];
  });
  return lines.find(({ trees }) => trees.has(commit)) ?? null;
}

async function treeOf({ ground }: Step, commit: Oid): Promise<Oid | null> {
  return !isOid(commit) || (await ground.view.expand(commit)) === null ? null : (await ground.view.commit(commit)).tree;
}

/** A candidate stands on no branch, but each of its services ran where candidates are composed from. */
async function checkCandidate(
  { ground, environment, commit, message, changes, report }: Step,
  named: string,
  tree: Oid | null,
): Promise<void> {
  const { view } = ground;
  const tag = trailer(message, 'Promoted-Tag');
  if (tag === undefined || tree === null) {
    report(
      'promotion-source',
      `${/^[0-9a-f]{40}$/.test(named) ? short(named) : 'What it names'} never was on the branch of ${environment.from.join(' or ')}.`,
    );
    return;
  }
  const there = view.refs.tags.get(tag);
  if (there === undefined) report('tag-moved', `${tag}, from which it says it was promoted, is gone.`);
  else if (there.commit !== named)
    report('tag-moved', `${tag}, from which it says it was promoted, stands at ${short(there.commit)}.`);
  const wanted = new Map(changes.flatMap(({ id, to }) => (to === null ? [] : [[id, to] as const])));
  const missing = new Map(wanted);
  for (const name of environment.from) {
    const branch = ground.workspace.environments.find((one) => one.name === name)?.branch ?? '';
    const line = ground.lines.get(branch)?.positions;
    const tip = line?.at(line.asOf(commit.committer.time + APART));
    if (tip === undefined) continue;
    const never = new Set(await neverHad(view, view.line(tip), missing));
    for (const id of missing.keys()) if (!never.has(id)) missing.delete(id);
  }
  if (missing.size > 0)
    report(
      'promotion-source',
      `${short(commit.oid)} brought what never ran in ${environment.from.join(' or ')}: ${[...missing.keys()].join(', ')}.`,
    );
}

/** Some services alone are what the source has, and nothing else changes. */
export async function checkParts(
  { ground, changes, report }: Step,
  named: string,
  tree: Oid | null,
  only: readonly string[],
  rule: 'promotion-differs' | 'rollback-differs' = 'promotion-differs',
): Promise<void> {
  const source: Snapshot | null = tree === null ? null : await ground.view.snapshot(tree);
  for (const { id, to } of changes) {
    const there = (await source?.entry(`apps/${id}`))?.oid ?? null;
    if (!only.includes(id)) report(rule, `It names ${only.join(', ')} alone, and changed ${id}.`);
    else if (source !== null && there !== to) report(rule, `${id} is not what ${short(named)} has.`);
  }
}
