import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { type EleventhError, refusal } from '../error.ts';
import { isGlob } from '../names/glob.ts';
import { isRefName } from '../names/ref-names.ts';
import { isTagPattern } from '../names/version.ts';
import { type CheckSeverity, SEVERITIES } from './check-settings.ts';
import { policySchema, type WrittenPolicy } from './policy.ts';
import { quotedScalar, scalar } from './scalar.ts';
import { fileSchema, parseFile } from './yaml-file.ts';

/** An environment, as `environments/<name>/environment.yaml` on the default branch describes it. */
export interface Environment {
  readonly name: string;
  readonly branch: string;
  /** Present: production deploys tags of this form, not the branch. */
  readonly release?: { readonly tag: string };
  /** The environments whose recipes may be promoted here. Empty: service CI pins here. */
  readonly from: readonly string[];
  /** `rendered`: its agent gets plain YAML from `rendered/`; absent: it renders by itself. */
  readonly delivery?: 'rendered' | undefined;
  readonly policy: WrittenPolicy;
  /** The minor version of Kubernetes that its cluster runs, `1.34`. Absent: the newest that is known. */
  readonly kubernetes?: string;
  /** Builds whose manifests have something wrong of this severity, or a worse one, are not pinned here. */
  readonly check?: { readonly refuse: CheckSeverity } | undefined;
  /** Patterns of the namespaces in which its objects may live. Absent: any. */
  readonly namespaces?: readonly string[];
}

const schema = fileSchema(
  'Environment',
  v.strictObject({
    branch: v.pipe(v.string(), v.check(isRefName, 'not a branch name')),
    release: v.optional(
      v.strictObject({
        tag: v.pipe(v.string(), v.check(isTagPattern, 'a tag pattern holds {version} once, such as v{version}')),
      }),
    ),
    from: v.optional(v.array(v.string())),
    delivery: v.optional(v.picklist(['kustomize', 'rendered'])),
    policy: v.optional(policySchema),
    check: v.optional(v.strictObject({ refuse: v.picklist(SEVERITIES) })),
    kubernetes: v.optional(v.pipe(v.string(), v.regex(/^1\.\d{1,3}$/, 'a minor version in quotes, such as "1.34"'))),
    namespaces: v.optional(v.array(v.pipe(v.string(), v.check(isGlob, 'not a pattern of *, ** and ?')))),
  }),
);

export function environmentPath(name: string): string {
  return `environments/${name}/environment.yaml`;
}

/** Returns the environment that an `environment.yaml` describes; throws as `parseFile` does. */
export function parseEnvironment(name: string, text: string): Environment {
  const path = environmentPath(name);
  const { spec } = parseFile(path, text, schema);
  const { branch, release, from = [], delivery, policy = {}, check, kubernetes, namespaces } = spec;
  if (from.length === 0) refuseUnmeant(path, policy);
  return {
    ...{ name, branch, release, from, check, kubernetes, namespaces },
    ...(delivery === 'rendered' && { delivery }),
    policy: { digests: 'optional', ...policy },
  };
}

/** Refuses what asks for a recipe's history where builds arrive one by one: it would never hold, or always. */
function refuseUnmeant(path: string, policy: WrittenPolicy): void {
  const ofRecipes = (policy.tests ?? []).some(({ of }) => of === 'recipe') ? 'tests' : undefined;
  const field = policy.approvals ? 'approvals' : policy.soak ? 'soak' : ofRecipes;
  if (field === undefined) return;
  throw refusal('INVALID_FILE', `${path}: spec.policy.${field} asks about a recipe, but builds enter one by one.`, {
    hint: `Name the environments that recipes come from in spec.from, or remove policy.${field}.`,
    details: { path, field: `spec.policy.${field}` },
  });
}

/** Returns the text of a new `environment.yaml` with the policy of another, as it is written there. */
export function formatEnvironmentLike(text: string, { name, branch, release, from }: Environment): string {
  const document = parseDocument(text);
  document.setIn(['metadata', 'name'], name);
  document.setIn(['spec', 'branch'], branch);
  if (release === undefined) document.deleteIn(['spec', 'release']);
  else document.setIn(['spec', 'release'], release);
  if (from.length === 0) document.deleteIn(['spec', 'from']);
  else document.setIn(['spec', 'from'], document.createNode(from, { flow: true }));
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Returns the text of a new `environment.yaml`. */
export function formatEnvironment(environment: Environment): string {
  const lines = [
    'apiVersion: eleventh.dev/v1alpha1',
    'kind: Environment',
    'metadata:',
    `  name: ${scalar(environment.name)}`,
    'spec:',
  ];
  lines.push(`  branch: ${quotedScalar(environment.branch)}`);
  if (environment.release !== undefined) lines.push('  release:', `    tag: ${quotedScalar(environment.release.tag)}`);
  if (environment.from.length > 0) lines.push(`  from: [${environment.from.map(scalar).join(', ')}]`);
  const { serviceBranches, digests } = environment.policy;
  if (serviceBranches !== undefined || digests === 'required') lines.push('  policy:');
  if (serviceBranches !== undefined)
    lines.push(`    serviceBranches: [${serviceBranches.map(quotedScalar).join(', ')}]`);
  if (digests === 'required') lines.push('    digests: required');
  return `${lines.join('\n')}\n`;
}

/**
 * Returns the environments in the order in which recipes move through them, `first` leading its equals.
 * Throws `INVALID_FILE` when one takes from an environment that does not exist, or when they form a circle.
 */
export function inPromotionOrder(environments: readonly Environment[], first?: string): Environment[] {
  const byName = new Map(environments.map((environment) => [environment.name, environment]));
  const ordered: Environment[] = [];
  const waiting = [...byName.values()].sort(
    (a, b) => Number(b.name === first) - Number(a.name === first) || (a.name < b.name ? -1 : 1),
  );
  for (const { name, from } of waiting) {
    const missing = from.find((source) => !byName.has(source));
    if (missing !== undefined) throw invalid(name, `takes from ${missing}, which is not an environment`);
  }
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ from }) => from.every((source) => ordered.some(({ name }) => name === source)));
    if (next < 0) throw invalid(waiting[0]?.name ?? '', 'leads into a circle');
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

function invalid(name: string, problem: string): EleventhError {
  return refusal('INVALID_FILE', `${environmentPath(name)}: spec.from ${problem}.`, { hint: 'eleventh env list' });
}
