import type { Filed } from '../evidence/evidence.ts';
import { GIT_NAMESPACE, keyProblem, OPENPGP, STATEMENT_NAMESPACE, signerProblem } from '../evidence/signer.ts';
import type { Statement } from '../evidence/statement.ts';
import { ALLOWED_SIGNERS } from '../files/allowed-signers.ts';
import type { Policy } from '../files/policy.ts';
import type { Workspace } from '../history/workspace.ts';
import { type Entry, type Gate, wholeGate } from './gate.ts';

/** What makes Git, and with it every command, sign. */
const SIGN = 'git config --global commit.gpgSign true';

/** Returns the gate of the signature that whoever changes the environment is about to make. */
export function signedGate({ workspace, environment, who, key, now }: Entry): Gate {
  const claimed = { email: who?.email ?? '', at: Math.floor(now / 1000) };
  const problem = keyProblem(workspace.signers, key, GIT_NAMESPACE, claimed);
  const remedy = {
    none: { who: `whoever changes ${environment.name}`, command: SIGN },
    OpenPGP: { who: `whoever changes ${environment.name}`, command: 'git config --global gpg.format ssh' },
    other: review(workspace),
  }[key === undefined ? 'none' : key === OPENPGP ? 'OpenPGP' : 'other'];
  return wholeGate(
    'signed',
    `takes changes by ${who?.email ?? 'people'} with a signature of their own`,
    problem && `the change ${problem}`,
    remedy,
  );
}

/** A statement that does not count, and why. */
export interface Uncounted<S extends Statement = Statement> {
  readonly statement: Filed<S>;
  readonly problem: string;
}

/** Returns which statements count: with `signed: required`, those that whoever they name has signed. */
export async function countedOf<S extends Statement>(
  { evidence, view, workspace: { signers } }: Pick<Entry, 'evidence' | 'view' | 'workspace'>,
  { signed }: Policy,
  statements: readonly Filed<S>[],
): Promise<{ counted: readonly Filed<S>[]; uncounted: readonly Uncounted<S>[] }> {
  if (signed !== 'required') return { counted: statements, uncounted: [] };
  const checked = await Promise.all(
    statements.map(async (statement) => {
      const claimed = { email: statement.by.email, at: Date.parse(statement.time) / 1000 };
      const found = await evidence.signed(statement);
      return { statement, problem: signerProblem(view, signers, found, STATEMENT_NAMESPACE, claimed) };
    }),
  );
  return {
    counted: checked.flatMap(({ statement, problem }) => (problem === undefined ? [statement] : [])),
    uncounted: checked.flatMap(({ statement, problem }) => (problem === undefined ? [] : [{ statement, problem }])),
  };
}

/** Returns what keeps a statement from counting, as a clause. */
export function uncountedText({ statement, problem }: Uncounted): string {
  return `${statement.file} by ${statement.by.name} ${problem}`;
}

/** Returns who can make statements count, and how: by signing them, or by saying who may sign. */
export function signingRemedy(
  uncounted: readonly Uncounted[],
  workspace: Workspace,
  remedy: NonNullable<Gate['remedy']>,
): NonNullable<Gate['remedy']> {
  if (uncounted.length === 0) return remedy;
  const isListed = uncounted.every(({ problem }) => problem !== 'is not signed');
  return isListed ? review(workspace) : { ...remedy, command: `${SIGN} && ${remedy.command}` };
}

function review({ branch }: Workspace): NonNullable<Gate['remedy']> {
  return { who: `whoever reviews ${branch}`, command: `git show ${branch}:${ALLOWED_SIGNERS}` };
}
