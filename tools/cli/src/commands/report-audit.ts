import { auditAt, auditChanges, usageError } from '@eleventh/core';
import { Option } from 'commander';
import { type CommandDefinition, collect, type Output } from '../command.ts';
import { auditAtRows, auditAtText, auditChangesRows, auditChangesText } from '../screen/audit.ts';
import { csv } from '../screen/csv.ts';

interface Options {
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly env?: string[];
  readonly csv?: boolean;
}

export const reportAudit: CommandDefinition = {
  description:
    "Reads what happened from the history of every environment's branch, the release tags and the attestations branch. A commit counts from its committer time, a release from its tag's, and neither from before what it was made of. An environment that releases runs the highest tag. Times are RFC 3339, or dates in UTC; --from and --to also take a release tag or a commit, and belong to the span. Who did something, and when, is what they wrote, except where every environment of the report takes only what listed keys signed: the last line says which it is.",
  examples: [
    ['eleventh report audit --at 2026-11-20T12:00:00Z', 'what ran where at that time'],
    [
      'eleventh report audit --from v1.3.0 --to v1.4.0 --env prod',
      'every change of production from one release to another',
    ],
    ['eleventh report audit --from 2026-10-01 --to 2026-12-31 --csv', 'a quarter, for a spreadsheet'],
  ],
  options: (command) =>
    command
      .option('--at <time>', 'what ran at this time')
      .option('--from <start>', 'changes since this time, release tag or commit; without it since the first')
      .option('--to <end>', 'changes until this time, release tag or commit; without it until now')
      .option('--env <name>', 'this environment only; again for another', collect)
      .addOption(new Option('--csv', 'print rows for a spreadsheet').conflicts('json')),
  run: async (context, _, given) => {
    const { at, from, to, env = [], csv: isCsv = false } = given as Options;
    const facts = { environments: env, now: context.io.now() };
    if (at === undefined) {
      const found = await context.read((view) => auditChanges(view, { ...facts, from, to }));
      return output(found, isCsv, auditChangesRows, auditChangesText);
    }
    if (from !== undefined || to !== undefined) {
      throw usageError(
        'WHICH_TIME',
        'What ran at one time and what changed in a span are two reports.',
        `eleventh report audit --at ${at}`,
      );
    }
    return output(await context.read((view) => auditAt(view, { ...facts, at })), isCsv, auditAtRows, auditAtText);
  },
};

function output<T extends object>(
  found: T,
  isCsv: boolean,
  rows: (found: T) => string[][],
  text: (found: T, painter: Parameters<Output['text']>[0]) => string,
): Output {
  return { json: { ...(found as object) }, text: (painter) => (isCsv ? csv(rows(found)) : text(found, painter)) };
}
