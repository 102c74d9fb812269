import { EleventhError } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import type { Pin } from '../files/pin.ts';
import { policyFor, type Rule, type Way } from '../files/policy.ts';
import { brokenAt, brokenGlass } from '../gates/break-glass.ts';
import type { EnteringRecipe } from '../gates/gate.ts';
import { gatesOf } from '../gates/gates.ts';
import { brokenRulesIn, type Message, trailer, trailers } from '../history/message.ts';
import type { ServiceChange } from '../history/release.ts';
import { isAnythingRequired } from '../history/requirements.ts';
import type { Signature, View } from '../history/snapshot.ts';
import { listed } from '../names/listed.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import type { Ground } from './ground.ts';
import { evidenceOf, type Moment, type Report, workspaceOf } from './moment.ts';

/** What entered an environment, by whom and when. */
export interface Entered {
  readonly environment: string;
  readonly way: Way;
  /** Where it came from: the environment's name and the commit; absent where builds enter one by one. */
  readonly source?: { readonly from: string; readonly name: string; readonly commit: Oid } | undefined;
  readonly changes: readonly ServiceChange[];
  readonly recipe: Oid;
  readonly who: Signature;
  /** In seconds since 1970. */
  readonly time: number;
  readonly ticket: string | undefined;
  /** The key that signed it, as gates take it. */
  readonly key: string | null | undefined;
  /** What says of it whether the glass was broken, and on which commits it may stand. */
  readonly message: Message;
  readonly onto: readonly (Oid | undefined)[];
}

/** Reports every gate that was shut when something entered, under the policy and with the evidence of that moment. */
export async function checkGates(ground: Ground, entered: Entered, moment: Moment, report: Report): Promise<void> {
  try {
    await ask(ground, entered, moment, report);
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    report('gate-shut', `The gates of that moment cannot be asked: ${error.message}`);
  }
}

async function ask(ground: Ground, entered: Entered, moment: Moment, report: Report): Promise<void> {
  const workspace = await workspaceOf(ground, moment);
  const environment = workspace.environments.find(({ name }) => name === entered.environment);
  if (environment === undefined) {
    report('gate-shut', `There was no environment ${entered.environment} in the policy of that moment.`);
    return;
  }
  const evidence = await evidenceOf(ground, moment);
  const { way, changes, who, time, ticket, recipe, key, source: brought } = entered;
  const isOpen = isAskingNothing(policyFor(environment.policy, way)) && !(await evidence.hasBlocks());
  if (isOpen && (brought === undefined || !(await isAnythingRequired(workspace)))) return;
  const from = workspace.environments.find(({ name }) => name === brought?.from);
  const source: EnteringRecipe | undefined = brought && from && { ...brought, from };
  const entering = new Map(
    changes.flatMap(({ id, after }): [ServiceId, Pin][] => (after === null ? [] : [[id, after]])),
  );
  const gates = await gatesOf({
    ...{ view: asOf(ground, time, source), workspace, evidence, environment, way, entering, changes, recipe, source },
    ...{ who, ticket, key, now: time * 1000, asksRequires: !isWhole(way, entered.message) },
  });
  const shut = gates.filter(({ passes }) => !passes);
  const broken = shut.length === 0 ? null : await brokenBy(ground, entered, environment);
  for (const { rule, asks, refused } of shut) {
    if (broken?.rules.includes(rule)) continue;
    const reasons = refused.map(({ service, reason }) => (service === null ? reason : `${service}: ${reason}`));
    report('gate-shut', `${environment.name} ${asks} (${rule}), but ${listed(reasons, 5, '; ')}.`);
  }
  const passed = [...new Set(shut.map(({ rule }) => rule))].filter((rule) => broken?.rules.includes(rule));
  if (broken?.isReviewed === false && passed.length > 0)
    report(
      'break-glass',
      `${environment.name} was entered by breaking the glass for ${passed.join(', ')}, and nobody else has reviewed that.`,
    );
}

/** Returns the rules that were passed by breaking the glass: policy lets them be, and it was recorded where all see it. */
async function brokenBy(
  { view, workspace, statements }: Ground,
  { message, recipe, onto }: Entered,
  { name, policy }: Environment,
): Promise<{ readonly rules: readonly string[]; readonly isReviewed: boolean } | null> {
  const said = brokenRulesIn(message);
  if (said.length === 0) return null;
  const tip = view.refs.branches.get(workspace.attestations);
  const all = await brokenGlass(view, workspace, await statements.at(tip ?? null));
  const why = trailer(message, 'Why');
  const recorded = all.filter(({ statement }) => statement.reason === why);
  const found = brokenAt(recorded, { environment: name, recipe, onto });
  if (found === null) return null;
  const { rules } = found.statement;
  const isPassed = (rule: Rule) => said.includes(rule) && rules.includes(rule);
  return { rules: (policy.breakGlass ?? []).filter(isPassed), isReviewed: found.review !== null };
}

/** Returns whether something came back as a whole: of a rollback of some services alone, the message names them. */
function isWhole(way: Way, message: Message): boolean {
  return way === 'rollback' && trailers(message, 'Only').length === 0;
}

function isAskingNothing(policy: ReturnType<typeof policyFor>): boolean {
  return Object.entries(policy).every(
    ([, asked]) => asked === 'optional' || (Array.isArray(asked) && asked.length === 0),
  );
}

/** Returns the view in which the branch that something came from stands as it stood then, or is not there yet. */
function asOf({ view, lines }: Ground, time: number, source: EnteringRecipe | undefined): View {
  const line = source && lines.get(source.from.branch);
  if (line === undefined || source === undefined) return view;
  const { positions } = line;
  const tip = positions.at(Math.max(positions.asOf(time), positions.of(source.commit) ?? -1));
  const branches = new Map(view.refs.branches);
  if (tip === undefined) branches.delete(source.from.branch);
  else branches.set(source.from.branch, tip);
  return { ...view, refs: { ...view.refs, branches } };
}
