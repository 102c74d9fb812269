import { type EleventhError, refusal, usageError } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import { type Policy, policyFor, RULES, type Rule } from '../files/policy.ts';
import { policyProblems } from '../files/policy-check.ts';
import { examplesPath, type Given, type PolicyExample, parseExamples } from '../files/policy-examples.ts';
import { utf8 } from '../files/yaml-file.ts';
import { isHeldShut } from '../gates/break-glass.ts';
import { exampleEntry } from '../gates/example.ts';
import type { Gate } from '../gates/gate.ts';
import { gatesOf } from '../gates/gates.ts';
import type { View } from '../history/snapshot.ts';
import { readWorkspace, type Workspace, workspaceAt } from '../history/workspace.ts';
import { quoted } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

/** What came of an example. */
export interface CheckedExample {
  readonly name: string;
  /** Whether it came as the example says. */
  readonly passes: boolean;
  /** The rules that have to keep it out; none: it enters. */
  readonly expected: readonly Rule[];
  /** The rules that do. */
  readonly refused: readonly Rule[];
  readonly gates: readonly Gate[];
}

/** What holds for an environment, and whether that does what people want of it. */
export interface CheckedPolicy {
  readonly environment: string;
  readonly from: readonly string[];
  /** What holds for each way in, with what holds where nothing is said. */
  readonly ways: Readonly<Partial<Record<Given['way'], Policy>>>;
  /** The rules whose gates can be passed by breaking the glass, whichever way it comes. */
  readonly breakGlass: readonly Rule[];
  /** What of its windows and rules cannot be understood. */
  readonly problems: readonly string[];
  readonly examples: readonly CheckedExample[];
}

export interface PolicyReport {
  /** Where all of it was read. */
  readonly workspace: { readonly name: string; readonly commit: Oid };
  /** Whether there is no problem, and every example came as it says. */
  readonly passes: boolean;
  readonly policies: readonly CheckedPolicy[];
}

/**
 * Returns what each environment's policy comes to, and what came of its examples.
 * @param at the branch, tag or commit to read it at; absent: the default branch.
 */
export async function checkPolicies(view: View, at?: string): Promise<PolicyReport> {
  const workspace =
    at === undefined ? await readWorkspace(view) : await workspaceAt(view, at, await commitAt(view, at));
  const policies = await Promise.all(workspace.environments.map((environment) => checkPolicy(workspace, environment)));
  const passes = policies.every(
    ({ problems, examples }) => problems.length === 0 && examples.every((example) => example.passes),
  );
  return { workspace: { name: workspace.branch, commit: workspace.commit }, passes, policies };
}

async function commitAt({ refs, expand }: View, text: string): Promise<Oid> {
  const found = refs.branches.get(text) ?? refs.tags.get(text)?.commit ?? (await expand(text));
  if (found !== null) return found;
  throw unknownRef(text);
}

/** Returns the error of a text that names no commit. */
export function unknownRef(text: string): EleventhError {
  return usageError(
    'UNKNOWN_REF',
    `No branch, tag or commit is called ${quoted(text)}.`,
    'Name a branch, a tag or all 40 digits of a commit; with --repo <folder>, any revision of the checkout there.',
  );
}

async function checkPolicy(workspace: Workspace, environment: Environment): Promise<CheckedPolicy> {
  const { name, from, policy } = environment;
  const of = (way: 'promotion' | 'partial' | 'rollback'): Policy => ({
    digests: 'optional',
    ...policyFor(policy, way),
  });
  const rollback = of('rollback');
  const path = examplesPath(name);
  const bytes = await workspace.snapshot.read(path);
  const examples = bytes === null ? [] : parseExamples(name, utf8(path, bytes));
  return {
    environment: name,
    from,
    ways:
      from.length === 0
        ? { pin: of('promotion'), rollback }
        : { promotion: of('promotion'), partial: of('partial'), rollback },
    breakGlass: policy.breakGlass ?? [],
    problems: await policyProblems(policy),
    examples: await Promise.all(examples.map((example) => checkExample(workspace, environment, example))),
  };
}

async function checkExample(
  workspace: Workspace,
  environment: Environment,
  { name, given, refused: expected }: PolicyExample,
): Promise<CheckedExample> {
  refuseImpossible(environment, name, given);
  const gates = await gatesOf(await exampleEntry(workspace, environment, given));
  const refused = RULES.filter((rule) => gates.some((gate) => gate.rule === rule && isHeldShut(gate)));
  return { name, passes: refused.join() === expected.join(), expected, refused, gates };
}

/** Refuses an example of what no command does: it would say nothing of the policy. */
function refuseImpossible(environment: Environment, name: string, { way, from, breakGlass }: Given): void {
  const takesPins = environment.from.length === 0;
  const problem =
    takesPins && (way === 'promotion' || way === 'partial')
      ? `takes pins, not recipes: a ${way} never gets there`
      : way === 'pin' && !takesPins
        ? `takes recipes from ${environment.from.join(' and ')}, not pins`
        : from !== undefined && !environment.from.includes(from)
          ? `takes nothing from ${from}`
          : way === 'pin' && breakGlass
            ? 'lets no pin break the glass'
            : undefined;
  if (problem === undefined) return;
  const path = examplesPath(environment.name);
  throw refusal(
    'INVALID_FILE',
    `${path}: the example ${quoted(name)} is not possible: ${environment.name} ${problem}.`,
    {
      hint: `See ${path}`,
      details: { path },
    },
  );
}
