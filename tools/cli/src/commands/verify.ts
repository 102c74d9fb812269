import { type Finding, parseCheckpoint, short, type Verified, verify as verifyHistory } from '@eleventh/core';
import { sha256 } from '../attested.ts';
import { keepCheckpoint, readCheckpoint } from '../checkpoint-file.ts';
import type { CommandDefinition, Output } from '../command.ts';
import { writeOutput } from '../output-file.ts';
import { factsText } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

interface Options {
  readonly since?: string;
  readonly save?: string;
}

/** What no one can know from a repository alone. */
const UNKNOWABLE = [
  'whether all of the history was rewritten, consistently, before the first checkpoint that somebody kept',
  'whether clocks told the time: what is dated back, within what stands below it, looks older than it is',
  'who stands behind a name where nothing is signed',
  'what ran in the clusters: agents say that',
] as const;

export const verify: CommandDefinition = {
  description:
    'Walks every commit of every environment, the policy, the statements and the tags of a clone, without a network, and says what cannot be as it should. It exits with 1 when something is wrong. Keep the checkpoint: with --since it shows that nothing before it was rewritten.',
  examples: [
    ['git clone --mirror <url> deployments.git', 'everything that is to be verified'],
    ['eleventh verify --repo deployments.git', 'all of it'],
    ['eleventh verify prod --repo deployments.git', 'what leads to one environment'],
    ['eleventh verify --repo deployments.git --save 2026-q4.txt', 'keeps the checkpoint'],
    ['eleventh verify --repo deployments.git --since 2026-q4.txt', 'and holds the repository to it'],
  ],
  options: (command) =>
    command
      .option(
        '--since <checkpoint>',
        'a checkpoint that was kept: its file, or its digest if it was taken on this machine',
      )
      .option('--save <file>', 'where to keep the checkpoint'),
  run: async (context, [what], given) => {
    const { since, save } = given as Options;
    const earlier = since === undefined ? undefined : parseCheckpoint(await readCheckpoint(since, context.io));
    const now = context.io.now();
    const verified = await context.clone((history) => verifyHistory(history, { what, now, sha256, since: earlier }));
    await keepCheckpoint(verified.checkpoint, context.io);
    if (save !== undefined)
      await writeOutput(save, verified.checkpoint.text, context.io, '--save <file> names another place.');
    return output(verified, what, since);
  },
};

function output(verified: Verified, what: string | undefined, since: string | undefined): Output {
  const { findings, environments, statements, reviewed, checkpoint } = verified;
  const ok = findings.every(({ severity }) => severity !== 'error');
  return {
    json: {
      ...{ ok, what: what ?? null, findings, environments, statements, reviewed },
      ...{ checkpoint: checkpoint.digest, since: since ?? null, unknowable: UNKNOWABLE },
    },
    text: (painter) => text(verified, ok, painter),
    ...(ok ? {} : { exitCode: 1 }),
  };
}

function text(
  { findings, environments, statements, reviewed, checkpoint }: Verified,
  ok: boolean,
  painter: Painter,
): string {
  const rows = environments.map(({ name, branch, commits, releases }) => [
    name,
    branch,
    counted(commits, 'commit'),
    releases === 0 ? '' : counted(releases, 'release'),
  ]);
  const looked = table([
    ...rows,
    ['', 'policy', counted(reviewed, 'commit')],
    ['', 'evidence', counted(statements, 'statement')],
  ]);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const verdict = ok
    ? `${painter.green('✓')} ${painter.bold('Nothing is wrong')}${findings.length === 0 ? '' : `; ${counted(findings.length, 'warning')}`}`
    : `${painter.red('✗')} ${painter.bold(`${counted(errors, 'thing')} ${errors === 1 ? 'is' : 'are'} wrong`)}`;
  const kept = factsText([['checkpoint', checkpoint.digest]], painter);
  const unknown = UNKNOWABLE.map((each) => painter.dim(`  ${each}`)).join('\n');
  return `${verdict}\n${findings.map((finding) => findingText(finding, painter)).join('')}\n${looked}\n${kept}\n${painter.dim('Not to be known from a repository alone:')}\n${unknown}\n`;
}

function findingText({ rule, severity, ref, commit, message }: Finding, painter: Painter): string {
  const mark = severity === 'error' ? painter.red('✗') : painter.yellow('!');
  const where = `${printable(ref)}${commit === null ? '' : ` ${short(commit)}`}`;
  return `  ${mark} ${painter.bold(rule)}  ${where}\n    ${printable(message)}\n`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
