import { EleventhError } from '../error.ts';
import { type Message, parseMessage, type Trailer, trailer } from '../history/message.ts';
import type { Commit, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import { isOid, type Oid } from '../names/object-id.ts';
import { Evidence, type Filed } from './evidence.ts';
import type { LandingStatement } from './statement.ts';

/** The trailer of a commit that was put to review, with the name of the branch on which it was. */
export const PROPOSAL = 'Proposal';

/** Returns the branch on which a commit was put to review, or undefined for one that was not. */
export function proposalOf({ message }: Pick<Commit, 'message'>): string | undefined {
  return trailer(parseMessage(message), PROPOSAL);
}

/** Returns what says that a commit that was put to review landed, the first where several do; null: nothing does. */
export async function landingOf(evidence: Evidence, commit: Commit): Promise<Filed<LandingStatement> | null> {
  const recipe = trailer(parseMessage(commit.message), 'Recipe') ?? '';
  if (!isOid(recipe)) return null;
  const said = await evidence.of({ kind: 'recipe', recipe });
  return (
    said.find((one): one is Filed<LandingStatement> => one.kind === 'landing' && one.commit === commit.oid) ?? null
  );
}

/** Returns how a commit landed, as far as that can be read; null for one that was not put to review. */
export async function knownLanding(
  view: View,
  workspace: Pick<Workspace, 'attestations'>,
  commit: Commit,
): Promise<LandingStatement | null> {
  if (proposalOf(commit) === undefined) return null;
  try {
    return await landingOf(await Evidence.in(view, workspace), commit);
  } catch (error) {
    if (error instanceof EleventhError) return null;
    throw error;
  }
}

/** Returns a message that says under which policy, and with which evidence, it was decided that its commit lands. */
export function asDecided(message: Message, landing: LandingStatement | null): Message {
  if (landing === null) return message;
  const { policy, evidence } = landing;
  const decided: Trailer[] = [['Policy', policy], ...(evidence === undefined ? [] : [['Evidence', evidence] as const])];
  return { ...message, trailers: [...message.trailers, ...decided] };
}

/** Returns when a landing was, in seconds since 1970. */
export function landedAt({ time }: Pick<LandingStatement, 'time'>): number {
  return Date.parse(time) / 1000;
}

/** When commits that were put to review landed, in seconds since 1970; null: nothing says that they did. */
export type Landings = ReadonlyMap<Oid, number | null>;

/** Returns the landings of those of some commits that were put to review. Reads nothing where none was. */
export async function landingsOf(
  view: View,
  workspace: Pick<Workspace, 'attestations'>,
  commits: readonly Commit[],
): Promise<Landings> {
  const proposed = commits.filter((commit) => proposalOf(commit) !== undefined);
  if (proposed.length === 0) return new Map();
  const evidence = await Evidence.in(view, workspace);
  return new Map(
    await Promise.all(
      proposed.map(async (commit) => {
        const landing = await landingOf(evidence, commit);
        return [commit.oid, landing === null ? null : landedAt(landing)] as const;
      }),
    ),
  );
}
