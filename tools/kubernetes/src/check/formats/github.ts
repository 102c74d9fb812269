import type { MergedFinding } from '../merged-findings.ts';

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** Returns findings as commands of a GitHub Actions log, a line each: they appear at the lines of a pull request. */
export function githubAnnotations(findings: readonly MergedFinding[]): string {
  return findings.map(annotation).join('');
}

function annotation({ rule, severity, message, file, line, column, environments, hint }: MergedFinding): string {
  const place = environments.length === 0 ? '' : ` (${environments.join(', ')})`;
  const properties = { file, line, col: column, title: `${rule}${place}` };
  const written = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(String(value))}`);
  const text = hint === undefined ? message : `${message}\n${hint}`;
  return `::${COMMANDS[severity]} ${written.join(',')}::${escaped(text)}\n`;
}

/** What the runner takes apart is escaped as its toolkit does (actions/toolkit, `packages/core/src/command.ts`). */
function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
