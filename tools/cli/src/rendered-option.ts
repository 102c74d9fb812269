import { usageError } from '@eleventh/core';
import { type Command, Option } from 'commander';

/** What the options give that say how rendered manifests are compared and shown. */
export interface RenderedOptions {
  readonly rendered?: boolean;
  readonly format?: 'text' | 'markdown';
  /** The most that a comment may hold, in characters. */
  readonly limit?: number;
  readonly dryRun?: boolean;
}

/** How long a comment may be where nothing else is said. */
export const DEFAULT_LIMIT = 65_536;
/** How long a comment may be, by the host that takes it. */
const HOSTS: ReadonlyMap<string, number> = new Map([
  ['github', DEFAULT_LIMIT],
  ['gitlab', 1_000_000],
]);
/** The least that leaves room for what is left out to be said. */
const LEAST = 2_000;

/** Of a command that writes: shows what its plan comes to. */
export const renderedOption = new Option(
  '--rendered',
  'with --dry-run: show what the clusters would see, object by object',
);

export const formatOption = new Option('--format <format>', 'with --rendered: text, or markdown for a pull request')
  .choices(['text', 'markdown'])
  .conflicts('json');

export const limitOption = new Option(
  '--limit <characters>',
  'with --format markdown: how long it may get, a number, github (65,536, the default) or gitlab (1,000,000)',
).argParser(limit);

/** Throws `ONLY_RENDERED` when something is given that says what to do with rendered manifests. @param line was typed. */
export function refuseUnrendered(
  options: RenderedOptions,
  line: readonly string[],
  others: Readonly<Record<string, boolean>> = {},
): void {
  if (options.rendered === true) return;
  const given = { '--format': options.format !== undefined, '--limit': options.limit !== undefined, ...others };
  const [first] = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (first === undefined) return;
  const message = `${first} is for what clusters would see, which --rendered asks for.`;
  throw usageError('ONLY_RENDERED', message, pasteable([...line, '--rendered']));
}

/** Throws `ONLY_DRY_RUN` when a command that writes is asked to show what it comes to, and not to write nothing. */
export function refuseRenderedWrite(options: RenderedOptions, line: readonly string[]): void {
  refuseUnrendered(options, line);
  if (options.rendered !== true || options.dryRun === true) return;
  throw usageError(
    'ONLY_DRY_RUN',
    '--rendered shows what a plan comes to before it is carried out, and --dry-run is missing.',
    pasteable([...line, '--dry-run']),
  );
}

/** What says how something is printed, and for whom: nothing of what. */
const PRINTING = new Set(['format', 'limit', 'json', 'author']);

/** Returns the words of a command line that was parsed, without what says how its results are printed. */
export function lineOf(command: Command): string[] {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name());
  const options = command.options.flatMap((option) => {
    const name = option.attributeName();
    if (PRINTING.has(name) || command.getOptionValueSource(name) !== 'cli') return [];
    const value: unknown = command.getOptionValue(name);
    const flag = option.long ?? '';
    if (typeof value === 'boolean') return value === option.negate ? [] : [flag];
    return [value].flat().flatMap((one) => [flag, String(one)]);
  });
  return [...names, ...command.args, ...options];
}

/** Returns words as a shell takes them. */
export function pasteable(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:@=+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Returns the length of an option that names a host or a number of characters. */
function limit(text: string): number {
  const characters = HOSTS.get(text) ?? (/^\d{1,9}$/.test(text) ? Number(text) : 0);
  if (characters >= LEAST) return characters;
  throw usageError(
    'BAD_LIMIT',
    `--limit takes github, gitlab or a number from ${LEAST} up, not ${JSON.stringify(text.slice(0, 100))}.`,
    '--limit github',
  );
}
