import { EleventhError, usageError } from '@eleventh/core';
import { Command, CommanderError } from 'commander';
import {
  type CommandDefinition,
  Context,
  errorJson,
  type GlobalOptions,
  type Output,
  SCHEMA_VERSION,
} from './command.ts';
import { completion } from './commands/completion.ts';
import { compose } from './commands/compose.ts';
import { demo } from './commands/demo.ts';
import { diff } from './commands/diff.ts';
import { envAdd, envList } from './commands/env.ts';
import { init } from './commands/init.ts';
import { log } from './commands/log.ts';
import { pin } from './commands/pin.ts';
import { promote } from './commands/promote.ts';
import { release } from './commands/release.ts';
import { rollback } from './commands/rollback.ts';
import { serviceAdd, serviceList, serviceRemove } from './commands/service.ts';
import { show } from './commands/show.ts';
import { status } from './commands/status.ts';
import { update } from './commands/update.ts';
import type { Io } from './io.ts';
import { errorText } from './screen/error.ts';
import { paint } from './screen/paint.ts';

/** The command line, as people find it in `--help`: what they do in which order. */
const GROUPS: readonly (readonly [heading: string, commands: readonly (CommandDefinition | Nested)[]])[] = [
  [
    'Set up:',
    [
      init,
      { name: 'service', summary: 'Add, remove and list services', commands: [serviceAdd, serviceRemove, serviceList] },
      { name: 'env', summary: 'Add and list environments', commands: [envAdd, envList] },
    ],
  ],
  ['Every day:', [pin, status, diff, log, show]],
  ['Release:', [compose, promote, release, rollback, update]],
  ['More:', [demo]],
];

interface Nested {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandDefinition[];
}

/** Runs one command line and returns its exit code; prints through `io` alone and never throws. */
export async function run(argv: readonly string[], io: Io, version: string): Promise<number> {
  const isJson = argv.includes('--json');
  try {
    await buildProgram(io, version).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    // A command that only holds others shows what they are.
    if (error instanceof CommanderError && error.code === 'commander.help')
      return run([...argv, '--help'], io, version);
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const shown = asEleventhError(error);
    if (isJson) io.out(`${JSON.stringify(errorJson(shown))}\n`);
    io.err(errorText(shown, paint(io, 'err')));
    return shown.exitCode;
  }
}

/** Returns the whole command tree. */
export function buildProgram(io: Io, version: string): Command {
  const program = new Command('eleventh')
    .description('One Git repository that holds what runs in every environment: pin, promote, release, roll back.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    // A command's own --version is a build's or a release's: ours counts only before the command.
    .enablePositionalOptions()
    .configureOutput({ writeOut: io.out, writeErr: () => {} })
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nThe repository is --repo, else ELEVENTH_REPO, else the origin of the checkout you are in.\nEvery command: --json for programs, --help for examples.',
    );
  program.exitOverride(misused(program));
  for (const [heading, commands] of GROUPS) {
    program.commandsGroup(heading);
    for (const command of commands) addTo(program, command, io);
  }
  addTo(
    program,
    completion(() => program),
    io,
  );
  return program;
}

function addTo(parent: Command, definition: CommandDefinition | Nested, io: Io): void {
  const command = parent.command(definition.name).summary(definition.summary);
  command.helpOption('-h, --help', 'show this help').helpCommand(false).exitOverride(misused(command));
  if ('commands' in definition) {
    command.description(definition.summary);
    for (const inner of definition.commands) addTo(command, inner, io);
    return;
  }
  command.description(
    definition.description === undefined ? definition.summary : `${definition.summary}.\n\n${definition.description}`,
  );
  definition.options?.(command);
  if (definition.needsRepository !== false)
    command.option('--repo <repository>', 'the deployment repository, a URL or a path');
  if (definition.isWriting === true) {
    command
      .option('--dry-run', 'show what would happen, and change nothing')
      .option('--author <person>', 'who makes the change: "Name <name@example.com>"');
  }
  command.option('--json', 'print one JSON value for programs');
  command.addHelpText(
    'after',
    `\nExamples:\n${definition.examples.map(([line, what]) => `  $ ${line}${what === '' ? '' : `\n      ${what}`}`).join('\n')}`,
  );
  command.action(async (...received: unknown[]) => {
    const self = received.at(-1) as Command;
    const options = self.opts() as GlobalOptions & Record<string, unknown>;
    print(await definition.run(new Context(io, options), self.args, options), options, io);
  });
}

function print(output: Output, options: GlobalOptions, io: Io): void {
  if (options.json === true) io.out(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...output.json }, null, 2)}\n`);
  else io.out(output.text(paint(io, 'out')));
}

/** Returns what turns commander's complaint about a command line into ours; the hint is the help that answers it. */
function misused(command: Command): (error: CommanderError) => never {
  return (error) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error;
    const [first = '', second] = error.message.replace(/^error: /, '').split('\n');
    const sentence = first.replace(/^./, (letter) => letter.toUpperCase()).replace(/\.*$/, '.');
    const near = second?.replace(/^\((.*[^?])\?*\)$/, '$1 ?');
    throw usageError('USAGE', sentence, near ?? `${pathOf(command)} --help`);
  };
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function asEleventhError(error: unknown): EleventhError {
  if (error instanceof EleventhError) return error;
  const { message } = error instanceof Error ? error : new Error(String(error));
  return new EleventhError('INTERNAL', `Something failed that should not: ${message}.`, {
    hint: 'Please report it with the command line.',
    cause: error,
  });
}
