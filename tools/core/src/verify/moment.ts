import type { Evidence } from '../evidence/evidence.ts';
import { type Message, trailer } from '../history/message.ts';
import type { Commit } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import { type Oid, short } from '../names/object-id.ts';
import type { FindingRule } from './finding.ts';
import type { Ground } from './ground.ts';
import { APART, type Positions } from './main-line.ts';

/** Under which policy and with which evidence a commit or tag was made, as places on their lines; -1 before the first. */
export interface Moment {
  readonly policy: number;
  readonly evidence: number;
}

export const BEGINNING: Moment = { policy: -1, evidence: -1 };

/** Says that something is wrong with the commit or tag that is looked at. */
export type Report = (rule: FindingRule, message: string) => void;

/**
 * Returns the moment at which a commit or tag was made: as it says itself, where that can be true, else as the times of
 * commits tell. It is never before the one of what it stands on.
 */
export function momentOf(
  { main, statements, workspace }: Ground,
  message: Message,
  { time }: Pick<Commit['committer'], 'time'>,
  before: Moment,
  report: Report,
): Moment {
  const place = (key: 'Policy' | 'Evidence', line: Positions, branch: string, earlier: number): number => {
    const named = trailer(message, key);
    if (named === undefined) return Math.max(line.asOf(time), earlier);
    const rule = key === 'Policy' ? 'policy' : 'evidence';
    const at = line.of(named);
    if (at === undefined) {
      report(`${rule}-unknown`, `${key}: ${printed(named)} never was on ${branch}.`);
      return Math.max(line.asOf(time), earlier);
    }
    if (at > line.asOf(time + APART))
      report('time-backwards', `It is dated before ${key}: ${short(named)}, which it names.`);
    if (at < earlier)
      report(`${rule}-older`, `${key}: ${short(named)} is older than what the commit before it was asked with.`);
    return Math.max(at, earlier);
  };
  return {
    policy: place('Policy', main, workspace.branch, before.policy),
    evidence: place('Evidence', statements.positions, workspace.attestations, before.evidence),
  };
}

function printed(oid: string): string {
  return /^[0-9a-f]{40}$/.test(oid) ? short(oid) : 'what it names';
}

/** Returns the workspace of a moment; before the first, that of the first commit. */
export function workspaceOf({ main, workspaces, workspace }: Ground, { policy }: Moment): Promise<Workspace> {
  return workspaces.at(main.at(Math.max(policy, 0)) ?? workspace.commit);
}

export function evidenceOf({ statements }: Ground, { evidence }: Moment): Promise<Evidence> {
  const commit: Oid | undefined = statements.positions.at(evidence);
  return statements.at(commit ?? null);
}
