import type { UpgradePlan } from '@eleventh/core';
import type { Painter } from './paint.ts';
import { printable } from './table.ts';

/** Returns what an upgrade does, step by step, or that there is nothing to do. */
export function upgradeText({ format, branch, migrations }: UpgradePlan, isWritten: boolean, painter: Painter): string {
  if (migrations.length === 0) return `${painter.green('✓')} ${branch} is of the format ${format}; nothing to do.\n`;
  const steps = migrations.flatMap(({ name, reason, paths }) => [
    `  ${painter.bold(name)}  ${reason}`,
    ...paths.map((path) => `    ${printable(path)}`),
  ]);
  const heading = isWritten ? `Upgraded ${branch} to ${format}` : `${branch} is not as ${format} is written now`;
  const next = isWritten ? [] : ['Write it: eleventh check --upgrade --write'];
  return `${[heading, ...steps, ...next].join('\n')}\n`;
}
