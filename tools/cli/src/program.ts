import type { EleventhError } from '@eleventh/core';
import { Command, CommanderError } from 'commander';
import type { CommandDefinition, Context, GlobalOptions, Output } from './command.ts';
import { COMMANDS, type CommandEntry, type CommandFolder } from './commands.ts';
import type { Io } from './io.ts';
import type { RenderedOptions } from './rendered-option.ts';
import { paint } from './screen/paint.ts';

// What only a running command needs is imported where it is needed: --version and --help do without.

/** Runs one command line and returns its exit code; prints through `io` alone and never throws. */
export async function run(argv: readonly string[], io: Io, version: string): Promise<number> {
  const end = argv.indexOf('--');
  const isJson = argv.slice(0, end < 0 ? undefined : end).includes('--json');
  try {
    let exitCode = 0;
    const ended = (code: number) => {
      exitCode = code;
    };
    await (await buildProgram(io, version, argv, ended)).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    // A command that only holds others shows what they are.
    if (error instanceof CommanderError && error.code === 'commander.help')
      return run([...argv, '--help'], io, version);
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { errorJson } = await import('./command.ts');
    const { errorText } = await import('./screen/error.ts');
    const shown = await asEleventhError(error);
    if (isJson) io.out(`${JSON.stringify(errorJson(shown))}\n`);
    io.err(errorText(shown, paint(io, 'err')));
    return shown.exitCode;
  }
}

/** Told with what exit code a command that did its work ended. */
type Ended = (exitCode: number) => void;

/**
 * Returns the whole command tree. With some words of a command line, the commands that none of them names are there by
 * name and summary alone: those cannot be run by it.
 */
export async function buildProgram(
  io: Io,
  version: string,
  words?: readonly string[],
  ended: Ended = () => {},
): Promise<Command> {
  const program = new Command('eleventh')
    .description('One Git repository that holds what runs in every environment: pin, promote, release, roll back.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    // A command's own --version is a build's or a release's: ours counts only before the command.
    .enablePositionalOptions()
    .configureOutput({ writeOut: io.out, writeErr: () => {} })
    .configureHelp({ subcommandTerm: termOf })
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nThe repository is --repo, else ELEVENTH_REPO, else the origin of the checkout you are in.\nEvery command: --json for programs, --help for examples.',
    );
  program.exitOverride(misused(program));
  for (const [heading, entries] of COMMANDS) {
    program.commandsGroup(heading);
    for (const entry of entries) await addTo(program, entry, io, ended, words);
  }
  return program;
}

/** Returns a command as a list of commands shows it: its name and what it takes. */
function termOf(command: Command): string {
  return `${command.name()} ${command.usage().replace(/^\[options\] ?|\[command\]$/g, '')}`.trim();
}

async function addTo(
  parent: Command,
  entry: CommandEntry | CommandFolder,
  io: Io,
  ended: Ended,
  words: readonly string[] | undefined,
): Promise<void> {
  const command = parent.command(entry.name).summary(entry.summary);
  command.helpOption('-h, --help', 'show this help').helpCommand(false).exitOverride(misused(command));
  const isNamed = words === undefined || words.includes(command.name());
  if ('commands' in entry) {
    command.description(entry.summary);
    for (const inner of entry.commands) await addTo(command, inner, io, ended, isNamed ? words : []);
    return;
  }
  if (isNamed) define(command, await entry.load(), io, ended);
  command.option('--json', 'print one JSON value for programs');
}

/** Gives a command everything but what it has in common with all others. */
function define(command: Command, definition: CommandDefinition, io: Io, ended: Ended): void {
  const { description } = definition;
  command.description(description === undefined ? command.summary() : `${command.summary()}.\n\n${description}`);
  definition.options?.(command);
  if (definition.needsRepository !== false)
    command.option('--repo <repository>', 'the deployment repository, a URL or a path');
  if (definition.isWriting === true) {
    command
      .option('--dry-run', 'show what would happen, and change nothing')
      .option('--author <person>', 'who makes the change: "Name <name@example.com>"');
  }
  command.addHelpText(
    'after',
    `\nExamples:\n${definition.examples.map(([line, what]) => `  $ ${line}${what === '' ? '' : `\n      ${what}`}`).join('\n')}`,
  );
  command.action(async (...received: unknown[]) => {
    const { Context, SCHEMA_VERSION } = await import('./command.ts');
    const { lineOf, refuseRenderedWrite } = await import('./rendered-option.ts');
    const self = received.at(-1) as Command;
    const options = self.opts() as GlobalOptions & Record<string, unknown>;
    const context = new Context(io, options, lineOf(self));
    if (definition.isWriting === true) refuseRenderedWrite(options, context.line);
    const output = await definition.run(context, self.args, options);
    const whole = await withPlanned(await withReviewed(output, context), context, options);
    print(whole, SCHEMA_VERSION, options, io);
    ended(whole.exitCode ?? 0);
  });
}

/** Returns an output with what the clusters would see of the command's plan, where that was asked for. */
async function withPlanned(output: Output, { rendered, line }: Context, options: RenderedOptions): Promise<Output> {
  return rendered === undefined
    ? output
    : (await import('./rendered-output.ts')).withRendered(output, rendered, options, line);
}

/** Returns an output with what became of the review of the command's change, where there is one. */
async function withReviewed(output: Output, { reviewed }: Context): Promise<Output> {
  return reviewed === undefined ? output : (await import('./review/review-output.ts')).withReview(output, reviewed);
}

function print(output: Output, schemaVersion: number, options: GlobalOptions, io: Io): void {
  if (options.json === true) io.out(`${JSON.stringify({ schemaVersion, ...output.json }, null, 2)}\n`);
  else io.out(output.text(paint(io, 'out')));
}

/** A command line that the grammar does not take. */
class Misuse extends Error {
  readonly command: string;
  /** What was probably meant. */
  readonly near: string | undefined;

  constructor(sentence: string, command: string, near: string | undefined) {
    super(sentence);
    this.command = command;
    this.near = near;
  }
}

/** Returns what turns commander's complaint about a command line into ours; the hint is the help that answers it. */
function misused(command: Command): (error: CommanderError) => never {
  return (error) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error;
    const [first = '', second] = error.message.replace(/^error: /, '').split('\n');
    const sentence = first.replace(/^./, (letter) => letter.toUpperCase()).replace(/\.*$/, '.');
    const near = second?.replace(/^\((.*[^?])\?*\)$/, '$1 ?');
    throw new Misuse(sentence, pathOf(command), near);
  };
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

async function asEleventhError(error: unknown): Promise<EleventhError> {
  const core = await import('@eleventh/core');
  if (error instanceof core.EleventhError) return error;
  if (error instanceof Misuse) {
    return core.usageError('USAGE', error.message, error.near ?? `${error.command} --help`);
  }
  const { message } = error instanceof Error ? error : new Error(String(error));
  return new core.EleventhError('INTERNAL', `Something failed that should not: ${message}.`, {
    hint: 'Please report it with the command line.',
    cause: error,
  });
}
