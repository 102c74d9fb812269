import { type EleventhError, refusal } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import { type Policy, policyFor } from '../files/policy.ts';
import type { ServiceId } from '../names/names.ts';
import { approvalGate } from './approvals.ts';
import { blockGate } from './blocks.ts';
import { breakOpen, isHeldShut } from './break-glass.ts';
import { branchGate, digestGate } from './builds.ts';
import { freezeGate } from './freeze.ts';
import type { Entry, Gate } from './gate.ts';
import { requiresGate } from './requires.ts';
import { ruleGate } from './rules.ts';
import { signedGate } from './signed.ts';
import { soakGate } from './soak.ts';
import { testGate } from './tests.ts';
import { ticketGate } from './tickets.ts';

/**
 * Returns every gate of an environment with its state, for what would enter: those of its policy, that of what services
 * require of each other, and that of all blocks.
 */
export async function gatesOf(entry: Entry): Promise<Gate[]> {
  const policy = policyFor(entry.environment.policy, entry.way);
  const gates = [...(await ofBuilds(entry, policy)), ...(await ofWhole(entry, policy))];
  return gates.map((gate) => breakOpen(entry, gate));
}

/** Returns those gates of an environment that look at each build alone. */
export async function buildGatesOf(entry: BuildEntry): Promise<Gate[]> {
  const gates = await ofBuilds({ ...entry, way: 'promotion', changes: [] }, entry.environment.policy);
  return gates.map((gate) => breakOpen(entry, gate));
}

/** Returns whether a build may enter an environment, as far as that is for the build alone to say. */
export async function mayEnter(entry: BuildEntry): Promise<boolean> {
  return (await buildGatesOf(entry)).every(({ passes }) => passes);
}

type BuildEntry = Pick<Entry, 'view' | 'workspace' | 'evidence' | 'environment' | 'entering' | 'now' | 'breakGlass'>;

async function ofBuilds(entry: Entry, policy: Policy): Promise<Gate[]> {
  const { entering } = entry;
  const { serviceBranches, digests, tests = [] } = policy;
  const blocks = await blockGate(entry);
  return Promise.all([
    ...(serviceBranches === undefined ? [] : [branchGate(entering, serviceBranches)]),
    ...(digests === 'required' ? [digestGate(entering)] : []),
    ...tests.filter(({ of }) => of === 'builds').map((rule) => testGate(entry, rule, policy)),
    ...(blocks.passes ? [] : [blocks]),
  ]);
}

async function ofWhole(entry: Entry, policy: Policy): Promise<Gate[]> {
  const { source } = entry;
  const { tests = [], approvals, soak, freeze = [], tickets = [], rules = [], signed } = policy;
  const ofRecipe =
    source === undefined
      ? []
      : [
          ...tests.filter(({ of }) => of === 'recipe').map((rule) => testGate(entry, rule, policy)),
          ...(approvals ? [approvalGate(entry, source, approvals, policy)] : []),
          ...(soak ? [soakGate(entry, source, soak)] : []),
        ];
  const requires = await requiresGate(entry);
  return Promise.all([
    ...(requires === null ? [] : [requires]),
    ...ofRecipe,
    ...(freeze.length > 0 ? [freezeGate(entry, freeze)] : []),
    ...(tickets.length > 0 ? [ticketGate(entry, tickets)] : []),
    ...rules.map((rule) => ruleGate(entry, rule)),
    ...(signed === 'required' ? [signedGate(entry)] : []),
  ]);
}

/**
 * Throws one refusal that lists every gate with its state, and the ways on; unless all that are shut are passed by
 * breaking the glass, or what enters is only put to review: what is missing then may come while it waits.
 * @param breakGlass given where whoever is refused wanted that.
 */
export function enforce(
  environment: Environment,
  checked: readonly Gate[],
  waysOn: (services: ServiceId[]) => string,
  { isProposal = false, breakGlass }: { readonly isProposal?: boolean | undefined; readonly breakGlass?: unknown } = {},
): void {
  if (isProposal) return;
  const closed = checked.filter(isHeldShut);
  if (closed.length === 0) return;
  const services = closed.flatMap(({ refused }) => refused.flatMap(({ service }) => service ?? []));
  throw refusedBy(environment, checked, hintFor(closed, waysOn([...new Set(services)])), breakGlass !== undefined);
}

/** Returns the first thing that somebody can do; where only other builds help, which way leads on without those here. */
function hintFor(closed: readonly Gate[], without: string): string {
  const [remedy] = closed.flatMap((one) => one.remedy ?? []);
  return remedy?.command ?? without;
}

function refusedBy(
  environment: Environment,
  checked: readonly Gate[],
  hint: string,
  isBreaking: boolean,
): EleventhError {
  const closed = checked.filter(isHeldShut);
  const lists = closed.map(({ asks, refused }) => {
    const builds = refused.flatMap(({ service, reason }) => (service === null ? [] : [`${service} (${reason})`]));
    const whole = refused.flatMap(({ service, reason }) => (service === null ? [reason] : []));
    return `${environment.name} ${asks}${builds.length === 0 ? `: ${whole.join(', ')}` : `, which keeps out ${[...builds, ...whole].join(', ')}`}`;
  });
  const breaking = isBreaking ? ` ${breakableText(environment)}` : '';
  return refusal('POLICY_REFUSED', `${lists.join('; ')}.${breaking}`, {
    hint,
    details: { environment: environment.name, gates: checked },
  });
}

function breakableText({ name, policy: { breakGlass = [] } }: Environment): string {
  return `Breaking the glass of ${name} passes ${breakGlass.length === 0 ? 'no gate' : `${breakGlass.join(', ')} only`}.`;
}
