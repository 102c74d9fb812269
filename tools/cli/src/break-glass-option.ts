import { type BreakGlassRequest, type RecordedBreak, type Saying, usageError } from '@eleventh/core';
import type { Command } from 'commander';
import type { Painter } from './screen/paint.ts';
import { printable } from './screen/table.ts';

/** What the options of a command that can break the glass hold. */
export interface BreakGlassOptions {
  readonly breakGlass?: boolean;
  readonly why?: string;
}

/** Adds the options with which a command passes gates that are shut. @param why what else its reason is of. */
export function breakGlassOptions(command: Command, why = 'the reason to break the glass, which is kept'): Command {
  return command
    .option('--break-glass', 'pass the shut gates that policy lets be passed; open until somebody else reviews it')
    .option('--why <text>', why);
}

/**
 * Returns why somebody wants the glass broken, or undefined when they do not. Throws `BREAK_GLASS_WITHOUT_WHY`.
 * @param command the command line without it, for the hint.
 */
export function breakGlassReason({ breakGlass, why = '' }: BreakGlassOptions, command: string): string | undefined {
  if (breakGlass !== true) return undefined;
  if (why.trim() !== '') return why;
  throw usageError(
    'BREAK_GLASS_WITHOUT_WHY',
    'Whoever breaks the glass says why.',
    `${command} --break-glass --why <text>`,
  );
}

/** Returns the same for a command of which nothing else has a reason. Throws `WHY_WITHOUT_BREAK_GLASS` too. */
export function onlyBreakGlassReason(options: BreakGlassOptions, command: string): string | undefined {
  if (options.why !== undefined && options.breakGlass !== true)
    throw usageError(
      'WHY_WITHOUT_BREAK_GLASS',
      'Only broken glass has a reason.',
      `${command} --break-glass --why <text>`,
    );
  return breakGlassReason(options, command);
}

/** Returns the wish as a plan takes it. */
export function breakingGlass(reason: string | undefined, saying: Saying): BreakGlassRequest | undefined {
  return reason === undefined ? undefined : { reason, saying };
}

/** Returns what was broken as people cannot miss it, or that nothing had to be. @param isAsked whether that was wanted. */
export function brokenText(
  broken: RecordedBreak | null,
  isAsked: boolean,
  { environment, recipe, isDryRun }: { environment: string; recipe: string; isDryRun: boolean },
  painter: Painter,
): string {
  if (broken === null) return isAsked ? `No glass was broken: no gate of ${environment} is shut.\n` : '';
  const { rules, reason } = broken;
  const done = isDryRun ? 'Would break the glass of' : 'Broke the glass of';
  return [
    painter.red(painter.bold(`${done} ${environment} for ${rules.join(', ')}: ${printable(reason)}`)),
    `It is open until somebody else reviews it: eleventh approve --break-glass ${recipe} --to ${environment}`,
    '',
  ].join('\n');
}
