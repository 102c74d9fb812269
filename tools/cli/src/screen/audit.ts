import { type AuditAt, type AuditChanges, type AuditedChange, EMPTY_TREE, short } from '@eleventh/core';
import { label } from './matrix.ts';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

/** What every report of this kind ends with. */
const IDENTITIES = {
  claims: 'Who did something, and when, is what they wrote: not all of this has to be signed.',
  signed: 'These environments take only what listed keys signed; eleventh verify checks every signature.',
} as const;

/** Returns what ran at a time: services by environments. */
export function auditAtText({ at, environments, problems, identities }: AuditAt, painter: Painter): string {
  const ids = [...new Set(environments.flatMap(({ services }) => services.map(({ id }) => id)))].sort();
  const facts = (name: string, text: (environment: AuditAt['environments'][number]) => string | null) => [
    painter.dim(name),
    ...environments.map((environment) => painter.dim(text(environment) ?? '-')),
  ];
  const rows = [
    ['', ...environments.map(({ environment }) => painter.bold(environment))],
    facts('release', ({ release }) => release),
    facts('commit', ({ commit }) => commit && short(commit)),
    facts('recipe', ({ recipe }) => (recipe === EMPTY_TREE ? null : short(recipe))),
    facts('since', ({ since }) => since && readable(since)),
    [''],
    ...ids.map((id) => [
      id,
      ...environments.map(({ services }) => {
        const runs = services.find((service) => service.id === id);
        return runs === undefined ? painter.dim('-') : label(runs);
      }),
    ]),
  ];
  const nothing = ids.length === 0 ? ['  Nothing ran anywhere.'] : [];
  return lines([`What ran at ${readable(at)}`, table(rows), ...nothing, ...notes(problems, identities, painter)]);
}

/** Returns every change with who made it, and below it why and on whose word. */
export function auditChangesText(
  { changes, from, to, environments, problems, identities }: AuditChanges,
  painter: Painter,
): string {
  const span = [from === null ? '' : ` from ${readable(from)}`, to === null ? '' : ` to ${readable(to)}`].join('');
  const head = `${changes.length} ${changes.length === 1 ? 'change' : 'changes'} of ${environments.join(', ')}${span}`;
  const rows = changes.flatMap((change) => [
    [
      painter.dim(readable(change.time)),
      painter.bold(change.environment),
      change.kind,
      painter.yellow(short(change.commit)),
      `${printable(change.subject)}${change.release === null || change.kind === 'release' ? '' : ` ${painter.green(`(${change.release})`)}`}`,
    ],
    ...details(change, painter).map((detail) => ['', '', '', '', detail]),
  ]);
  return lines([head, ...(rows.length === 0 ? [] : [table(rows)]), ...notes(problems, identities, painter)]);
}

function details(change: AuditedChange, painter: Painter): string[] {
  const said = (name: string, text: string | null) =>
    text === null ? [] : [`${painter.dim(name)} ${printable(text)}`];
  return [
    ...change.changes.map(({ id, label }) => `${id} ${printable(label).replace('->', '→')}`),
    ...said('by', who(change)),
    ...said('landed by', change.landed?.by.name ?? null),
    ...said('reviewed at', change.landed?.url ?? null),
    ...said('from', change.promotedFrom && short(change.promotedFrom)),
    ...said('back to', change.rolledBackTo && short(change.rolledBackTo)),
    ...said('undoes', change.reverts && short(change.reverts)),
    ...said('ticket', change.ticket),
    ...said('why', change.why),
    ...(change.breakGlass.length === 0
      ? []
      : [`${painter.red('broke the glass for')} ${printable(change.breakGlass.join(', '))}`]),
    ...said('reviewed by', change.reviewedBy?.name ?? null),
    ...change.approvals.map(
      ({ by, time }) => `${painter.dim('approved by')} ${printable(by.name)} at ${readable(time)}`,
    ),
    ...change.tests.map(
      ({ suite, result, time }) =>
        `${painter.dim('tested')} ${printable(suite)} ${result.toLowerCase()} at ${readable(time)}`,
    ),
    ...(change.strays.length === 0 ? [] : [painter.red(`also changed ${change.strays.join(', ')}`)]),
    ...(change.forReview === null ? [] : [`${painter.yellow('for review:')} ${printable(change.forReview)}`]),
  ];
}

