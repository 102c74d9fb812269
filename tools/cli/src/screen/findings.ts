import { SEVERITIES } from '@eleventh/core';
import type { Finding, ManifestReport } from '@eleventh/kubernetes';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

/** Returns findings file by file; what several environments share is said once. */
export function findingsText({ findings, checked }: ManifestReport, painter: Painter): string {
  const files = grouped(merged(findings), ({ file }) => file);
  const colour = { error: painter.red, warning: painter.yellow, note: painter.dim };
  const blocks = [...files].map(([file, found]) => {
    const rows = found.map(({ line, column, severity, rule, message, environments }) => [
      painter.dim(`${line}:${column}`),
      colour[severity](severity),
      `${printable(message)}${environments.length === 0 ? '' : painter.dim(` (${environments.join(', ')})`)}`,
      painter.dim(rule),
    ]);
    return `${painter.bold(printable(file))}\n${table(rows)}\n`;
  });
  return `${[...blocks, summary(findings, checked.length, painter)].join('\n')}\n`;
}

function summary(findings: readonly Finding[], services: number, painter: Painter): string {
  const counts = SEVERITIES.map(
    (severity) => [severity, merged(findings).filter((finding) => finding.severity === severity).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}${count === 1 ? '' : 's'}`);
  const where = `in ${services} rendered service${services === 1 ? '' : 's'}`;
  if (counts.length === 0 && services === 0)
    return painter.yellow('! Nothing was looked at: no service runs there yet');
  if (counts.length === 0) return painter.green(`✓ Nothing is wrong ${where}`);
  const isBad = findings.some(({ severity }) => severity === 'error');
  return (isBad ? painter.red : painter.yellow)(`${isBad ? '✗' : '!'} ${counts.join(', ')} ${where}`);
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value)) ?? [];
    group.push(value);
    groups.set(keyOf(value), group);
  }
  return groups;
}

/** Returns findings that say the same of one place once, with the environments in which it is so. */
function merged(findings: readonly Finding[]): (Finding & { readonly environments: readonly string[] })[] {
  const same = grouped(findings, ({ file, line, column, severity, rule, message }) =>
    JSON.stringify([file, line, column, severity, rule, message]),
  );
  return [...same.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, environments: [first, ...others].flatMap(({ environment }) => environment ?? []) }],
  );
}
