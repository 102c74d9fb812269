import type { Gate } from '@eleventh/core';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

/** How many of the builds that a gate keeps out are shown. All of them are in --json. */
const SHOWN = 5;

/** Returns every gate with its state, what is missing, who can supply it and how, a line each. */
export function gatesText(gates: readonly Gate[], painter: Painter): string {
  return table(
    gates.flatMap(({ rule, passes, brokenFor, asks, refused, remedy }) => {
      if (passes) return [[painter.green('✓'), rule, asks]];
      const missing = refused
        .slice(0, SHOWN)
        .map(({ service, reason }) => ['', '', printable(service === null ? reason : `${service}: ${reason}`)]);
      const more = refused.length > SHOWN ? [['', '', `and ${refused.length - SHOWN} more`]] : [];
      if (brokenFor !== undefined) {
        const why = [['', '', painter.red(`breaking the glass passes it: ${printable(brokenFor)}`)]];
        return [[painter.red('!'), rule, asks], ...missing, ...more, ...why];
      }
      const way =
        remedy === null ? [] : [['', '', `${painter.cyan(remedy.command)}  ${painter.dim(`by ${remedy.who}`)}`]];
      return [[painter.red('✗'), rule, asks], ...missing, ...more, ...way];
    }),
  );
}

/** Returns the gates that a refusal tells of, or nothing where it tells of none. */
export function refusedGates(details: Readonly<Record<string, unknown>>): readonly Gate[] {
  return Array.isArray(details.gates) ? (details.gates as readonly Gate[]) : [];
}
