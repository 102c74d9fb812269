import { findEnvironment, readWorkspace, short } from '@eleventh/core';
import type { DrainResult } from '@eleventh/git';
import type { CommandDefinition } from '../command.ts';
import { factsText } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

export const drain: CommandDefinition = {
  description:
    "Commits the pins that wait as requests for the environment's branch, one commit each under its author's name, with every rule asked again, all in one push. For a trusted job where the keys of services may write requests and nothing else: a pin that may not write the branch waits for it.",
  isWriting: true,
  examples: [
    ['eleventh drain staging', 'commits what waits for staging'],
    ['eleventh drain staging --dry-run', 'shows what waits and what would become of it'],
  ],
  run: async (context, [name = '']) => {
    const isDryRun = context.options.dryRun === true;
    let branch = '';
    const results = await context.drain(async (view) => {
      branch = findEnvironment(await readWorkspace(view), name).branch;
      return branch;
    });
    const commit = results.filter((result) => result.commit !== null).at(-1)?.commit ?? null;
    return {
      json: {
        changed: results.length > 0,
        dryRun: isDryRun,
        environment: name,
        branch,
        commit,
        requests: results.map(resultJson),
      },
      text: (painter) => text(name, branch, commit, results, isDryRun, painter),
    };
  },
};

function resultJson({ request, commit, refusal }: DrainResult): Record<string, unknown> {
  const { ref, oid, service } = request;
  const refused =
    refusal === null ? null : { code: refusal.code, message: refusal.message, hint: refusal.hint ?? null };
  return { service, ref, request: oid, commit, refused };
}

function text(
  name: string,
  branch: string,
  commit: string | null,
  results: readonly DrainResult[],
  isDryRun: boolean,
  painter: Painter,
): string {
  if (results.length === 0) return `No request waits for ${name}; nothing to do.\n`;
  const rows = results.map(({ request, commit, refusal }) => [
    refusal === null ? painter.green('+') : painter.red('!'),
    printable(request.service),
    refusal === null
      ? commit === null
        ? 'there already'
        : short(commit)
      : `${refusal.code}: ${printable(refusal.message)}`,
  ]);
  const landed = results.filter((result) => result.commit !== null).length;
  const heading = `${isDryRun ? 'Would commit' : 'Committed'} ${landed} of ${results.length} requests for ${painter.bold(name)}`;
  const facts = factsText(
    [
      ['branch', branch],
      ['commit', commit === null ? undefined : short(commit)],
    ],
    painter,
  );
  return `${heading}\n${table(rows)}\n${facts}\n`;
}
