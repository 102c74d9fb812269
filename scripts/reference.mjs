// Writes the parts of the documentation that the code knows best: the pages of commands, errors, findings and rules, and what
// the command lines of every page print. With --check, changes nothing and fails when a page is not what it should be.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandsPage } from './reference/commands.mjs';
import { withoutIds } from './reference/demo.mjs';
import { errorsPage } from './reference/errors.mjs';
import { Worlds } from './reference/examples.mjs';
import { findingsPage } from './reference/findings.mjs';
import { brokenLinks } from './reference/links.mjs';
import { rulePages } from './reference/rules.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
let problems = 0;

function complain(problem) {
  problems += 1;
  console.error(`reference: ${problem}`);
}

/** Brings a page in step, or says where it is not. */
function settle(path, content) {
  const present = pageAt(path);
  if (withoutIds(present) === withoutIds(content)) return;
  if (!isCheck) {
    writeFileSync(path, content);
    console.log(`reference: wrote ${relative(root, path)}`);
    return;
  }
  const [old, made] = [withoutIds(present).split('\n'), withoutIds(content).split('\n')];
  const line = made.findIndex((text, index) => text !== old[index]);
  complain(
    `${relative(root, path)}:${line + 1} is not current\n  there: ${old[line] ?? ''}\n  now:   ${made[line] ?? ''}`,
  );
}

function pageAt(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

settle(join(root, 'docs/reference/commands.md'), await commandsPage(root));
settle(join(root, 'docs/reference/errors.md'), errorsPage(root));
settle(join(root, 'docs/reference/findings.md'), await findingsPage(root));
const rules = await rulePages(root);
mkdirSync(join(root, 'docs/reference/rules'), { recursive: true });
for (const [name, content] of rules) settle(join(root, 'docs/reference/rules', name), content);
for (const name of readdirSync(join(root, 'docs/reference/rules'))) {
  if (!rules.has(name)) complain(`docs/reference/rules/${name} is of no rule`);
}

const pages = ['README.md', ...readdirSync(join(root, 'docs'), { recursive: true }).map((path) => join('docs', path))]
  .filter((path) => path.endsWith('.md'))
  .sort();
const worlds = new Worlds();
try {
  for (const path of pages) {
    if (wanted.length > 0 && !wanted.some((part) => path.includes(part))) continue;
    try {
      settle(join(root, path), worlds.render(readFileSync(join(root, path), 'utf8')));
    } catch (error) {
      complain(`${path}: ${error.message}`);
    }
  }
} finally {
  worlds.close();
}
for (const problem of brokenLinks(root, pages)) complain(problem);
if (problems > 0 && isCheck) console.error('Run `npm run reference`, and read what it changed.');
if (problems === 0) console.log(`reference: ${pages.length} pages are current`);
process.exit(problems === 0 ? 0 : 1);
