import * as v from 'valibot';
import { type EleventhError, refusal } from '../error.ts';
import { isGlob } from '../names/glob.ts';
import { isRefName } from '../names/ref-names.ts';
import { isTagPattern } from '../names/version.ts';
import { quotedScalar, scalar } from './scalar.ts';
import { fileSchema, parseFile } from './yaml-file.ts';

/** What must hold for a build to enter an environment. */
export interface Policy {
  /** Globs: only builds of these service branches may enter. Absent: builds of any branch. */
  readonly serviceBranches?: readonly string[];
  readonly digests: 'required' | 'optional';
}

/** An environment, as `environments/<name>/environment.yaml` on the default branch describes it. */
export interface Environment {
  readonly name: string;
  readonly branch: string;
  /** Present: production deploys tags of this form, not the branch. */
  readonly release?: { readonly tag: string };
  /** The environments whose recipes may be promoted here. Empty: service CI pins here. */
  readonly from: readonly string[];
  readonly policy: Policy;
}

/** Fields of the policy that later versions enforce. A version that cannot must refuse them, never ignore them. */
const UNSUPPORTED = ['tests', 'approvals', 'soak', 'freeze', 'signed', 'tickets', 'rules', 'partial', 'rollback'];

const policySchema = v.strictObject({
  serviceBranches: v.optional(v.array(v.pipe(v.string(), v.check(isGlob, 'not a pattern of *, ** and ?')))),
  digests: v.optional(v.picklist(['required', 'optional'])),
  ...Object.fromEntries(UNSUPPORTED.map((field) => [field, v.optional(v.unknown())])),
});

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
    policy: v.optional(policySchema),
  }),
);

export function environmentPath(name: string): string {
  return `environments/${name}/environment.yaml`;
}

/** Returns the environment that an `environment.yaml` describes; throws as `parseFile` does, and `POLICY_UNSUPPORTED`. */
export function parseEnvironment(name: string, text: string): Environment {
  const path = environmentPath(name);
  const { spec } = parseFile(path, text, schema);
  const unsupported = UNSUPPORTED.find((field) => spec.policy !== undefined && field in spec.policy);
  if (unsupported !== undefined) {
    throw refusal('POLICY_UNSUPPORTED', `${path} asks for policy.${unsupported}, which this version cannot enforce.`, {
      hint: `Remove policy.${unsupported} from ${path}, or use a version of eleventh that enforces it.`,
      details: { path, field: `spec.policy.${unsupported}` },
    });
  }
  return {
    name,
    branch: spec.branch,
    release: spec.release,
    from: spec.from ?? [],
    policy: { serviceBranches: spec.policy?.serviceBranches, digests: spec.policy?.digests ?? 'optional' },
  };
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
