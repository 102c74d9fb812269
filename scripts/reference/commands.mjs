// Reads the command tree from the sources, and every command's help as the program itself prints it.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../bundle.mjs';

const EVERYWHERE = ['--repo', '--dry-run', '--author', '--json', '--help'];

/** Returns the page of all commands. */
export async function commandsPage(root) {
  const program = await commandTree(root);
  const all = leaves(program, 'eleventh');
  const lines = [
    '# Commands',
    '',
    `${program.description()}`,
    '',
    '| to | run | |',
    '| --- | --- | --- |',
    ...all.map(({ path, command, heading }, index) => {
      const isFirst = all[index - 1]?.heading !== heading;
      return `| ${isFirst ? heading.replace(/:$/, '').toLowerCase() : ''} | [\`${path}\`](#${anchor(path)}) | ${command.summary()} |`;
    }),
    '',
    '## Options that many commands have',
    '',
    '| option | |',
    '| --- | --- |',
    ...EVERYWHERE.map((flag) =>
      all.flatMap(({ command }) => command.createHelp().visibleOptions(command)).find(({ long }) => long === flag),
    )
      .filter((option) => option !== undefined)
      .map(optionRow),
    '',
    'Without `--repo` the deployment repository is `ELEVENTH_REPO`, else the `origin` of the checkout you are in. Exit codes:',
    '0 done or nothing to do, 1 failed, 2 usage, 3 refused by policy, 130 interrupted. Results go to standard output,',
    'everything else to standard error; [errors](errors.md) end with a hint where there is one.',
  ];
  for (const one of all) lines.push('', ...section(one));
  return `${lines.join('\n')}\n`;
}

/** Returns the program's commander tree, built from the sources: it prints nothing and does nothing. */
async function commandTree(root) {
  const folder = mkdtempSync(join(root, 'node_modules', '.eleventh-reference-'));
  try {
    const { buildProgram } = await import(await bundle(new URL('./program.ts', import.meta.url), folder, ['zx']));
    return buildProgram({ out: () => {}, err: () => {} }, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns the commands that do something, with the words that a person types for each. */
function leaves(command, path, heading = '') {
  return command.commands.flatMap((inner) => {
    const words = `${path} ${inner.name()}`;
    const group = inner.helpGroup() || heading;
    return inner.commands.length > 0 ? leaves(inner, words, group) : [{ path: words, command: inner, heading: group }];
  });
}

function section({ path, command }) {
  const help = command.createHelp();
  const operands = command.registeredArguments
    .map((argument) => help.argumentTerm(argument))
    .map((term, index) => {
      const { required } = command.registeredArguments[index];
      return required ? `<${term}>` : `[${term}]`;
    });
  const options = help.visibleOptions(command);
  const own = options.filter(({ long }) => !EVERYWHERE.includes(long));
  const shared = options.map(({ long }) => long).filter((long) => EVERYWHERE.includes(long) && long !== '--help');
  return [
    `## ${path}`,
    '',
    '```text',
    [path, ...operands, '[options]'].join(' '),
    '```',
    '',
    prose(command.description().replace(/^([^\n]*[^.\n])(\n|$)/, '$1.$2')),
    '',
    ...(own.length === 0 ? [] : ['| option | |', '| --- | --- |', ...own.map(optionRow), '']),
    `${own.length === 0 ? 'Options' : 'Also'}: ${shared.map((flag) => `\`${flag}\``).join(', ')}.`,
    '',
    '```sh',
    ...examples(command).flatMap(([line, what]) => [...(what === '' ? [] : [`# ${what}`]), line]),
    '```',
  ];
}

/** Returns text as Markdown shows it: a name in angle brackets is no element, but stays as it is in a code span. */
function prose(text) {
  return text.replace(/`[^`]*`|</g, (found) => (found === '<' ? '\\<' : found));
}

function optionRow(option) {
  const choices = option.argChoices === undefined ? [] : [`one of ${option.argChoices.join(', ')}`];
  const initial =
    option.defaultValue === undefined || option.defaultValue === true ? [] : [`default: ${option.defaultValue}`];
  const notes = [...choices, ...initial];
  const text = `${option.description}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}${option.mandatory ? ' (required)' : ''}`;
  return `| \`${option.flags}\` | ${text.replaceAll('|', '\\|').replaceAll('<', '\\<')} |`;
}

/** Returns the examples that a command's help ends with. */
function examples(command) {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  const found = [];
  for (const line of (text.split('\nExamples:\n')[1] ?? '').split('\n')) {
    if (line.startsWith('  $ ')) found.push([line.slice(4), '']);
    else if (line.trim() !== '') found.at(-1)[1] = line.trim();
  }
  return found;
}

function anchor(path) {
  return path.replaceAll(' ', '-');
}
