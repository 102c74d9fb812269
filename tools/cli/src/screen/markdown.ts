import { printable } from './table.ts';

/**
 * Returns text as a code span: nothing in it is markup, a link or a mention, whatever it holds (GitHub Flavored Markdown
 * 0.29, 6.3: a span ends at as many backticks as it began with). @param isCell whether it stands in a cell of a table,
 * where a `|` would end the cell even in a span.
 */
export function codeSpan(text: string, isCell = false): string {
  const shown = printable(text) || ' ';
  const ticks = '`'.repeat(longestRun(shown) + 1);
  // One space on both sides is not part of the text.
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return `${ticks}${pad}${isCell ? shown.replaceAll('|', '\\|') : shown}${pad}${ticks}`;
}

/** Returns the line that begins and ends a block which holds some lines: more backticks than any of them has in a row. */
export function fenceFor(lines: readonly string[]): string {
  return '`'.repeat(lines.reduce((most, line) => Math.max(most, longestRun(line) + 1), 3));
}

/** Returns text as HTML within markdown holds it: a name in a `<code>`, where no mention and no markup is found. */
export function codeElement(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return `<code>${printable(text).replace(/[&<>"]/g, (character) => entities[character] ?? '')}</code>`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}
