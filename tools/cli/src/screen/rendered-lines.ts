import {
  isBlock,
  type ShownField,
  type ShownHighlight,
  type ShownObject,
  textLines,
  valueLines,
} from '@eleventh/kubernetes';
import type { RenderedService } from '../rendered-diff.ts';
import { printable } from './table.ts';

/** A line of what changes in a service: `~` something that changes below, `!` something that stops us. */
export interface RenderedLine {
  readonly sign: '+' | '-' | '~' | '!' | ' ';
  /** How far it is indented. */
  readonly depth: number;
  readonly text: string;
  /** Two values on one line: the field that `text` names goes from one to the other. */
  readonly values?: readonly [before: string, after: string];
}

/** How long a value on one line gets at most. */
const LONGEST = 100;
/** How many lines of one value are shown at most: `--json` has all of them. */
const MOST_LINES = 60;

/** Returns the lines of a service's objects; those of which there is little to say come last, on one line. */
export function objectsLines({ objects }: Pick<RenderedService, 'objects'>): RenderedLine[] {
  const remarked = new Map<string, string[]>();
  const whole: ShownObject[] = [];
  for (const object of objects) {
    const remark = remarkOf(object);
    if (remark === null) whole.push(object);
    else remarked.set(remark, [...(remarked.get(remark) ?? []), `${object.kind}/${object.name}`]);
  }
  const rest = [...remarked].map(([remark, names]): RenderedLine => {
    return { sign: '~', depth: 0, text: printable(`${names.join(', ')}: ${remark}`) };
  });
  return [...whole.flatMap(objectLines), ...rest];
}

/** Returns what an object's change comes to when that is the same for many: another build, or another namespace. */
function remarkOf({ change, fields }: ShownObject): string | null {
  const others = fields.filter(({ isBuild }) => !isBuild);
  const [field] = others;
  if (change !== 'changed' || others.length > 1) return null;
  if (field === undefined) return 'only which build it is';
  const { path, before, after } = field;
  return path === 'metadata.namespace' ? `only the namespace, ${before ?? 'none'} → ${after ?? 'none'}` : null;
}

function objectLines(object: ShownObject): RenderedLine[] {
  const { change, kind, namespace, name, fields, content } = object;
  const sign = ({ added: '+', removed: '-', changed: '~' } as const)[change];
  const place = namespace === null ? '' : ` in ${namespace}`;
  const heading: RenderedLine = { sign, depth: 0, text: printable(`${kind}/${name}${place}`) };
  if (change === 'added') return [heading, ...block('+', valueLines(content), 1)];
  return [heading, ...fields.filter(({ isBuild }) => !isBuild).flatMap(fieldLines)];
}

function fieldLines({ path, change, before, after }: ShownField): RenderedLine[] {
  const line = (sign: RenderedLine['sign'], text: string): RenderedLine => ({
    sign,
    depth: 1,
    text: `${printable(path)}${text}`,
  });
  if (change === 'reordered') {
    const order = (keys: unknown) => printable((keys as string[]).join(', '));
    return [{ ...line('~', ' in another order'), values: [order(before), order(after)] }];
  }
  if (change === 'changed') {
    if (typeof before === 'string' && typeof after === 'string' && isBlock(before) && isBlock(after)) {
      const lines = textLines(before, after).map(({ sign, text }): RenderedLine => {
        return sign === '…' ? { sign: ' ', depth: 2, text: '…' } : { sign, depth: 2, text: indented(text) };
      });
      return [line('~', ':'), ...shortened(lines)];
    }
    if (!isBlock(before) && !isBlock(after)) {
      // The hashes of an image are as short as above its object, where they fit on a line.
      const told = (value: unknown) => (path.endsWith('.image') ? shortHash(shown(value)) : shown(value));
      return [{ ...line('~', ''), values: shortPair(told(before), told(after)) }];
    }
  }
  return [
    ...(change === 'added' ? [] : sideLines('-', before, line)),
    ...(change === 'removed' ? [] : sideLines('+', after, line)),
  ];
}

