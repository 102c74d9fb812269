import { SEVERITIES } from '@eleventh/core';
import type { ManifestReport, MergedFinding } from '@eleventh/kubernetes';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

type Checked = ManifestReport['checked'];

/** Returns findings file by file; what several environments share is said once, and so is a hint that several findings share. */
export function findingsText(merged: readonly MergedFinding[], checked: Checked, painter: Painter): string {
  const files = grouped(merged, ({ file }) => file);
  const colour = { error: painter.red, warning: painter.yellow, note: painter.dim };
  const blocks = [...files].map(([file, found]) => {
    const rows = found.flatMap(({ line, column, severity, rule, message, hint, environments }, index) => {
      const where = environments.length === 0 ? '' : painter.dim(` (${environments.join(', ')})`);
      const isLast = hint !== undefined && hint !== found[index + 1]?.hint;
      return [
        [
          painter.dim(`${line}:${column}`),
          colour[severity](severity),
          painter.dim(rule),
          `${printable(message)}${where}`,
        ],
        ...(isLast ? [['', '', '', painter.dim(printable(hint))]] : []),
      ];
    });
    return `${painter.bold(printable(file))}\n${table(rows)}\n`;
  });
  return `${[...blocks, summary(merged, checked, painter)].join('\n')}\n`;
}

function summary(findings: readonly MergedFinding[], checked: Checked, painter: Painter): string {
  if (checked.length === 0 && findings.length === 0)
    return painter.yellow('! Nothing was looked at: no service runs there yet');
  const counts = SEVERITIES.map(
    (severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => counted(count, severity));
  const [services, environments] = (['service', 'environment'] as const).map((key) =>
    counted(new Set(checked.map((one) => one[key])).size, key),
  );
  const where = `in ${services} of ${environments}`;
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

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