/** Returns who wrote a change and, where that is somebody else, who committed it; null for a tag that names nobody. */
function who({ author, committer }: AuditedChange): string | null {
  if (author === null) return null;
  return committer === null || committer.email === author.email
    ? author.name
    : `${author.name}, committed by ${committer.name}`;
}

function notes(problems: readonly string[], identities: keyof typeof IDENTITIES, painter: Painter): string[] {
  return [
    ...problems.map((problem) => `${painter.yellow('!')} ${printable(problem)}`),
    painter.dim(IDENTITIES[identities]),
  ];
}

function readable(time: string): string {
  return time.replace('T', ' ');
}

function lines(parts: readonly string[]): string {
  return `${parts.join('\n')}\n`;
}

/** Returns what ran at a time as rows for a spreadsheet: a service in a row. */
export function auditAtRows({ at, environments }: AuditAt): string[][] {
  return [
    ['at', 'environment', 'branch', 'release', 'commit', 'recipe', 'since'].concat([
      'service',
      'version',
      'service commit',
      'service branch',
      'built',
      'images',
    ]),
    ...environments.flatMap(({ environment, branch, release, commit, recipe, since, services }) => {
      const facts = [at, environment, branch, release ?? '', commit ?? '', recipe, since ?? ''];
      if (services.length === 0) return [[...facts, '', '', '', '', '', '']];
      return services.map((one) => [
        ...facts,
        one.id,
        one.version ?? '',
        one.commit ?? '',
        one.branch ?? '',
        one.built ?? '',
        one.images.join(' '),
      ]);
    }),
  ];
}

type Column = readonly [name: string, text: (change: AuditedChange) => string | null | undefined];

const person = (one: { name: string; email: string } | null) => one && `${one.name} <${one.email}>`;

const COLUMNS: readonly Column[] = [
  ['time', ({ time }) => time],
  ['environment', ({ environment }) => environment],
  ['kind', ({ kind }) => kind],
  ['commit', ({ commit }) => commit],
  ['release', ({ release }) => release],
  ['subject', ({ subject }) => subject],
  ['author', ({ author }) => person(author)],
  ['committer', ({ committer }) => person(committer)],
  ['dated', ({ dated }) => dated],
  ['services', ({ changes }) => changes.map(({ id, label }) => `${id}: ${label}`).join('; ')],
  ['ticket', ({ ticket }) => ticket],
  ['why', ({ why }) => why],
  ['reverts', ({ reverts }) => reverts],
  ['rolled back to', ({ rolledBackTo }) => rolledBackTo],
  ['promoted from', ({ promotedFrom }) => promotedFrom],
  ['break glass', ({ breakGlass }) => breakGlass.join(', ')],
  ['policy', ({ policy }) => policy],
  ['recipe', ({ recipe }) => recipe],
  ['approvals', ({ approvals }) => approvals.map(({ by, time }) => `${person(by)} at ${time}`).join('; ')],
  ['tests', ({ tests }) => tests.map(({ suite, result, time }) => `${suite} ${result} at ${time}`).join('; ')],
  ['for review', ({ forReview }) => forReview],
  ['reviewed by', ({ reviewedBy }) => person(reviewedBy)],
  ['landed by', ({ landed }) => landed && person(landed.by)],
  ['review', ({ landed }) => landed?.url],
];

/** Returns changes as rows for a spreadsheet: a change in a row. */
export function auditChangesRows({ changes }: AuditChanges): string[][] {
  return [COLUMNS.map(([name]) => name), ...changes.map((change) => COLUMNS.map(([, text]) => text(change) ?? ''))];
}
