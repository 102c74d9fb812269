import { stripVTControlCharacters } from 'node:util';
import { oneLine } from '@eleventh/core';

/** Returns text from a repository as a terminal may show it: one line, no escapes, no marks that reverse the order of letters. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text.trim();
  return oneLine(stripVTControlCharacters(text)).replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '');
}

/** Returns rows as columns, two spaces apart and indented by two; the last column is never padded. Colours do not count as width. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths = rows.map((row) => row.map(width));
  const widest: number[] = [];
  for (const row of widths)
    row.forEach((each, column) => {
      widest[column] = Math.max(widest[column] ?? 0, each);
    });
  const lines = rows.map((row, index) => {
    const padded = row.map((cell, column) =>
      cell.padEnd(cell.length + (widest[column] ?? 0) - (widths[index]?.[column] ?? 0)),
    );
    return `${indent}${padded.join('  ')}`.trimEnd();
  });
  return lines.join('\n');
}

function width(cell: string): number {
  if (PLAIN.test(cell)) return cell.length;
  return Array.from(stripVTControlCharacters(cell)).length;
}

/** Text of which every character is shown as it is, one column wide: nearly all there is. Looking closer takes far longer. */
const PLAIN = /^[ -~]*$/;
