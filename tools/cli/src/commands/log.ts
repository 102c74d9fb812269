import {
  type Log,
  type LoggedGlass,
  readWorkspace,
  log as report,
  serviceId,
  serviceIds,
  short,
  unknownService,
  usageError,
} from '@eleventh/core';
import type { CommandDefinition } from '../command.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

export const log: CommandDefinition = {
  examples: [
    ['eleventh log prod', 'who changed production, when'],
    ['eleventh log staging --service payments --limit 5', 'the last five changes of payments'],
  ],
  options: (command) =>
    command
      .option('--limit <count>', 'at most so many', '20')
      .option('--service <id>', 'only deployments that changed this service'),
  run: async (context, [environment], options) => {
    const { limit: text = '20', service } = options as { limit?: string; service?: string };
    const limit = Number(text);
    if (!Number.isInteger(limit) || limit < 1)
      throw usageError('BAD_LIMIT', '--limit takes a whole number above zero.', '--limit 20');
    const id = service === undefined ? undefined : serviceId(service);
    const found = await context.read(async (view) => {
      const workspace = await readWorkspace(view);
      const logged = await report(view, { environment: environment ?? workspace.first.name, limit, service: id });
      const known = await serviceIds(workspace);
      // A service that is gone from the workspace is still in the history that ran it.
      if (id !== undefined && logged.deployments.length === 0 && !known.includes(id))
        throw unknownService(id, known, `on ${workspace.branch} or in ${logged.environment}`);
      return logged;
    });
    return { json: { ...found }, text: (painter) => lines(found, id, painter) };
  },
};

function lines({ environment, branch, deployments }: Log, service: string | undefined, painter: Painter): string {
  if (deployments.length === 0) return `${environment} never ran ${service ?? 'anything'} on ${branch}\n`;
  const rows = deployments.map(({ commit, time, author, kind, subject, release, strays, breakGlass, landed }) => [
    painter.yellow(short(commit)),
    painter.dim(time.replace('T', ' ')),
    kind,
    `${printable(subject)}${release === null ? '' : ` ${painter.green(`(${release})`)}`}${strays.length === 0 ? '' : painter.red(` also changed ${strays.join(', ')}`)}${breakGlass === null ? '' : painter.red(` ${glassText(breakGlass)}`)}`,
    painter.dim(printable(landed === null ? author.name : `${author.name}, landed by ${landed.by.name}`)),
  ]);
  return `${table(rows)}\n`;
}

function glassText({ rules, why, reviewedBy }: LoggedGlass): string {
  const review = reviewedBy === null ? 'for review' : `reviewed by ${printable(reviewedBy.name)}`;
  return `broke the glass for ${printable(rules.join(', '))}${why === null ? '' : `: ${printable(why)}`} (${review})`;
}
