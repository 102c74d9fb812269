import { createHash } from 'node:crypto';
import {
  type AttestationPlan,
  type Meant,
  type Person,
  type Saying,
  STATEMENT_NAMESPACE,
  type View,
} from '@eleventh/core';
import type { Signer } from '@eleventh/git';
import { type Context, type Done, type Output, writtenJson } from './command.ts';
import { factsText, shortIf } from './screen/changes.ts';
import type { Painter } from './screen/paint.ts';
import { printable } from './screen/table.ts';

/**
 * Records what a plan says of something. When somebody else is faster the plan is made again, and the name that was given
 * may mean something else by then, which nobody tested or looked at: so it is what it meant at first.
 */
export function attest(
  context: Context,
  name: string,
  plan: (view: View, meant: Meant, saying: Saying) => Promise<AttestationPlan>,
): Promise<Done<AttestationPlan>> {
  let meant: Meant = { name };
  return context.change(async (view, occasion, signer) => {
    const made = await plan(view, meant, saying(occasion, signer));
    meant = made.named.meant;
    return made;
  });
}

/** Returns who says something, as a plan takes it. With --dry-run nobody has to. */
export function saying({ who, now }: { who?: Person | undefined; now: number }, signer: Signer | undefined): Saying {
  const by = who ?? { name: 'nobody', email: '' };
  const isSigned = signer?.signsCommits === true;
  return { by, now, sha256, sign: isSigned ? (bytes) => signer.sign(bytes, STATEMENT_NAMESPACE, by) : undefined };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Returns what a command prints that records statements. @param sentence what it did, without an end. */
export function attestedOutput(done: Done<AttestationPlan>, sentence: (painter: Painter) => string): Output {
  const { plan, commits } = done;
  const { subject, label } = plan.named;
  const branch = plan.workspace.attestations;
  const commit = commits.get(branch)?.at(-1) ?? null;
  const paths = plan.statements.map(({ path }) => path);
  const recipe = subject.kind === 'recipe' ? subject.recipe : null;
  return {
    json: { ...writtenJson(done, { branch, commit, recipe, tag: null }), subject, name: label, statements: paths },
    text: (painter) => {
      if (!done.changed) return `${sentence(painter)}: recorded already; nothing to do.\n`;
      const facts = factsText(
        [
          ['branch', branch],
          ['commit', shortIf(commit)],
          ['check', done.isDryRun ? undefined : `git show ${branch}:${printable(paths[0] ?? '')}`],
        ],
        painter,
      );
      return `${done.isDryRun ? 'Would record: ' : ''}${sentence(painter)}\n${facts}\n`;
    },
  };
}
