import { SEVERITIES } from '@eleventh/core';
import type { Finding, ManifestReport } from '@eleventh/kubernetes';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

type Checked = ManifestReport['checked'];

/** Returns findings file by file; what several environments share is said once, and so is a hint that several findings share. */
export function findingsText({ findings, checked }: ManifestReport, painter: Painter): string {
  const order = [...new Set(checked.map(({ environment }) => environment))];
  const files = grouped(merged(findings, order), ({ file }) => file);
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
  return `${[...blocks, summary(merged(findings, order), checked, painter)].join('\n')}\n`;
}

function summary(findings: readonly Finding[], checked: Checked, painter: Painter): string {
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

/** Returns findings that are the same but for where they run as one, with those environments in a given order. */
function merged(
  findings: readonly Finding[],
  order: readonly string[],
): (Finding & { readonly environments: readonly string[] })[] {
  // An object is another one in each environment, by its namespace.
  const same = grouped(findings, ({ environment, object, ...rest }) => JSON.stringify(rest));
  return [...same.values()].flatMap((found) => {
    const places = new Set(found.flatMap(({ environment }) => environment ?? []));
    const [first] = found;
    return first === undefined
      ? []
      : [{ ...first, environments: [...places].sort((one, other) => order.indexOf(one) - order.indexOf(other)) }];
  });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
