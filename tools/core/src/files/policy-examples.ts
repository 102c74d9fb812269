import { valid } from 'semver';
import * as v from 'valibot';
import { clashingService, type ServiceId, serviceId } from '../names/names.ts';
import { parseDuration } from './duration.ts';
import { RULES, type Rule } from './policy.ts';
import { fileSchema, parseFile } from './yaml-file.ts';

/** A build that would enter. */
export interface ExampleService {
  readonly name: ServiceId;
  /** The service branch that it was built from. */
  readonly branch: string;
  readonly version?: string | undefined;
  /** When its commit was made, RFC 3339. */
  readonly built?: string | undefined;
  /** Whether each image has one. */
  readonly digest: boolean;
  /** The version that runs there now. */
  readonly before?: string | undefined;
  /** The e-mail addresses of those who wrote what is in it. */
  readonly authors: readonly string[];
  readonly tests: Tests;
  /** Whether somebody blocked the build. */
  readonly blocked: boolean;
}

type Tests = Readonly<Record<string, 'passed' | 'warned' | 'failed'>>;

/** What an example takes for granted. What it does not say is not there. */
export interface Given {
  readonly way: 'promotion' | 'partial' | 'rollback' | 'pin';
  /** The present, RFC 3339. */
  readonly at: string;
  /** The environment that the recipe comes from; absent: the first one that it may come from. */
  readonly from?: string | undefined;
  /** The e-mail address of who wants it. */
  readonly who?: string | undefined;
  readonly ticket?: string | undefined;
  readonly services: readonly ExampleService[];
  /** Of the recipe. */
  readonly tests: Tests;
  /** The e-mail addresses of those who approved the recipe. */
  readonly approvals: readonly string[];
  /** How long it ran where it comes from; absent: not at all. */
  readonly soaked?: string | undefined;
  /** Whether somebody blocked the recipe. */
  readonly blocked: boolean;
  /** Whether everybody signs, with a key that is theirs. */
  readonly signed: boolean;
  /** Whether whoever wants it breaks the glass. */
  readonly breakGlass: boolean;
}

/** A case that a policy is held against, and what has to come of it. */
export interface PolicyExample {
  readonly name: string;
  readonly given: Given;
  /** The rules that keep it out, exactly; none: it enters. */
  readonly refused: readonly Rule[];
}

const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/, 'not a time such as 2026-11-20T12:00:00Z'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'not a time that there is'),
);
const version = v.pipe(
  v.string(),
  v.check((text) => valid(text) === text, 'not a SemVer version'),
);
const email = v.pipe(v.string(), v.email('not an e-mail address'));
const emails = v.optional(v.array(email), []);
const tests = v.optional(v.record(v.string(), v.picklist(['passed', 'warned', 'failed'])), {});

const service = v.strictObject({
  name: v.pipe(v.string(), v.check(isServiceId, 'not a service id')),
  branch: v.optional(v.string(), ''),
  version: v.optional(version),
  built: v.optional(time),
  digest: v.optional(v.boolean(), false),
  before: v.optional(version),
  authors: emails,
  tests,
  blocked: v.optional(v.boolean(), false),
});

const given = v.strictObject({
  way: v.picklist(['promotion', 'partial', 'rollback', 'pin']),
  at: time,
  from: v.optional(v.string()),
  who: v.optional(email),
  ticket: v.optional(v.string()),
  services: v.pipe(
    v.array(service),
    v.minLength(1, 'nothing would enter'),
    v.check((services) => !areClashing(services.map(({ name }) => name)), 'two services stand in one folder'),
  ),
  tests,
  approvals: emails,
  soaked: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => parseDuration(text) !== null, 'not a time such as 2h, 90m or 1d12h'),
    ),
  ),
  blocked: v.optional(v.boolean(), false),
  signed: v.optional(v.boolean(), false),
  breakGlass: v.optional(v.boolean(), false),
});

/** An example holds few services, so what they require of others is not asked of it. */
const EXAMPLE_RULES = RULES.filter((rule) => rule !== 'requires');

const refused = v.strictObject({
  refused: v.pipe(v.array(v.picklist(EXAMPLE_RULES)), v.minLength(1, 'what no rule keeps out enters')),
});

const schema = fileSchema(
  'PolicyExamples',
  v.strictObject({
    examples: v.array(
      v.strictObject({
        name: v.pipe(v.string(), v.nonEmpty('empty')),
        given,
        expect: v.lazy((value) => (typeof value === 'object' ? refused : v.literal('enters'))),
      }),
    ),
  }),
);

/** Returns the path of the examples of an environment's policy. */
export function examplesPath(environment: string): string {
  return `environments/${environment}/examples.yaml`;
}

/** Returns the examples of an environment's policy, in their order; throws as `parseFile` does. */
export function parseExamples(environment: string, text: string): PolicyExample[] {
  const { examples } = parseFile(examplesPath(environment), text, schema).spec;
  return examples.map(({ name, given, expect }) => ({
    name,
    given,
    refused: expect === 'enters' ? [] : EXAMPLE_RULES.filter((rule) => expect.refused.includes(rule)),
  }));
}

function isServiceId(text: string): boolean {
  try {
    return serviceId(text) === text;
  } catch {
    return false;
  }
}

function areClashing(ids: readonly ServiceId[]): boolean {
  return new Set(ids).size < ids.length || ids.some((id) => clashingService(id, ids) !== undefined);
}
