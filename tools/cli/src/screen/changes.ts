import { changeLabel, type ServiceChange, short } from '@eleventh/core';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

/** Returns the services that change, one a line; or one sentence for none. */
export function changesText(changes: readonly ServiceChange[], painter: Painter): string {
  if (changes.length === 0) return '  No service changes.';
  const sign = ({ before, after }: ServiceChange) =>
    after === null ? painter.red('-') : before === null ? painter.green('+') : painter.yellow('~');
  return table(
    changes.map((change) => [
      sign(change),
      change.id,
      printable(changeLabel(change.before, change.after)).replace('->', '→'),
    ]),
  );
}

/** Returns a label and a value a line, aligned. */
export function factsText(facts: readonly (readonly [string, string | null | undefined])[], painter: Painter): string {
  const shown = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return table(shown.map(([label, value]) => [painter.dim(label), value ?? '']));
}

/** Returns an id in its short form, nothing for none: a fact without a value is not shown. */
export function shortIf(oid: string | null | undefined): string | undefined {
  return oid === null || oid === undefined ? undefined : short(oid);
}
