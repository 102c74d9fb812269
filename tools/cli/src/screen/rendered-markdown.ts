import type { RenderedDiff, RenderedService } from '../rendered-diff.ts';
import { codeElement, codeSpan, fenceFor } from './markdown.ts';
import { countText, problemText, titleOf } from './rendered-diff.ts';
import { highlightLines, highlightText, objectsLines, type RenderedLine } from './rendered-lines.ts';
import { printable } from './table.ts';

/** How long the last paragraph gets at most, which says what is left out. */
const NOTE = 400;
/** How many things a cell of the table names at most. */
const MOST_IN_CELL = 5;

/**
 * Returns what clusters would see as a comment for a pull request, no longer than a host takes. What does not fit is left
 * out by whole lines, services and rows, so that no block stays open; the last paragraph says so, and how to see it all.
 * @param limit in UTF-16 code units, of which no host counts more than this does. @param command shows it all.
 */
export function renderedMarkdown(diff: RenderedDiff, command: string, limit: number): string {
  const head = `### ${codeSpan(titleOf(diff))}\n\n${countText(diff)}.\n`;
  const details = diff.services.map(detailsOf);
  const rows = diff.services.map(rowOf);
  const heading = '\n| service | what changes | objects |\n| --- | --- | --- |\n';
  const table = rows.length === 0 ? '' : `${heading}${rows.join('')}`;
  const by = diff.renderer === null ? '' : `\nRendered by ${codeSpan(diff.renderer)}.\n`;
  const whole = `${head}${table}${details.map((one) => one.whole).join('')}${by}`;
  if (whole.length <= limit) return whole;

  let left = limit - head.length - heading.length - by.length - NOTE - command.length;
  const fitting = (text: string) => {
    if (text.length > left) return false;
    left -= text.length;
    return true;
  };
  const shownRows = rows.slice(0, firstNot(rows, fitting));
  let missing = 0;
  const shownDetails = details.map((one) => {
    if (fitting(one.whole)) return one.whole;
    missing += 1;
    const part = one.upTo(left);
    left -= part.length;
    return part;
  });
  const omitted = rows.length - shownRows.length;
  const note = [
    ...(omitted === 0 ? [] : [`${omitted} of ${rows.length} services are not listed`]),
    `${missing} of ${rows.length} services are not shown in full`,
  ].join(', and ');
  const end = `\n**Shortened:** ${note}. All of it: ${codeSpan(command)}\n`;
  return `${head}${shownRows.length === 0 ? '' : `${heading}${shownRows.join('')}`}${shownDetails.join('')}${by}${end}`;
}

/** Returns the place of the first text that does not fit any more. */
function firstNot(texts: readonly string[], fits: (text: string) => boolean): number {
  const place = texts.findIndex((text) => !fits(text));
  return place < 0 ? texts.length : place;
}

function rowOf(service: RenderedService): string {
  const { id, change, problem, highlights, objects } = service;
  const what =
    problem !== null
      ? ['**cannot be rendered**']
      : [
          ...(change === 'changed' ? [] : [change]),
          ...highlights.map((one) => `${one.kind} ${codeSpan(highlightText(one), true)}`),
        ];
  const more =
    what.length > MOST_IN_CELL ? [...what.slice(0, MOST_IN_CELL), `and ${what.length - MOST_IN_CELL} more`] : what;
  return `| ${codeSpan(id, true)} | ${more.join('<br>')} | ${objectsCell(objects)} |\n`;
}

function objectsCell(objects: RenderedService['objects']): string {
  const counts = (['added', 'changed', 'removed'] as const).map(
    (kind) => [kind, objects.filter(({ change }) => change === kind).length] as const,
  );
  return counts.flatMap(([kind, count]) => (count === 0 ? [] : [`${count} ${kind}`])).join(', ');
}

/** A service's part of the comment: all of it, and as much of it as fits into some length. */
interface Details {
  readonly whole: string;
  readonly upTo: (length: number) => string;
}

function detailsOf(service: RenderedService): Details {
  const lines =
    service.problem === null
      ? blockLines(service)
      : [
          `! ${problemText(service.problem)}`,
          ...(service.problem.hint === null ? [] : [`  ${printable(service.problem.hint)}`]),
        ];
  const fence = fenceFor(lines);
  const open = `\n<details><summary>${codeElement(service.id)}</summary>\n\n${fence}diff\n`;
  const close = `${fence}\n\n</details>\n`;
  return {
    whole: `${open}${lines.map((line) => `${line}\n`).join('')}${close}`,
    upTo: (length) => {
      const end = (count: number) => `  … ${count} more lines\n${close}`;
      let left = length - open.length - end(lines.length).length;
      const fit = firstNot(lines, (line) => {
        left -= line.length + 1;
        return left >= 0;
      });
      return fit === 0
        ? ''
        : `${open}${lines
            .slice(0, fit)
            .map((line) => `${line}\n`)
            .join('')}${end(lines.length - fit)}`;
    },
  };
}

/** Returns the lines of a block that shows `-` and `+` in colours; none begins with anything but a sign or a space. */
function blockLines(service: RenderedService): string[] {
  const facts = highlightLines(service).map(([label, value]) => `  ${label}: ${value}`);
  return [...facts, ...objectsLines(service).flatMap(blockLine)];
}

function blockLine({ sign, depth, text, values }: RenderedLine): string[] {
  const indent = '  '.repeat(depth);
  const lead = sign === '~' ? (depth === 0 ? '!' : ' ') : sign;
  if (values === undefined) return [`${lead} ${indent}${text}`];
  return [`- ${indent}${text}: ${values[0]}`, `+ ${indent}${text}: ${values[1]}`];
}
