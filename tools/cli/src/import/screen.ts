import { short } from '@eleventh/core';
import { redact } from '@eleventh/git';
import type { ImportedLayout, Placed, Unplaced } from '@eleventh/kubernetes';
import type { Imported } from '../commands/import.ts';
import { nameOf } from '../new-repository.ts';
import { factsText } from '../screen/changes.ts';
import type { Painter } from '../screen/paint.ts';
import { printable, table } from '../screen/table.ts';

/** Returns what was found, where it went, what did not, and that it is the same. */
export function importText(imported: Imported, isDryRun: boolean, painter: Painter): string {
  const { source, commit, folder, remote, request, layout, built, notes, advice } = imported;
  const verb = isDryRun ? 'Would import' : 'Imported';
  const facts = factsText(
    [
      ['environments', orderOf(layout)],
      ...(built.tags.length > 0 ? [['released as', built.tags.join(', ')] as const] : []),
      ['pushed to', remote === undefined || isDryRun ? undefined : redact(remote)],
    ],
    painter,
  );
  const services = table([
    ['SERVICE', 'FROM', 'RUNS IN', 'HOW'].map((text) => painter.dim(text)),
    ...layout.services.map((one) => [
      painter.bold(one.id),
      fromOf(one),
      one.environments.map(({ environment }) => environment).join(', '),
      WAYS[one.way],
    ]),
  ]);
  const proofs = built.proofs.map(
    ({ environment, objects }) =>
      `  ${painter.green('=')}  ${environment}  ${objects} ${objects === 1 ? 'object' : 'objects, each'} as before`,
  );
  const next = [
    `cd ${nameOf(folder)}`,
    'eleventh status',
    'eleventh check',
    ...(remote === undefined ? ['git remote add origin <url> && git push origin --all && git push origin --tags'] : []),
  ];
  return [
    `${verb} ${printable(source)} ${short(commit)} as ${painter.bold(request.name)} in ${folder}`,
    facts,
    '',
    services,
    '',
    ...proofs,
    ...unplacedLines(layout, painter),
    ...[...notes, ...(advice === null ? [] : [advice])].map((note) => `${painter.yellow('note:')} ${printable(note)}`),
    ...(isDryRun ? [] : ['', 'Next:', ...next.map((line) => `  ${line}`)]),
    '',
  ].join('\n');
}

const WAYS: Readonly<Record<Placed['way'], string>> = {
  overlays: 'manifests and overlays',
  patches: 'manifests, and patches for what differs',
  apart: 'manifests of its own in each environment: a promotion brings them along',
};

function orderOf({ environments }: ImportedLayout): string {
  return environments.map((group) => group.join(' and ')).join(' → ');
}

function fromOf({ from }: Placed): string {
  const folders = [...new Set(from.values())];
  const [first = ''] = folders;
  return printable(folders.length <= 1 ? first || '.' : `${first} and ${folders.length - 1} more`);
}

/** How many places of one reason are named. */
const MOST = 8;

function unplacedLines({ unplaced, failed }: ImportedLayout, painter: Painter): string[] {
  const all: Pick<Unplaced, 'path' | 'why'>[] = [...unplaced, ...failed.map(({ id, why }) => ({ path: id, why }))];
  if (all.length === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const { path, why } of all) byReason.set(why, [...(byReason.get(why) ?? []), path]);
  const lines = [...byReason].flatMap(([why, paths]) => {
    const shown = paths.slice(0, MOST).map(printable).join(', ');
    return [`  ${why}: ${shown}${paths.length > MOST ? ` and ${paths.length - MOST} more` : ''}`];
  });
  return ['', painter.bold('Not placed'), ...lines];
}
