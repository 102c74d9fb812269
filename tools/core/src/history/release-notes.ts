import type { Pin } from '../files/pin.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { buildLabel } from '../rules/build-order.ts';
import { parseMessage, trailer, trailers } from './message.ts';
import type { ServiceChange } from './release.ts';
import type { View } from './snapshot.ts';
import type { Workspace } from './workspace.ts';

/** What a pin's commit recorded of the change it brought. */
interface PinRecord {
  readonly replaces: Oid | undefined;
  readonly changes: readonly string[];
  readonly omitted: number;
}

/** How many commits of a pinned branch are read for the notes of one release, at most. */
const HISTORY_LIMIT = 2000;
const SUBJECTS_PER_SERVICE = 50;

/** Returns what the notes say of every service, from the pins that the history recorded. */
export async function releaseNotes(
  view: View,
  workspace: Workspace,
  changes: readonly ServiceChange[],
  heading: string,
): Promise<string> {
  const subjects = await changeSubjects(view, workspace, changes);
  const parts = changes.map((change) => serviceNotes(change, subjects.get(change.id) ?? []));
  return `${[heading, ...(parts.length === 0 ? ['No service changed.'] : parts)].join('\n\n')}\n`;
}

/** Returns the subjects of the commits in what changed, newest first, as far as pins recorded them; by service. */
export async function changeSubjects(
  view: View,
  workspace: Workspace,
  changes: readonly ServiceChange[],
): Promise<Map<ServiceId, string[]>> {
  const records = await pinRecords(view, workspace, changes);
  return new Map(changes.map((change) => [change.id, subjectsBetween(change, records.get(change.id) ?? new Map())]));
}

async function pinRecords(
  view: View,
  workspace: Workspace,
  changes: readonly ServiceChange[],
): Promise<Map<ServiceId, Map<Oid, PinRecord>>> {
  const waiting = new Map(
    changes.flatMap(({ id, before, after }) => (before === null || after === null ? [] : [[id, before.commit]])),
  );
  const records = new Map<ServiceId, Map<Oid, PinRecord>>();
  for (const { branch, from } of workspace.environments) {
    const head = from.length === 0 ? view.refs.branches.get(branch) : undefined;
    if (head === undefined) continue;
    const left = new Map(waiting);
    let count = 0;
    for await (const { message: text } of view.line(head)) {
      count += 1;
      if (left.size === 0 || count > HISTORY_LIMIT) break;
      const message = parseMessage(text);
      const id = trailer(message, 'Service');
      const commit = trailer(message, 'Commit');
      if (id === undefined || commit === undefined || !waiting.has(id)) continue;
      const replaces = trailer(message, 'Replaces');
      const ofService = records.get(id) ?? new Map<Oid, PinRecord>();
      records.set(id, ofService);
      if (!ofService.has(commit)) {
        ofService.set(commit, {
          replaces,
          changes: trailers(message, 'Change'),
          omitted: Number(trailer(message, 'Changes-Omitted') ?? 0),
        });
      }
      if (commit === left.get(id) || replaces === left.get(id)) left.delete(id);
    }
  }
  return records;
}

/** Follows the pins from the new build back to the old one; empty when the chain does not reach it. */
function subjectsBetween({ before, after }: ServiceChange, records: ReadonlyMap<Oid, PinRecord>): string[] {
  const subjects: string[] = [];
  const seen = new Set<Oid>();
  let commit = after?.commit;
  while (commit !== undefined && before !== null && commit !== before.commit && !seen.has(commit)) {
    seen.add(commit);
    const record = records.get(commit);
    if (record === undefined) return subjects;
    subjects.push(...record.changes.map((change) => change.replace(/^([0-9a-f]{7})[0-9a-f]* /, '$1 ')));
    if (record.omitted > 0) subjects.push(`and ${record.omitted} more`);
    commit = record.replaces;
  }
  return subjects.length > SUBJECTS_PER_SERVICE
    ? [...subjects.slice(0, SUBJECTS_PER_SERVICE), `and ${subjects.length - SUBJECTS_PER_SERVICE} more`]
    : subjects;
}

function serviceNotes({ id, before, after }: ServiceChange, subjects: readonly string[]): string {
  const lines = [`${id}: ${changeLabel(before, after)}`];
  lines.push(...subjects.map((subject) => `  - ${subject}`));
  const link = before === null || after === null ? undefined : compareLink(after.source, before.commit, after.commit);
  if (link !== undefined) lines.push(`  ${link}`);
  return lines.join('\n');
}

/** Returns a change in a few words: `2.0.0 (1a2b3c4) -> 2.1.0 (3f2c9e1)`, `added at …`, `removed, was …`. */
export function changeLabel(before: Pin | null, after: Pin | null): string {
  if (after === null) return before === null ? 'removed' : `removed, was ${buildLabel(before)}`;
  if (before === null) return `added at ${buildLabel(after)}`;
  if (before.commit === after.commit) return `${buildLabel(after)}, other manifests or images`;
  return `${buildLabel(before)} -> ${buildLabel(after)}`;
}

const HOSTS: readonly [RegExp, (source: string, from: Oid, to: Oid) => string][] = [
  [/(?:^|\.)gitlab\.(?!com\.)/, (source, from, to) => `${source}/-/compare/${from}...${to}`],
  [/^bitbucket\.org$/, (source, from, to) => `${source}/branches/compare/${to}..${from}`],
  [
    /^(?:github\.com|codeberg\.org)$|(?:^|\.)(?:github|gitea|forgejo)\.(?!com\.)/,
    (source, from, to) => `${source}/compare/${from}...${to}`,
  ],
];

/** Returns the page on which a known host compares two commits, or undefined for a host that is not known. */
export function compareLink(source: string | undefined, from: Oid, to: Oid): string | undefined {
  if (source === undefined || from === to || !URL.canParse(source)) return undefined;
  const { hostname, origin, pathname, protocol } = new URL(source);
  if (protocol !== 'https:') return undefined;
  const base = `${origin}${pathname}`.replace(/\/+$/, '').replace(/\.git$/, '');
  return HOSTS.find(([host]) => host.test(hostname))?.[1](base, from, to);
}
