import { redact } from '@eleventh/git';
import type { Output } from './command.ts';
import { type RenderedDiff, renderedExitCode } from './rendered-diff.ts';
import { DEFAULT_LIMIT, pasteable, type RenderedOptions } from './rendered-option.ts';
import type { Painter } from './screen/paint.ts';
import { renderedText } from './screen/rendered-diff.ts';
import { renderedMarkdown } from './screen/rendered-markdown.ts';

/** Returns the output of comparisons alone. @param line shows them again. */
export function renderedOutput(found: RenderedDiff, options: RenderedOptions, line: readonly string[]): Output {
  return {
    json: { ...found },
    text: (painter) => shown([found], options, line, painter),
    exitCode: renderedExitCode([found]),
  };
}

/** Returns a command's output with what its plan comes to in the clusters; as markdown, that alone. */
export function withRendered(
  output: Output,
  found: readonly RenderedDiff[],
  options: RenderedOptions,
  line: readonly string[],
): Output {
  const rendered = (painter: Painter) => shown(found, options, line, painter);
  return {
    json: { ...output.json, rendered: found },
    text: (painter) =>
      options.format === 'markdown'
        ? rendered(painter)
        : [output.text(painter), rendered(painter)].filter((part) => part !== '').join('\n'),
    exitCode: Math.max(output.exitCode ?? 0, renderedExitCode(found)),
  };
}

function shown(
  found: readonly RenderedDiff[],
  { format, limit = DEFAULT_LIMIT }: RenderedOptions,
  line: readonly string[],
  painter: Painter,
): string {
  if (format !== 'markdown') return found.map((one) => renderedText(one, painter)).join('\n');
  // Several environments share one comment.
  const each = Math.floor(limit / Math.max(1, found.length)) - 1;
  return found.map((one) => renderedMarkdown(one, redact(pasteable(line)), each)).join('\n');
}
