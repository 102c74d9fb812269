import type { Filed } from '../evidence/evidence.ts';
import type { Deployable } from '../evidence/statement.ts';
import type { ServiceId } from '../names/names.ts';
import { short } from '../names/object-id.ts';
import type { EvidenceReader } from './evidence-reader.ts';
import type { ReleaseEvidence } from './release-evidence.ts';

/** Something that whoever reads of a release should know is not there, or was otherwise once. */
export interface Missing {
  readonly kind:
    | 'gate'
    | 'approval'
    | 'test'
    | 'change'
    | 'digest'
    | 'block'
    | 'origin'
    | 'tag'
    | 'policy'
    | 'identity';
  /** null: it is of the release as a whole. */
  readonly service: ServiceId | null;
  readonly text: string;
}

/** What is known of a release. */
interface Known
  extends Pick<
    ReleaseEvidence,
    | 'identities'
    | 'tag'
    | 'recipe'
    | 'deployment'
    | 'tagged'
    | 'changes'
    | 'services'
    | 'tests'
    | 'approvals'
    | 'policy'
    | 'gates'
  > {
  /** When it was released, RFC 3339 in UTC. */
  readonly time: string;
}

/** Returns what was missing when a release was made, as far as the repository knows. */
export async function knownMissing(known: Known, evidence: EvidenceReader): Promise<Missing[]> {
  return [
    ...gates(known),
    ...approvals(known),
    ...tests(known),
    ...changes(known),
    ...digests(known),
    ...(await blocks(known, evidence)),
    ...origin(known),
    ...(known.identities === 'signed'
      ? []
      : [of('identity', 'Not all of this had to be signed: who did something, and when, is what they wrote.')]),
  ];
}

function of(kind: Missing['kind'], text: string, service: ServiceId | null = null): Missing {
  return { kind, service, text };
}

function gates({ deployment, gates }: Known): Missing[] {
  const { breakGlass, why, reviewed } = deployment;
  const reason = why === null ? 'no reason is recorded' : why;
  const review =
    reviewed === null ? 'nobody else has reviewed that' : `${reviewed.by.name} reviewed that at ${reviewed.time}`;
  const broken = breakGlass.map((gate) =>
    of('gate', `The gate ${gate} was passed by breaking the glass: ${reason}; ${review}.`),
  );
  const shut = (gates.gates ?? []).filter(({ passes, rule }) => !passes && !breakGlass.includes(rule));
  return [
    ...broken,
    ...shut.map(({ rule, refused }) => {
      const reasons = refused.map((one) => (one.service === null ? one.reason : `${one.service}: ${one.reason}`));
      return of('gate', `The gate ${rule}, asked again, is shut: ${reasons.join('; ')}.`);
    }),
    ...(gates.gates === null ? [of('gate', gates.note)] : []),
  ];
}

function approvals({ approvals, time }: Known): Missing[] {
  if (approvals.some((one) => one.time <= time)) return [];
  const later = approvals.length === 0 ? '' : ' before it was released';
  return [of('approval', `Nobody approved this recipe${later}.`)];
}

function tests({ tests, time }: Known): Missing[] {
  const before = tests.filter((one) => one.time <= time);
  const bad = before.filter(({ result }) => result !== 'PASSED');
  return [
    ...(before.some((one) => one.of === 'recipe')
      ? []
      : [of('test', 'No suite is recorded to have run on this recipe before it was released.')]),
    ...bad.map((one) =>
      of('test', `${one.suite} ${one.result.toLowerCase()} at ${one.time}.`, one.of === 'recipe' ? null : one.of),
    ),
  ];
}

function changes({ changes }: Known): Missing[] {
  return changes.flatMap(({ id, kind, from, to, subjects }) =>
    kind === 'changed' && from !== to && subjects.length === 0
      ? [of('change', 'No pin recorded which commits are in it.', id)]
      : [],
  );
}

function digests({ services }: Known): Missing[] {
  return services.flatMap(({ id, images }) =>
    images.filter((image) => !image.includes('@')).map((image) => of('digest', `${image} has no digest.`, id)),
  );
}

async function blocks({ recipe, services }: Known, evidence: EvidenceReader): Promise<Missing[]> {
  const subjects: Deployable[] = [
    { kind: 'recipe', recipe },
    ...services.flatMap(({ id: service, commit }): Deployable[] => [
      { kind: 'service', service },
      ...(commit === null ? [] : [{ kind: 'build', service, commit } as const]),
    ]),
  ];
  const found = await Promise.all(
    subjects.map(async (subject) => {
      const lifted = await evidence.read((known) => known.liftedOf(subject));
      const standing = await evidence.read((known) => known.blocksOf(subject));
      return [
        ...told(subject, lifted, 'was blocked until somebody lifted that'),
        ...told(subject, standing, 'is blocked now'),
      ];
    }),
  );
  return found.flat();
}

function told(subject: Deployable, statements: readonly Filed[], what: string): Missing[] {
  const name =
    subject.kind === 'recipe'
      ? 'This recipe'
      : subject.kind === 'build'
        ? `Build ${short(subject.commit)}`
        : 'The service';
  return statements.flatMap((one) => {
    if (one.kind !== 'block') return [];
    const text = `${name} ${what}: by ${one.by.name} at ${one.time}, ${one.reason}.`;
    return [of('block', text, subject.kind === 'recipe' ? null : subject.service)];
  });
}

function origin({ deployment, tagged, policy }: Known): Missing[] {
  const { kind, promotedFrom, rolledBackTo } = deployment;
  return [
    ...(promotedFrom === null && rolledBackTo === null
      ? [of('origin', `It was not promoted from another environment (${kind}).`)]
      : []),
    ...(tagged.oid === null ? [of('tag', 'The tag is a lightweight one: it does not say who made it, or when.')] : []),
    ...(policy.yaml === null ? [of('policy', 'Its commit does not say which policy was asked.')] : []),
  ];
}
