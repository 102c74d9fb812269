import { oneLine } from '@eleventh/core';
import type { Command, Option } from 'commander';
import { bashScript, fishScript, zshScript } from './completion-shells.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** A command as completion sees it; the path of the program is `/`, and that of `service add` is `/service/add/`. */
interface Node {
  readonly path: string;
  readonly command: Command;
  readonly subcommands: readonly Command[];
  /** Its own options, then those of the commands above it. */
  readonly options: readonly Option[];
}

/**
 * Returns a script that completes a program's commands, options, choices and file names in a shell. It is static: while
 * a person types, the program is not started and no word on the line is evaluated.
 */
export function completionScript(shell: Shell, program: Command): string {
  const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return script(program.name(), candidates(nodes(program, '/', [])));
}

function nodes(command: Command, path: string, inherited: readonly Option[]): Node[] {
  const help = command.createHelp();
  const own = help.visibleOptions(command);
  const taken = new Set(own.flatMap(flags));
  const options = [...own, ...inherited.filter((option) => !flags(option).some((flag) => taken.has(flag)))];
  const subcommands = help.visibleCommands(command);
  return [
    { path, command, subcommands, options },
    ...subcommands.flatMap((subcommand) => nodes(subcommand, `${path}${subcommand.name()}/`, options)),
  ];
}

/**
 * Returns the body of the function that all three shells share, in the part of sh that they have in common. Its
 * arguments are the words between the program's name and the cursor, the last of them begun or empty. It prints every
 * candidate for that word, whatever was begun: `word` or `word<tab>description`; `<tab>dirs` and `<tab>files` stand for
 * the names of those.
 */
function candidates(all: readonly Node[]): string {
  return `  local node=/ operands=0 option='' value='' word=''
  while [ $# -gt 1 ]; do
    word=$1
    shift
    case $value:$word in
      one:*) value=''; continue ;;
      optional:-* | many:-*) value='' ;;
      optional:*) value=''; continue ;;
      many:*) continue ;;
    esac
    case $node:$word in
${all.flatMap(commandArms).join('\n')}
${(['one', 'optional', 'many'] as const).flatMap((kind) => valueKindArm(kind, all)).join('\n')}
      *:-*) ;;
      *) operands=$((operands + 1)) ;;
    esac
  done
  case $value:$1 in
    optional:-* | many:-*) value='' ;;
    :--*=*) value=one option=\${1%%=*} ;;
  esac
  if [ -n "$value" ]; then
    case $node:$option in
${valueArms(all).join('\n')}
      *) ;;
    esac
    return 0
  fi
  case $1 in
    -*) ;;
    *)
      case $node:$operands in
${all.flatMap(operandArms).join('\n')}
        *) ;;
      esac ;;
  esac
  case $1 in
    '' | -*)
      case $node in
${all.map(optionsArm).join('\n')}
      esac ;;
  esac
`;
}

function commandArms({ path, subcommands }: Node): string[] {
  return subcommands.map((subcommand) => {
    const names = [subcommand.name(), ...subcommand.aliases()].map((name) => quote(`${path}:${name}`));
    return `      ${names.join(' | ')}) node=${quote(`${path}${subcommand.name()}/`)} operands=0 ;;`;
  });
}

function valueKindArm(kind: 'one' | 'optional' | 'many', all: readonly Node[]): string[] {
  const keys = all.flatMap(({ path, options }) =>
    options.filter((option) => valueKind(option) === kind).flatMap((option) => keysOf(path, option)),
  );
  return keys.length === 0 ? [] : [`      ${keys.join(' | ')}) value=${kind} option=$word ;;`];
}

function valueArms(all: readonly Node[]): string[] {
  const keys = new Map<string, string[]>();
  for (const { path, options } of all) {
    for (const option of options) {
      const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? '';
      const values = printed(option.argChoices, placeholder);
      if (values !== null) keys.set(values, [...(keys.get(values) ?? []), ...keysOf(path, option)]);
    }
  }
  return [...keys].map(([values, options]) => `      ${options.join(' | ')}) ${values} ;;`);
}

function operandArms({ path, command, subcommands }: Node): string[] {
  const described = subcommands.map((subcommand) => [
    subcommand.name(),
    subcommand.summary() || subcommand.description(),
  ]);
  const first =
    described.length === 0 ? [] : [`        ${quote(`${path}:0`)}) ${printedPairs(described)}; return 0 ;;`];
  const operands = command.registeredArguments.flatMap((argument, index) => {
    const values = printed(argument.argChoices, argument.name());
    const key = argument.variadic ? `${quote(`${path}:`)}*` : quote(`${path}:${index}`);
    return values === null ? [] : [`        ${key}) ${values}; return 0 ;;`];
  });
  return [...first, ...operands];
}

function optionsArm({ path, options }: Node): string {
  const described = options.flatMap((option) => flags(option).map((flag) => [flag, option.description]));
  return `        ${quote(path)}) ${printedPairs(described)} ;;`;
}

/** Returns the command that prints what may stand for an argument; null when nothing is known of it. */
function printed(choices: readonly string[] | undefined, placeholder: string): string | null {
  if (choices !== undefined) return `printf '%s\\n' ${choices.map(quote).join(' ')}`;
  if (/\b(?:dir|directory|folder)\b/i.test(placeholder)) return "printf '\\tdirs\\n'";
  return /\b(?:file|path)\b/i.test(placeholder) ? "printf '\\tfiles\\n'" : null;
}

function printedPairs(described: readonly (readonly string[])[]): string {
  return `printf '%s\\t%s\\n' ${described
    .flat()
    .map((text) => quote(oneLine(text)))
    .join(' ')}`;
}

function valueKind(option: Option): 'one' | 'optional' | 'many' | null {
  if (option.variadic) return 'many';
  if (option.required) return 'one';
  return option.optional ? 'optional' : null;
}

function keysOf(path: string, option: Option): string[] {
  return flags(option).map((flag) => quote(`${path}:${flag}`));
}

function flags(option: Option): string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
