import { usageError } from '../error.ts';
import type { Sha256 } from '../evidence/described.ts';
import { contains } from '../history/deployment.ts';
import type { Oid } from '../names/object-id.ts';
import type { Findings } from './ground.ts';
import type { History } from './history.ts';

/** What stood in a repository at one moment: one digest, and what it is of. */
export interface Checkpoint {
  /** The SHA-256 of `text`, in hexadecimal digits. */
  readonly digest: string;
  /** A line for each branch and tag, as `git for-each-ref` prints them: an id, a space, and the ref's full name. */
  readonly text: string;
}

/** Returns the checkpoint of a repository: over all of its branches and tags. What waits as a request is neither. */
export function checkpointOf(refs: ReadonlyMap<string, Oid>, sha256: Sha256): Checkpoint {
  const kept = [...refs].filter(([ref]) => /^refs\/(?:heads|tags)\//.test(ref)).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = kept.map(([ref, oid]) => `${oid} ${ref}\n`).join('');
  return { digest: sha256(new TextEncoder().encode(text)), text };
}

/** Returns the refs of a checkpoint's text; throws `BAD_CHECKPOINT` for what is none. */
export function parseCheckpoint(text: string): Map<string, Oid> {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = lines.map((line) => /^([0-9a-f]{40}) (refs\/(?:heads|tags)\/.+)$/.exec(line));
  if (lines.length === 0 || entries.some((entry) => entry === null))
    throw usageError(
      'BAD_CHECKPOINT',
      'That is no checkpoint: each line names an object and a ref.',
      'eleventh verify --save <file>',
    );
  return new Map(entries.map((entry) => [entry?.[2] ?? '', entry?.[1] ?? '']));
}

/** Reports what a checkpoint saw and is not there any more: a branch that does not go on from there, a tag that is another. */
export async function checkSince(
  { view, refs }: History,
  since: ReadonlyMap<string, Oid>,
  findings: Findings,
): Promise<void> {
  for (const [ref, oid] of since) {
    const now = refs.get(ref);
    const name = ref.replace(/^refs\/(?:heads|tags)\//, '');
    const at = { ref: name, commit: oid };
    if (now === undefined) findings.add('checkpoint-rewritten', at, `${name} is gone.`);
    else if (now === oid) continue;
    else if (ref.startsWith('refs/tags/'))
      findings.add('checkpoint-rewritten', at, `${name} is another tag than it was.`);
    else if (!(await contains(view.line(now), oid)))
      findings.add('checkpoint-rewritten', at, `${name} does not go on from where it was.`);
  }
}
