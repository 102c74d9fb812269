import { redact } from './redaction.ts';

export type PushOutcome =
  | { readonly kind: 'accepted' }
  /** Somebody else moved a ref: read the refs again and start over. Nothing was changed. */
  | { readonly kind: 'stale' }
  /** The server does not want it, in its own words. Nothing was changed. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The connection broke at a moment when the refs may have moved already: read them again. */
  | { readonly kind: 'unknown'; readonly message: string };

// Why a compare-and-swap fails, in the words of the client, of receive-pack, and of the ref backends behind it.
const MOVED = [
  /^(stale info|fetch first|non-fast-forward|needs force|already exists|remote ref updated since checkout)$/,
  /^(failed to lock|incorrect old value provided|reference already exists|reference does not exist)$/,
  /cannot lock ref .*(is at \S+ but expected|reference already exists|reference is missing|unable to resolve reference)/,
  // Another push holds the lock at this moment.
  /Unable to create '.*\.lock': File exists|data is locked/,
];
// Our own hook saw it, before Git could.
const OVERTAKEN = /^error \[PUSH_OVERTAKEN\] /;
// The other refs of an atomic push, and what receive-pack repeats for a reason that it has given in a line of its own.
const ECHO = /^(atomic (push failed|push failure|transaction failed)|failed to update ref)$/;

/**
 * Returns what became of a push, from `git push --porcelain` and what Git and the server said on the side; null when
 * nothing was reported for any ref, so that the connection itself has failed.
 */
export function parsePushReport(stdout: string, stderr: string, exitCode: number): PushOutcome | null {
  if (exitCode === 0) return { kind: 'accepted' };
  const failures = stdout.split('\n').filter((line) => line.startsWith('!'));
  if (failures.length === 0) return null;
  // The last column: what is deleted is called `(delete)` in the one before.
  const summaries = failures.map((line) => line.split('\t').at(-1) ?? line);
  const reasons = summaries.map((summary) => /\((.*)\)$/.exec(summary)?.[1] ?? summary);
  if (reasons.some((reason) => /remote failed to report status/.test(reason))) {
    return { kind: 'unknown', message: 'the server did not report whether it accepted the push' };
  }
  const causes = [...new Set(reasons.filter((reason) => !ECHO.test(reason)))];
  const said = serverLines(stderr);
  const isMove = (line: string) => MOVED.some((pattern) => pattern.test(line));
  if (said.some((line) => OVERTAKEN.test(line))) return { kind: 'stale' };
  // A hook may print anything, so its lines only count where the report itself leaves the reason open.
  const moved = causes.length > 0 ? causes.every(isMove) : said.length === 0 || said.some(isMove);
  return moved ? { kind: 'stale' } : { kind: 'refused', message: [...causes.map(redact), ...said].join('\n') };
}

/** Returns what the server itself said, without the prefix that Git gives its lines. */
export function serverLines(stderr: string): string[] {
  const prefix = /^(remote: |error: (?=remote unpack failed))/;
  const lines = stderr.split(/[\r\n]+/).filter((line) => prefix.test(line));
  return lines.map((line) => redact(line.replace(prefix, '').trimEnd())).filter((line) => line !== '');
}
