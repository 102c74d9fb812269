import { branchRef, type Oid, type Plan, type Signature, type Step, tagRef } from '@eleventh/core';
import { type CommitDraft, draftObjects, type TagDraft } from './commits.ts';
import type { GitObject } from './object-format.ts';
import type { Objects } from './objects.ts';
import type { RefUpdate } from './push-arguments.ts';

/** Who makes commits and tags, and when. */
export interface People {
  readonly author: Signature;
  readonly committer: Signature;
}

/** Returns a person as of now, in milliseconds since 1970. */
export function at(person: Signature, now: number): Signature {
  return { ...person, time: Math.floor(now / 1000) };
}

/** What a plan makes: the commits by branch, oldest first, and what its tag points to. */
export interface Made {
  readonly commits: ReadonlyMap<string, readonly Oid[]>;
  readonly tagged: Oid | null;
}

/**
 * Returns the objects and ref updates of a plan; nothing is written.
 * @param request the content of a signed request, which the plan's last commit then holds.
 */
export async function draftPlan(
  plan: Plan,
  people: People,
  objects: Objects,
  request?: Uint8Array,
): Promise<{ made: Made; objects: readonly GitObject[]; updates: readonly RefUpdate[] }> {
  const drafts: CommitDraft[] = [];
  const positions = new Map<string, number[]>();
  const newest = (branch: string): Oid => draftObjects(drafts).commits[positions.get(branch)?.at(-1) ?? -1] ?? '';
  const draft = async (step: Step, parent: CommitDraft['parent']): Promise<{ draft: number }> => {
    const tree = { tree: step.snapshot.tree, objects: await objects.unwrittenBelow(step.snapshot.tree) };
    drafts.push({ parent, tree, message: step.message(newest), ...people });
    return { draft: drafts.length - 1 };
  };

  for (const { branch, parent, steps } of plan.branches) {
    const made: number[] = [];
    for (const step of steps)
      made.push((await draft(step, made.length > 0 ? { draft: drafts.length - 1 } : parent)).draft);
    positions.set(branch, made);
    const last = drafts.at(-1);
    if (request !== undefined && last !== undefined) drafts[drafts.length - 1] = { ...last, request };
  }
  const tags: TagDraft[] = [];
  let target: TagDraft['object'] | null = null;
  if (plan.tag !== undefined) {
    const { tag, message, candidate } = plan.tag;
    const newestOfFirst = positions.get(plan.branches[0]?.branch ?? '')?.at(-1) ?? -1;
    target =
      candidate === undefined
        ? (plan.tag.target ?? { draft: newestOfFirst })
        : await draft(candidate.step, candidate.parent);
    tags.push({ name: tag, object: target, tagger: people.committer, message });
  }

  const drafted = draftObjects(drafts, tags);
  const oidAt = (position: number | undefined): Oid => drafted.commits[position ?? -1] ?? '';
  const updates: RefUpdate[] = plan.branches.flatMap(({ branch, expected }) => {
    const made = positions.get(branch) ?? [];
    return made.length === 0 ? [] : [{ ref: branchRef(branch), expected, value: oidAt(made.at(-1)) }];
  });
  if (plan.tag !== undefined) updates.push({ ref: tagRef(plan.tag.tag), expected: null, value: drafted.tags[0] ?? '' });
  const commits = new Map([...positions].map(([branch, made]) => [branch, made.map(oidAt)]));
  const tagged = target === null ? null : typeof target === 'string' ? target : oidAt(target.draft);
  return { made: { commits, tagged }, objects: drafted.objects, updates };
}
