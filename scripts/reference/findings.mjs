// Reads what `verify` can find from the sources, and holds it against what they report.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const FOLDER = 'tools/core/src/verify';

/** Returns the page of all findings; throws where nothing reports one of them. */
export async function findingsPage(root) {
  const findings = Object.entries(await readFindings(root));
  const sources = readdirSync(join(root, FOLDER))
    .filter((name) => name !== 'finding.ts' && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(root, FOLDER, name), 'utf8'))
    .join('\n');
  const silent = findings.map(([rule]) => rule).filter((rule) => !isReported(rule, sources));
  if (silent.length > 0) throw new Error(`nothing in ${FOLDER} reports ${silent.join(', ')}`);
  const rows = findings.map(([rule, [severity, sentence]]) => `| \`${rule}\` | ${severity} | ${sentence} |`);
  return `# Findings

What [\`eleventh verify\`](commands.md#eleventh-verify) can find in a repository. An \`error\` means that the history cannot be what it says: \`verify\` exits with 1, and
[the server's hook](../how-to/guard-the-server.md) refuses a push that would bring one. A \`warning\` is possible, and somebody should look at it. With \`--json\`
each has \`rule\`, \`severity\`, \`ref\`, \`commit\` and \`message\`; the rules' names stay the same. [What to do about them](../how-to/verify-the-history.md#what-was-found).

| rule | severity | means |
| --- | --- | --- |
${rows.join('\n')}
`;
}

async function readFindings(root) {
  const { outputFiles } = await build({
    entryPoints: [join(root, FOLDER, 'finding.ts')],
    bundle: true,
    write: false,
    format: 'esm',
  });
  const { FINDINGS } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return FINDINGS;
}

/** Returns whether the sources name a rule, whole or as a template that ends like it. */
function isReported(rule, sources) {
  return sources.includes(`'${rule}'`) || sources.includes(`}-${rule.split('-').at(-1)}\``);
}
