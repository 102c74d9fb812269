import * as v from 'valibot';
import { isGlob } from '../names/glob.ts';
import { parseDuration } from './duration.ts';
import { isTicketPattern } from './ticket.ts';

/** Everything that can keep something out of an environment: the rules of its policy, what services require, and blocks. */
export const RULES = [
  'serviceBranches',
  'digests',
  'tests',
  'approvals',
  'soak',
  'freeze',
  'tickets',
  'rules',
  'signed',
  'requires',
  'blocks',
] as const;

export type Rule = (typeof RULES)[number];

/** What can be passed by breaking the glass, where policy says so: all but blocks. */
const BREAKABLE = RULES.filter((rule) => rule !== 'blocks');

/** A test suite that must have passed, on the recipe as a whole or on each build that enters. */
export interface TestRule {
  readonly suite: string;
  readonly of: 'recipe' | 'builds';
}

/** How many people must have approved a recipe. */
export interface ApprovalRule {
  readonly count: number;
  /** Teams of `workspace.yaml`; none: anybody counts. */
  readonly from: readonly string[];
  /** Whether nobody counts who wrote one of the changes, or promotes them. */
  readonly notAuthor: boolean;
}

/** How long something must have run in the environment that it comes from. */
export interface SoakRule {
  readonly time: string;
  readonly of: 'recipe' | 'builds';
}

/** A time in which nothing enters: `DTSTART`, `DURATION` and `RRULE` of RFC 5545, a line each. */
export interface FreezeRule {
  readonly name: string;
  readonly window: string;
}

/** A condition on the plan, in CEL. */
export interface PlanRule {
  readonly name: string;
  readonly holds: string;
}

/** What must hold for a build to enter an environment. What is absent asks for nothing. */
export interface Policy {
  /** Globs: only builds of these service branches may enter. */
  readonly serviceBranches?: readonly string[] | undefined;
  readonly digests?: 'required' | 'optional' | undefined;
  readonly tests?: readonly TestRule[] | undefined;
  readonly approvals?: ApprovalRule | undefined;
  readonly soak?: SoakRule | undefined;
  readonly freeze?: readonly FreezeRule[] | undefined;
  /** Patterns: a change ticket that matches one of them has to be named. */
  readonly tickets?: readonly string[] | undefined;
  readonly rules?: readonly PlanRule[] | undefined;
  /** Whether all has to be signed that enters, and all that is said of it, by keys of `allowed_signers`. */
  readonly signed?: 'required' | 'optional' | undefined;
}

/** What differs for one way into an environment: a rule of its own, or (null, nothing in a list) none. */
type Difference = {
  readonly [Rule in 'tests' | 'soak' | 'freeze' | 'tickets' | 'rules' | 'signed']?: Policy[Rule] | null | undefined;
} & {
  /** What is not said is as everywhere else. */
  readonly approvals?: { readonly [Field in keyof ApprovalRule]?: ApprovalRule[Field] | undefined } | null | undefined;
};

/** The policy of an environment as it is written. */
export interface WrittenPolicy extends Policy {
  /** For what brings some services alone. */
  readonly partial?: Difference | undefined;
  /** For what ran there before. */
  readonly rollback?: Difference | undefined;
  /** Whichever way it comes: the rules whose gates somebody may pass who says why, until somebody else reviews that. */
  readonly breakGlass?: readonly Rule[] | undefined;
}

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i, 'not a name of letters, digits and -._'),
);
const subject = v.optional(v.picklist(['recipe', 'builds']), 'recipe');
const count = v.pipe(v.number(), v.integer('not a whole number'), v.minValue(1, 'less than 1'));

const tests = v.array(
  v.union([
    v.pipe(
      name,
      v.transform((suite): TestRule => ({ suite, of: 'recipe' })),
    ),
    v.strictObject({ suite: name, of: subject }),
  ]),
);
const approvals = v.strictObject({
  count: v.optional(count, 1),
  from: v.optional(v.array(name), []),
  notAuthor: v.optional(v.boolean(), true),
});
const soak = v.strictObject({
  time: v.pipe(
    v.string(),
    v.check((text) => parseDuration(text) !== null, 'not a time such as 2h, 90m or 1d12h'),
  ),
  of: subject,
});
const freeze = v.array(v.strictObject({ name: v.string(), window: v.string() }));
const tickets = v.array(
  v.pipe(v.string(), v.check(isTicketPattern, String.raw`not a pattern of characters, \d, [classes] and {counts}`)),
);
const rules = v.array(v.strictObject({ name: v.string(), holds: v.string() }));
const signed = v.picklist(['required', 'optional']);

const nothing = <const Word extends string | number>(word: Word) =>
  v.pipe(
    v.literal(word),
    v.transform(() => null),
  );

const difference = v.strictObject({
  tests: v.optional(v.union([tests, nothing('none')])),
  approvals: v.optional(
    v.union([
      v.strictObject({ count: v.optional(count), from: v.optional(v.array(name)), notAuthor: v.optional(v.boolean()) }),
      nothing(0),
    ]),
  ),
  soak: v.optional(v.union([soak, nothing('none')])),
  freeze: v.optional(v.union([freeze, nothing('ignore')])),
  tickets: v.optional(v.union([tickets, nothing('none')])),
  rules: v.optional(v.union([rules, nothing('none')])),
  signed: v.optional(v.union([signed, nothing('none')])),
});

export const policySchema = v.strictObject({
  serviceBranches: v.optional(v.array(v.pipe(v.string(), v.check(isGlob, 'not a pattern of *, ** and ?')))),
  digests: v.optional(v.picklist(['required', 'optional'])),
  tests: v.optional(tests),
  approvals: v.optional(approvals),
  soak: v.optional(soak),
  freeze: v.optional(freeze),
  tickets: v.optional(tickets),
  rules: v.optional(rules),
  signed: v.optional(signed),
  partial: v.optional(difference),
  rollback: v.optional(difference),
  breakGlass: v.optional(v.array(v.picklist(BREAKABLE))),
});

/** The ways into an environment. */
export type Way = 'promotion' | 'partial' | 'rollback';

/**
 * Returns what holds for one way into an environment. What ran there before may come back without anybody's word and at
 * any time, unless the policy says otherwise.
 */
export function policyFor({ partial, rollback, breakGlass, ...policy }: WrittenPolicy, way: Way): Policy {
  if (way === 'promotion') return policy;
  const { approvals, ...difference } = (way === 'partial' ? partial : rollback) ?? {};
  const merged = { ...(way === 'partial' ? policy : {}), ...difference };
  const asked = { count: 1, from: [], notAuthor: true, ...policy.approvals, ...defined(approvals ?? {}) };
  if (approvals !== undefined) merged.approvals = approvals === null ? undefined : asked;
  return Object.fromEntries(Object.entries(merged).filter(([, rule]) => rule !== null && rule !== undefined));
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>;
}
