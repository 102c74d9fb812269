import type { Subject } from '../evidence/statement.ts';
import type { ServiceId } from '../names/names.ts';
import { type Entry, type Gate, gate } from './gate.ts';

/**
 * Returns the gate that every block of what would enter shuts: no policy can leave it out. A blocked service does not go
 * either.
 */
export async function blockGate({ evidence, entering, changes, source }: Entry): Promise<Gate> {
  const services = new Set([...entering.keys(), ...changes.map(({ id }) => id)]);
  const subjects: (readonly [ServiceId | null, Subject])[] = [
    ...[...services].map((service) => [service, { kind: 'service', service }] as const),
    ...[...entering].map(([service, { commit }]) => [service, { kind: 'build', service, commit }] as const),
    ...(source === undefined ? [] : [[null, { kind: 'recipe', recipe: source.recipe }] as const]),
  ];
  const refused = await Promise.all(
    subjects.map(async ([service, subject]) =>
      (await evidence.blocksOf(subject)).map(({ by, reason }) => ({
        service,
        reason: `${subject.kind} blocked by ${by.name}: ${reason}`,
      })),
    ),
  );
  return gate('blocks', 'takes nothing that is blocked', refused.flat(), {
    who: 'whoever knows that the reason is gone',
    command: `eleventh unblock <${source === undefined ? 'service' : 'recipe'}> --why <text>`,
  });
}
