// Writes docs/benchmarks.md and the pictures on it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

/** Writes what a run found: the facts about it, the tables as Markdown, and the charts as name → SVG. */
export function writePage(commandLine, facts, tables, charts) {
  write('benchmarks.md', pageOf(commandLine, facts, tables, Object.keys(charts)));
  for (const [name, svg] of Object.entries(charts)) write(`pictures/${name}`, svg);
}

function pageOf(commandLine, facts, tables, pictures) {
  return `# Benchmarks

Written by \`${commandLine}\`. Look at the ratios: the times depend on the machine.
The floor is the least that plain git can do with the same effect, as scripts in [scripts/bench/floor](../scripts/bench/floor).
The naive loop is there too: clone, edit, commit, push, and on rejection rebase and try again.

${facts}

${tables}
## Charts

Dashed lines are the floor, and the naive loop.

${pictures.map((name) => `![${name.replace(/^bench-|\.svg$/g, '')}](pictures/${name})`).join('\n\n')}
`;
}

function write(name, content) {
  const path = join(DOCS, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
