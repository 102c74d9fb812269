import type { RenderedDiff, RenderedProblem, RenderedService, RenderedSide } from '../rendered-diff.ts';
import { factsText } from './changes.ts';
import type { Painter } from './paint.ts';
import { highlightLines, objectsLines, type RenderedLine } from './rendered-lines.ts';
import { printable } from './table.ts';

/** Returns what clusters would see, by service and object. */
export function renderedText(diff: RenderedDiff, painter: Painter): string {
  const parts = [
    `${titleOf(diff)}\n`,
    ...diff.services.map((service) => serviceText(service, painter)),
    `${countText(diff)}${diff.renderer === null ? '' : painter.dim(`, rendered by ${diff.renderer}`)}\n`,
  ];
  return parts.join('\n');
}

/** Returns which two states are compared: `preprod 1234567 → prod 89abcde, both as prod renders them`. */
export function titleOf({ from, to }: RenderedDiff): string {
  const label = ({ name }: RenderedSide) => printable(name);
  if (from.environment === to.environment) return `In ${to.environment}: ${label(from)} → ${label(to)}`;
  return `${label(from)} in ${from.environment} → ${label(to)} in ${to.environment}`;
}

/** Returns how many services and objects change. */
export function countText({ services, same }: RenderedDiff): string {
  const changed = services.filter(({ problem }) => problem === null);
  const failed = services.length - changed.length;
  const objects = changed.flatMap((service) => service.objects);
  const kinds = (['added', 'changed', 'removed'] as const).flatMap((kind) => {
    const count = objects.filter(({ change }) => change === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  const what =
    changed.length === 0
      ? 'No object changes'
      : `${counted(changed.length, 'service')} ${changed.length === 1 ? 'changes' : 'change'}: ${counted(objects.length, 'object')} (${kinds.join(', ')})`;
  const rest = [
    ...(failed === 0 ? [] : [`${counted(failed, 'service')} cannot be rendered`]),
    ...(same === 0 ? [] : [`${counted(same, 'service')} ${same === 1 ? 'comes' : 'come'} to the same`]),
  ];
  return [what, ...rest].join('; ');
}

/** Returns why a service cannot be rendered, in one sentence. */
export function problemText({ side, code, message }: RenderedProblem): string {
  return printable(`${side} cannot be rendered: ${message} [${code}]`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function serviceText(service: RenderedService, painter: Painter): string {
  const { id, change, problem } = service;
  const word = change === 'changed' ? '' : painter.dim(` ${change}`);
  if (problem !== null) {
    const hint = problem.hint === null ? '' : `\n  ${painter.dim('hint:')} ${printable(problem.hint)}`;
    return `${painter.bold(id)}${word}\n  ${painter.red('!')} ${problemText(problem)}${hint}\n`;
  }
  const facts = factsText(highlightLines(service), painter);
  const lines = objectsLines(service).map((line) => lineText(line, painter));
  return `${[`${painter.bold(id)}${word}`, ...(facts === '' ? [] : [facts]), ...lines].join('\n')}\n`;
}

function lineText({ sign, depth, text, values }: RenderedLine, painter: Painter): string {
  const colour = { '+': painter.green, '-': painter.red, '~': painter.yellow, '!': painter.red, ' ': painter.dim }[
    sign
  ];
  const change = values === undefined ? '' : `: ${painter.red(values[0])} → ${painter.green(values[1])}`;
  const shown = depth === 0 || values !== undefined ? `${colour(sign)} ${text}${change}` : colour(`${sign} ${text}`);
  return `  ${'    '.repeat(depth)}${shown}`.trimEnd();
}
