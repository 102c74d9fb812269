import { type EleventhError, refusal } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import { matchesGlob } from '../names/glob.ts';
import type { ServiceId } from '../names/names.ts';

/** One rule of an environment's policy held against the builds that would enter it. */
export interface Gate {
  readonly rule: 'serviceBranches' | 'digests';
  readonly passes: boolean;
  /** One line for each build that the rule keeps out. */
  readonly refused: readonly { readonly service: ServiceId; readonly reason: string }[];
}

/** Returns every gate of an environment with its state, for the builds that would enter. */
export function gates(environment: Environment, entering: ReadonlyMap<ServiceId, Pin>): Gate[] {
  const { serviceBranches, digests } = environment.policy;
  const found: Gate[] = [];
  if (serviceBranches !== undefined) {
    found.push(gate('serviceBranches', entering, (pin) => branchProblem(serviceBranches, pin)));
  }
  if (digests === 'required') found.push(gate('digests', entering, digestProblem));
  return found;
}

function gate(
  rule: Gate['rule'],
  entering: ReadonlyMap<ServiceId, Pin>,
  problem: (pin: Pin) => string | undefined,
): Gate {
  const refused = [...entering].flatMap(([service, pin]) => {
    const reason = problem(pin);
    return reason === undefined ? [] : [{ service, reason }];
  });
  return { rule, passes: refused.length === 0, refused };
}

function branchProblem(globs: readonly string[], pin: Pin): string | undefined {
  if (globs.some((glob) => matchesGlob(glob, pin.branch))) return undefined;
  return `${pin.commit.slice(0, 7)} was built from ${pin.branch === '' ? 'an unknown branch' : pin.branch}`;
}

function digestProblem(pin: Pin): string | undefined {
  const bare = pin.images.find((image) => image.digest === undefined);
  return bare === undefined ? undefined : `${bare.repository}:${bare.tag} has no digest`;
}

/** Returns whether a build may enter an environment. */
export function mayEnter(environment: Environment, service: ServiceId, pin: Pin): boolean {
  return gates(environment, new Map([[service, pin]])).every(({ passes }) => passes);
}

/** Throws one refusal that lists every build that any gate keeps out, and the ways on. */
export function enforce(
  environment: Environment,
  checked: readonly Gate[],
  waysOn: (services: ServiceId[]) => string,
): void {
  const refused = checked.flatMap(({ refused }) => refused);
  if (refused.length === 0) return;
  throw refusedBy(environment, checked, waysOn([...new Set(refused.map(({ service }) => service))]));
}

function refusedBy(environment: Environment, checked: readonly Gate[], hint: string): EleventhError {
  const closed = checked.filter(({ passes }) => !passes);
  const lists = closed.map(({ rule, refused }) => {
    const builds = refused.map(({ service, reason }) => `${service} (${reason})`).join(', ');
    const allowed =
      rule === 'serviceBranches'
        ? `takes builds of ${environment.policy.serviceBranches?.join(', ')} only`
        : 'takes images with a digest only';
    return `${environment.name} ${allowed}, which keeps out ${builds}`;
  });
  return refusal('POLICY_REFUSED', `${lists.join('; ')}.`, {
    hint,
    details: { environment: environment.name, gates: checked },
  });
}
