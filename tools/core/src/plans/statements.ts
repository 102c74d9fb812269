import type { Sha256 } from '../evidence/described.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { BlockStatement, Described, Person, Statement, Subject } from '../evidence/statement.ts';
import { formatStatement } from '../evidence/statement-file.ts';
import { pathOf, signaturePath } from '../evidence/statement-path.ts';
import { oneLine } from '../history/message.ts';
import type { Change, Snapshot, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import { EMPTY_TREE } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { type BranchPlan, Line } from './plan.ts';
import { refuseTakenBranch } from './service.ts';

/** Who says something, and when. */
export interface Saying {
  readonly by: Person;
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly sha256: Sha256;
  /** Returns the signature of some bytes in the namespace of statements; absent: it is not signed. */
  readonly sign?: ((bytes: Uint8Array) => Promise<string>) | undefined;
}

/** A statement with the path of its file on the attestations branch. */
export interface FiledStatement {
  readonly path: string;
  readonly statement: Statement;
}

/** Returns what every statement says. */
export function claim(
  { subject, described }: { readonly subject: Subject; readonly described: readonly Described[] },
  { by, now }: Saying,
) {
  return { subject, described, by: { name: by.name, email: by.email }, time: isoTime(now / 1000) };
}

/** Returns the block of something: never the same as one that was lifted, since it would be lifted as well. */
export async function blockOf(
  evidence: Evidence,
  said: ReturnType<typeof claim>,
  reason: string,
): Promise<BlockStatement> {
  const lifted = await evidence.liftedOf(said.subject);
  const time = lifted.reduce(
    (latest, block) => (block.time >= latest ? isoTime(Date.parse(block.time) / 1000 + 1) : latest),
    said.time,
  );
  return { ...said, kind: 'block', reason: oneLine(reason), time };
}

/** Returns how the attestations branch moves when it takes some statements, and the file of each. */
export async function fileStatements(
  view: View,
  { attestations: branch }: Workspace,
  statements: readonly Statement[],
  subject: string,
  { sha256, sign }: Saying,
): Promise<{ plan: BranchPlan; filed: readonly FiledStatement[] }> {
  const files = statements.map((statement) => {
    const file = formatStatement(statement);
    return { path: pathOf(statement, sha256(new TextEncoder().encode(file))), statement, file };
  });
  const head = view.refs.branches.get(branch);
  if (head === undefined) refuseTakenBranch(branch, view.refs.branches.keys());
  const commit = head === undefined ? null : await view.commit(head);
  const line = Line.on(branch, commit, await view.snapshot(commit?.tree ?? EMPTY_TREE));
  const signed = sign === undefined ? [] : await signatures(line.snapshot, files, sign);
  await line.add([...files.map(({ path, file }) => ({ path, put: { file } })), ...signed], subject);
  return { plan: line.plan, filed: files.map(({ path, statement }) => ({ path, statement })) };
}

/** Returns the signatures of those statements that have none yet, each beside its file. */
async function signatures(
  before: Snapshot,
  statements: readonly { readonly path: string; readonly file: string }[],
  sign: (bytes: Uint8Array) => Promise<string>,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { path: of, file } of statements) {
    const path = signaturePath(of);
    if ((await before.entry(path)) === null)
      changes.push({ path, put: { file: await sign(new TextEncoder().encode(file)) } });
  }
  return changes;
}