function sideLines(
  sign: '+' | '-',
  value: unknown,
  line: (sign: RenderedLine['sign'], text: string) => RenderedLine,
): RenderedLine[] {
  if (!isBlock(value)) return [line(sign, `: ${cut(shown(value))}`)];
  return [line(sign, ':'), ...block(sign, valueLines(value), 2)];
}

function block(sign: '+' | '-', lines: readonly string[], depth: number): RenderedLine[] {
  return shortened(lines.map((text) => ({ sign, depth, text: indented(text) })));
}

function shortened(lines: readonly RenderedLine[]): RenderedLine[] {
  if (lines.length <= MOST_LINES) return [...lines];
  const depth = lines[0]?.depth ?? 0;
  return [
    ...lines.slice(0, MOST_LINES - 1),
    { sign: ' ', depth, text: `… ${lines.length - MOST_LINES + 1} more lines` },
  ];
}

/** Returns a line of a text as a terminal may show it, with the spaces that it begins with. */
function indented(text: string): string {
  const start = /^ */.exec(text)?.[0] ?? '';
  return `${start}${cut(printable(text), 2 * LONGEST)}`;
}

/** Returns a value on one line; a text in quotes where it could be taken for something else. */
function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain =
    /^-{0,2}[A-Za-z/(][\w\s./:@%+=,()-]*$/.test(value) &&
    !/^(true|false|null|yes|no|on|off|y|n)$|\s$|[\n\r\t]/i.test(value);
  return printable(isPlain ? value : JSON.stringify(value));
}

/** Returns two texts short enough, from a little before the place where they part. */
function shortPair(before: string, after: string): [string, string] {
  if (before.length <= LONGEST && after.length <= LONGEST) return [before, after];
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const start = Math.max(0, same - 20);
  const from = (text: string) => cut(start === 0 ? text : `…${text.slice(start)}`);
  return [from(before), from(after)];
}

function cut(text: string, longest = LONGEST): string {
  const letters = Array.from(text);
  return letters.length <= longest ? text : `${letters.slice(0, longest - 1).join('')}…`;
}

/** Returns what stands out of a service, each with what it is called. */
export function highlightLines({
  highlights,
  build,
}: Pick<RenderedService, 'highlights' | 'build'>): [string, string][] {
  const builds = build.map(
    ({ name, before, after }) => `${name} ${shortHash(before ?? 'none')} → ${shortHash(after ?? 'none')}`,
  );
  return [
    ...highlights.map((one): [string, string] => [one.kind, printable(highlightText(one))]),
    ...(builds.length === 0 ? [] : [['build', printable(builds.join(', '))] as [string, string]]),
  ];
}

/** Returns one thing that stands out, in a few words. */
export function highlightText(one: ShownHighlight): string {
  if (one.kind === 'image') return imageText(one.before, one.after);
  if (one.kind === 'replicas') return `${one.object} ${one.before ?? 'not set'} → ${one.after ?? 'not set'}`;
  return `${one.object} ${({ added: 'is added', removed: 'is removed', changed: 'changes' } as const)[one.change]}`;
}

function imageText(before: string | null, after: string | null): string {
  if (before === null) return `${shortHash(after ?? '')} added`;
  if (after === null) return `${shortHash(before)} removed`;
  const [repository, other] = [repositoryOf(before), repositoryOf(after)];
  const isSame = repository === other && after !== repository;
  return `${shortHash(before)} → ${shortHash(isSame ? after.slice(repository.length) : after)}`;
}

/** Returns the part of an image before its tag and digest. */
function repositoryOf(image: string): string {
  return image.replace(/@.*$/s, '').replace(/:[^/:]*$/, '');
}

/** Returns a text with its commits in seven digits and its digests in twelve, as far as they are whole words. */
function shortHash(text: string): string {
  return text
    .replace(/\b[0-9a-f]{64}\b/g, (hash) => hash.slice(0, 12))
    .replace(/\b[0-9a-f]{40}\b/g, (hash) => hash.slice(0, 7));
}
