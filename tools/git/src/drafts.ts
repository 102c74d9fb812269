import { branchRef, type Oid, type Plan, type Signature, type Step, tagRef } from '@eleventh/core';
import { Drafts } from './commits.ts';
import type { GitObject } from './object-format.ts';
import type { Objects } from './objects.ts';
import type { RefUpdate } from './push-arguments.ts';
import type { Signer } from './signer.ts';

/** Who makes commits and tags, and when. */
export interface People {
  readonly author: Signature;
  readonly committer: Signature;
  /** What signs them for the committer, where that is asked for. */
  readonly signer?: Signer | undefined;
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

/** The objects of a plan with the ref updates that bring them in. */
export interface Draft {
  readonly made: Made;
  readonly objects: readonly GitObject[];
  readonly updates: readonly RefUpdate[];
}

/**
 * Returns the objects and ref updates of a plan; nothing is written. Throws `SIGNING_FAILED`.
 * @param request the content of a signed request, which the plan's last commit then holds.
 */
export async function draftPlan(
  plan: Plan,
  { author, committer, signer }: People,
  objects: Objects,
  request?: Uint8Array,
): Promise<Draft> {
  const drafts = new Drafts(signer);
  const commits = new Map<string, Oid[]>();
  const newest = (branch: string): Oid => commits.get(branch)?.at(-1) ?? '';
  const commit = async (step: Step, parent: Oid | null, held?: Uint8Array): Promise<Oid> => {
    const tree = { tree: step.snapshot.tree, objects: await objects.unwrittenBelow(step.snapshot.tree) };
    const { author: said } = step;
    const by = said === undefined ? author : { ...said, zone: '+0000' };
    return drafts.commit({ parent, tree, message: step.message(newest), author: by, committer, request: held });
  };

  for (const { branch, parent, steps, landing } of plan.branches) {
    const made: Oid[] = landing === undefined ? [] : [landing];
    for (const step of steps) {
      made.push(await commit(step, made.at(-1) ?? parent, step === steps.at(-1) ? request : undefined));
    }
    commits.set(branch, made);
  }
  const updates: RefUpdate[] = plan.branches.flatMap(({ branch, expected, steps, landing }) =>
    steps.length === 0 && landing === undefined ? [] : [{ ref: branchRef(branch), expected, value: newest(branch) }],
  );
  if (plan.removal !== undefined) {
    const { branch, expected } = plan.removal;
    updates.push({ ref: branchRef(branch), expected, value: null });
  }
  let tagged: Oid | null = null;
  if (plan.tag !== undefined) {
    const { tag, message, candidate, target } = plan.tag;
    const first = commits.get(plan.branches[0]?.branch ?? '')?.at(-1) ?? null;
    tagged = candidate === undefined ? (target ?? first) : await commit(candidate.step, candidate.parent);
    if (tagged === null) throw new RangeError('The plan has a tag and nothing to put it on.');
    // Whoever releases is who is asked for, as with commits; a tag has no second name.
    const tagger = { ...author, time: committer.time, zone: committer.zone };
    const value = await drafts.tag({ name: tag, object: tagged, tagger, message });
    updates.push({ ref: tagRef(tag), expected: null, value });
  }
  return { made: { commits, tagged }, objects: drafts.objects, updates };
}
