import { stripVTControlCharacters } from 'node:util';
import { oneLine } from '@eleventh/core';

/** Returns text from a repository as a terminal may show it: one line, no escapes, no marks that reverse the order of letters. */
export function printable(text: string): string {
  return oneLine(stripVTControlCharacters(text)).replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '');
}

/** Returns rows as columns, two spaces apart and indented by two; the last column is never padded. Colours do not count as width. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(cell));
    });
  const lines = rows.map((row) =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell))).join('  '),
  );
  return lines.map((line) => `${indent}${line}`.trimEnd()).join('\n');
}

function width(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
