import type { Subject } from '../evidence/statement.ts';
import type { ServiceId } from '../names/names.ts';
import { type Entry, type Gate, gate } from './gate.ts';

/**
 * Returns the gate that every block of what would enter shuts: no policy can leave it out. A blocked service does not go
 * either.
 */
export async function blockGate({ evidence, entering, changes, recipe }: Entry): Promise<Gate> {
  const asks = 'takes nothing that is blocked';
  if (!(await evidence.hasBlocks())) return gate('blocks', asks, []);
  const services = new Set([...entering.keys(), ...changes.map(({ id }) => id)]);
  const subjects: (readonly [ServiceId | null, Subject])[] = [
    ...[...services].map((service) => [service, { kind: 'service', service }] as const),
    ...[...entering].map(([service, { commit }]) => [service, { kind: 'build', service, commit }] as const),
    ...(recipe === undefined ? [] : [[null, { kind: 'recipe', recipe }] as const]),
  ];
  const found = await Promise.all(
    subjects.map(async ([service, subject]) =>
      (await evidence.blocksOf(subject)).map(({ by, reason }) => ({ service, subject, by: by.name, reason })),
    ),
  );
  const blocks = found.flat();
  const refused = blocks.map(({ service, subject, by, reason }) => ({
    service,
    reason: `${subject.kind} blocked by ${by}: ${reason}`,
  }));
  return gate('blocks', asks, refused, {
    who: 'whoever knows that the reason is gone',
    command: blocks.map(({ subject }) => `eleventh unblock ${named(subject)} --why <text>`)[0] ?? '',
  });
}

function named(subject: Subject): string {
  if (subject.kind === 'recipe') return subject.recipe;
  if (subject.kind === 'policy') return subject.environments;
  return subject.kind === 'build' ? `${subject.service}@${subject.commit}` : subject.service;
}
