import { EleventhError } from '../error.ts';
import { GIT_NAMESPACE, keyProblem, OPENPGP, STATEMENT_NAMESPACE, signerKey } from '../evidence/signer.ts';
import { parseStatement } from '../evidence/statement-file.ts';
import { utf8 } from '../files/yaml-file.ts';
import { trailer } from '../history/message.ts';
import { isReplayed } from '../history/request.ts';
import type { AnnotatedTag, Signed, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import type { Ground } from './ground.ts';
import type { Report } from './moment.ts';
import type { Step } from './step.ts';

/** The signature of a statement, as a commit of the attestations branch recorded it. */
export interface FiledSignature {
  /** Of the statement. */
  readonly path: string;
  readonly signature: string;
  readonly commit: Oid;
  readonly tree: Oid;
  /** When it was recorded, in seconds since 1970. */
  readonly time: number;
}

/**
 * Returns the key by which a commit counts as signed, as gates are asked with it: that of its own signature, or of the
 * request that it holds and was made for. undefined: nobody signed it.
 */
export function keyOf(step: Step): string | null | undefined {
  const counts = isAskedFor(step) ? step.kept?.signed : step.signed;
  return counts ? signerKey(step.ground.view, counts, GIT_NAMESPACE) : undefined;
}

/** Returns whether a pin is exactly what the request that it holds asks for. */
function isAskedFor({ ground, kept, commit, message, changes }: Step): boolean {
  const id = trailer(message, 'Service') ?? '';
  const change = changes.find((one) => one.id === id);
  const folder = change?.to;
  return (
    kept !== null &&
    folder != null &&
    kept.request.oid === trailer(message, 'Request') &&
    kept.request.tree === ground.history.treeWith(`apps/${id}`, folder) &&
    JSON.stringify(kept.request.author) === JSON.stringify(commit.author) &&
    isReplayed(kept.request, commit, change?.before?.commit)
  );
}

/** Reports a commit's signature that does not fit, or is by a key of neither its author nor whoever committed it. */
export function checkSignature(step: Step, workspace: Workspace): void {
  const { ground, signed, commit, report } = step;
  if (signed === null) return;
  const { author, committer } = commit;
  // Whoever commits what others asked for is not who it is of.
  if (isAskedFor(step) && signerKey(ground.view, signed, GIT_NAMESPACE) !== null) return;
  const problems = [author.email, committer.email].map((email) =>
    problemOf(ground.view, workspace, signed, GIT_NAMESPACE, { email, at: committer.time }),
  );
  const [first] = problems;
  if (first !== undefined && problems.every((problem) => problem !== undefined))
    report('signature-bad', `It ${first}.`);
}

/** Returns what is wrong with a signature. One that cannot be checked here, or where nobody is listed, only has to fit. */
function problemOf(
  view: View,
  { signers }: Workspace,
  signed: Signed,
  namespace: string,
  claimed: { readonly email: string; readonly at: number },
): string | undefined {
  const key = signerKey(view, signed, namespace);
  if (key === OPENPGP || (key !== null && signers.lines.length === 0)) return undefined;
  try {
    return keyProblem(signers, key, namespace, claimed);
  } catch (error) {
    // Whoever cannot be told apart is nobody's wrong.
    if (error instanceof EleventhError) return undefined;
    throw error;
  }
}

/** Reports a release's signature that is wrong, or missing where the policy of its day asks for it. */
export async function checkTagSignature(
  ground: Ground,
  environment: string,
  tag: Oid,
  { tagger }: AnnotatedTag,
  report: Report,
): Promise<void> {
  const { view } = ground;
  const signed = await view.signed(tag);
  const at = tagger?.time ?? ground.now;
  const workspace = await workspaceAsOf(ground, at);
  const policy = workspace?.environments.find(({ name }) => name === environment)?.policy;
  if (workspace === null) return;
  if (signed === null) {
    if (policy?.signed === 'required') report('signature-bad', 'The tag is not signed.');
    return;
  }
  const problem = problemOf(view, workspace, signed, GIT_NAMESPACE, { email: tagger?.email ?? '', at });
  if (problem !== undefined) report('signature-bad', `The tag ${problem}.`);
}

/** Reports every signature of a statement that does not fit, or is not by whom the statement names. */
export async function checkStatementSignatures(ground: Ground, filed: readonly FiledSignature[]): Promise<void> {
  const { view, findings } = ground;
  const branch = ground.workspace.attestations;
  await Promise.all(
    filed.map(async ({ path, signature, commit, tree, time }) => {
      const report = findings.on({ ref: branch, commit });
      const payload = await (await view.snapshot(tree)).read(path);
      const workspace = await workspaceAsOf(ground, time);
      if (payload === null) report('statement-foreign', `${path}.sig is the signature of nothing.`);
      if (payload === null || workspace === null) return;
      const claimed = claimedBy(path, payload);
      if (claimed === null) return;
      const problem = problemOf(view, workspace, { payload, signature }, STATEMENT_NAMESPACE, claimed);
      if (problem !== undefined) report('signature-bad', `${path} ${problem}.`);
    }),
  );
}

function claimedBy(path: string, payload: Uint8Array): { email: string; at: number } | null {
  try {
    const { by, time } = parseStatement(path, utf8(path, payload));
    return { email: by.email, at: Date.parse(time) / 1000 };
  } catch (error) {
    // That it is no statement is found where the branch is walked.
    if (error instanceof EleventhError) return null;
    throw error;
  }
}

async function workspaceAsOf({ main, workspaces }: Ground, time: number): Promise<Workspace | null> {
  const commit = main.at(Math.max(main.asOf(time), 0));
  if (commit === undefined) return null;
  try {
    return await workspaces.at(commit);
  } catch (error) {
    if (error instanceof EleventhError) return null;
    throw error;
  }
}
