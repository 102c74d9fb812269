import type { EleventhError } from '@eleventh/core';
import { redact } from '@eleventh/git';
import { gatesText, refusedGates } from './gates.ts';
import type { Painter } from './paint.ts';
import { printable } from './table.ts';

/** Returns an error as people read it; the last line is the hint where there is one. */
export function errorText(error: EleventhError, painter: Painter): string {
  const lines = [
    `${painter.red(painter.bold('error'))} ${painter.dim(`[${error.code}]`)} ${printable(redact(error.message))}`,
  ];
  const gates = refusedGates(error.details);
  if (gates.length > 0) lines.push(gatesText(gates, painter));
  if (error.hint !== undefined) lines.push(`${painter.cyan('hint:')} ${printable(redact(error.hint))}`);
  return `${lines.join('\n')}\n`;
}
