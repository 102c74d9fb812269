import * as v from 'valibot';
import { EleventhError } from '../error.ts';
import { oneLine } from '../history/message.ts';
import { quoted, type ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';

// Statements of the in-toto attestation framework (github.com/in-toto/attestation, spec v1), one in a file. What they
// hold besides what we read is left alone, as that specification asks.

/** What a statement speaks of. */
export type Subject =
  | { readonly kind: 'recipe'; readonly recipe: Oid }
  | { readonly kind: 'build'; readonly service: ServiceId; readonly commit: Oid }
  | { readonly kind: 'service'; readonly service: ServiceId }
  /** The policy of a workspace: everything below `environments/` of one of its commits. */
  | { readonly kind: 'policy'; readonly environments: Oid };

/** What can run. */
export type Deployable = Exclude<Subject, { kind: 'policy' }>;

/** One thing that a statement names, with what tells it from all others. */
export interface Described {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** What every statement says. Who made it, and when, is a claim unless the statement is signed. */
interface Claim {
  readonly subject: Subject;
  readonly described: readonly Described[];
  readonly by: Person;
  /** RFC 3339, UTC. */
  readonly time: string;
}

/** What a suite said of a recipe or a build. */
export interface TestStatement extends Claim {
  readonly kind: 'test';
  readonly suite: string;
  readonly result: 'PASSED' | 'WARNED' | 'FAILED';
  /** The commit of the default branch under which it ran. */
  readonly workspace: Oid;
  readonly url?: string | undefined;
  readonly environment?: string | undefined;
  readonly seconds?: number | undefined;
  /** The SHA-256 of what it printed. */
  readonly log?: string | undefined;
  readonly host?: string | undefined;
  /** Whether the environment went on to another recipe meanwhile. */
  readonly moved?: boolean | undefined;
}

/** Somebody's word that a recipe may enter an environment, or that a policy may hold. */
interface ApprovalStatement extends Claim {
  readonly kind: 'approval';
  /** Absent for a policy. */
  readonly environment?: string | undefined;
  readonly note?: string | undefined;
}

/** Keeps a recipe, a build or a service out of everywhere. */
export interface BlockStatement extends Claim {
  readonly kind: 'block';
  readonly reason: string;
}

/** Lifts one block. */
interface UnblockStatement extends Claim {
  readonly kind: 'unblock';
  /** The name of the block's file. */
  readonly lifts: string;
  readonly reason: string;
}

/** Says that somebody brought a recipe into an environment though gates were shut that policy lets be passed so. */
export interface BreakGlassStatement extends Claim {
  readonly kind: 'break-glass';
  readonly environment: string;
  /** The rules whose gates were shut. */
  readonly rules: readonly string[];
  readonly reason: string;
  /**
   * Which change it was: the one that stands on this commit of the environment's branch, or the tag that was put on it.
   * Absent for the first change of a branch, which began with it.
   */
  readonly onto?: Oid | undefined;
}

/** Somebody's word that they looked at what was done by breaking the glass. */
export interface ReviewStatement extends Claim {
  readonly kind: 'review';
  /** The name of the file that says that the glass was broken. */
  readonly reviews: string;
  readonly note?: string | undefined;
}

export type Statement =
  | TestStatement
  | ApprovalStatement
  | BlockStatement
  | UnblockStatement
  | BreakGlassStatement
  | ReviewStatement;

const TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATES = {
  test: 'https://in-toto.io/attestation/test-result/v0.1',
  approval: 'https://eleventh.dev/attestation/approval/v0.1',
  block: 'https://eleventh.dev/attestation/block/v0.1',
  unblock: 'https://eleventh.dev/attestation/unblock/v0.1',
  'break-glass': 'https://eleventh.dev/attestation/break-glass/v0.1',
  review: 'https://eleventh.dev/attestation/review/v0.1',
} as const;
/** Where our facts stand in a predicate of somebody else's. */
const RUN = 'https://eleventh.dev/attestation/run/v0.1';

const oid = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);
const made = { by: v.object({ name: v.string(), email: v.string() }), time };

const schema = v.object({
  _type: v.literal(TYPE),
  subject: v.pipe(v.array(v.object({ name: v.string(), digest: v.record(v.string(), v.string()) })), v.minLength(1)),
});
const predicates = v.variant('predicateType', [
  v.object({
    predicateType: v.literal(PREDICATES.test),
    predicate: v.object({
      result: v.picklist(['PASSED', 'WARNED', 'FAILED']),
      configuration: v.tuple([v.object({ name: v.string(), digest: v.object({ gitCommit: oid }) })]),
      url: v.optional(v.string()),
      [RUN]: v.object({
        ...made,
        environment: v.optional(v.string()),
        seconds: v.optional(v.number()),
        log: v.optional(v.object({ sha256: v.string() })),
        host: v.optional(v.string()),
        moved: v.optional(v.boolean()),
      }),
    }),
  }),
  v.object({
    predicateType: v.literal(PREDICATES.approval),
    predicate: v.object({ ...made, environment: v.optional(v.string()), note: v.optional(v.string()) }),
  }),
  v.object({ predicateType: v.literal(PREDICATES.block), predicate: v.object({ ...made, reason: v.string() }) }),
  v.object({
    predicateType: v.literal(PREDICATES.unblock),
    predicate: v.object({ ...made, lifts: v.string(), reason: v.string() }),
  }),
  v.object({
    predicateType: v.literal(PREDICATES['break-glass']),
    predicate: v.object({
      ...made,
      environment: v.string(),
      rules: v.pipe(v.array(v.string()), v.minLength(1)),
      reason: v.string(),
      onto: v.optional(oid),
    }),
  }),
  v.object({
    predicateType: v.literal(PREDICATES.review),
    predicate: v.object({ ...made, reviews: v.string(), note: v.optional(v.string()) }),
  }),
]);

/** Returns the text of a statement: indented JSON that ends in a newline. */
export function formatStatement(statement: Statement): string {
  const { described: subject, by, time, kind } = statement;
  const claim = { by: { name: oneLine(by.name), email: oneLine(by.email) }, time };
  const head = { _type: TYPE, subject, predicateType: PREDICATES[kind] };
  return `${JSON.stringify({ ...head, predicate: predicateOf(statement, claim) }, null, 2)}\n`;
}

function predicateOf(statement: Statement, claim: Pick<Claim, 'by' | 'time'>): object {
  switch (statement.kind) {
    case 'test': {
      const { suite, result, workspace, url, environment, seconds, log, host, moved } = statement;
      return {
        result,
        configuration: [{ name: suite, digest: { gitCommit: workspace } }],
        url,
        [RUN]: { ...claim, environment, seconds, log: log === undefined ? undefined : { sha256: log }, host, moved },
      };
    }
    case 'approval':
      return { ...claim, environment: statement.environment, note: statement.note };
    case 'block':
      return { ...claim, reason: statement.reason };
    case 'unblock':
      return { ...claim, lifts: statement.lifts, reason: statement.reason };
    case 'break-glass': {
      const { environment, rules, reason, onto } = statement;
      return { ...claim, environment, rules, reason, onto };
    }
    case 'review':
      return { ...claim, reviews: statement.reviews, note: statement.note };
  }
}

/**
 * Returns the statement that a file of the attestations branch holds. What cannot be read as one of ours, or speaks of
 * something else than its folder says, throws `BAD_STATEMENT`: a rule that rests on it does not hold.
 */
export function parseStatement(path: string, text: string): Statement {
  const subject = subjectAt(path);
  const value = jsonOf(text);
  const head = v.safeParse(schema, value);
  const body = v.safeParse(predicates, value);
  if (subject === null || !head.success || !body.success) throw badStatement(path, 'is no statement that we know');
  const described = head.output.subject;
  if (!isOf(subject, described)) throw badStatement(path, 'speaks of something else than its folder says');
  const { predicateType, predicate } = body.output;
  const of = { subject, described };
  switch (predicateType) {
    case PREDICATES.test: {
      const { [RUN]: run, result, url, configuration } = predicate;
      const [{ name: suite, digest }] = configuration;
      return { ...of, kind: 'test', suite, result, workspace: digest.gitCommit, url, ...run, log: run.log?.sha256 };
    }
    case PREDICATES.approval:
      return { ...of, kind: 'approval', ...predicate };
    case PREDICATES.block:
      return { ...of, kind: 'block', ...predicate };
    case PREDICATES.unblock:
      return { ...of, kind: 'unblock', ...predicate };
    case PREDICATES['break-glass']:
      return { ...of, kind: 'break-glass', ...predicate };
    case PREDICATES.review:
      return { ...of, kind: 'review', ...predicate };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the error of a file that does not hold what its folder is for. */
export function badStatement(path: string, problem: string): EleventhError {
  return new EleventhError('BAD_STATEMENT', `${quoted(path)} on the attestations branch ${problem}.`, {
    hint: 'git log -p --full-history -- <that path> says who put it there.',
    details: { path },
  });
}

/** Returns whether the first thing that a statement names is what it is taken to speak of. */
function isOf(subject: Subject, [first]: readonly Described[]): boolean {
  if (subject.kind === 'recipe') return first?.name === 'apps' && first.digest.gitTree === subject.recipe;
  if (subject.kind === 'policy') return first?.name === 'environments' && first.digest.gitTree === subject.environments;
  if (first?.name !== `apps/${subject.service}`) return false;
  return subject.kind === 'service' || first.digest.gitCommit === subject.commit;
}

/** Returns the folder of the attestations branch that holds what is known of a subject. */
export function folderOf(subject: Subject): string {
  // As in Git's own store: no folder has too many entries to be written anew with each statement.
  if (subject.kind === 'recipe') return `recipes/${subject.recipe.slice(0, 2)}/${subject.recipe}`;
  if (subject.kind === 'policy') return `policies/${subject.environments.slice(0, 2)}/${subject.environments}`;
  if (subject.kind === 'build') return `builds/${subject.service}/${subject.commit}`;
  return `services/${subject.service}`;
}

/** The folder that holds every block and what lifts it: they are few, and every pin looks at them. */
export const BLOCKS = 'blocks';

/** The folder that holds all that was done by breaking the glass, and the reviews of that: every status looks at them. */
export const BREAK_GLASS = 'break-glass';

/** Returns the path of a statement's file, which is named by its content. */
export function pathOf(statement: Statement, sha256: string): string {
  return `${folderFor(statement)}/${statement.kind}-${sha256.slice(0, 16)}.json`;
}

/** Returns the folder in which a statement stands. */
export function folderFor({ kind, subject }: Pick<Statement, 'kind' | 'subject'>): string {
  switch (kind) {
    case 'block':
    case 'unblock':
      return blocksFolderOf(subject);
    case 'break-glass':
    case 'review':
      return `${BREAK_GLASS}/${folderOf(subject)}`;
    default:
      return folderOf(subject);
  }
}

/** Returns where the signature of the file at a path stands. */
export function signaturePath(path: string): string {
  return `${path}.sig`;
}

/** Returns the folder of the blocks of a subject. */
export function blocksFolderOf(subject: Subject): string {
  return `${BLOCKS}/${folderOf(subject)}`;
}

const RECIPE = /^(?:(?:blocks|break-glass)\/)?recipes\/([0-9a-f]{2})\/(\1[0-9a-f]{38})\/[^/]+$/;
const POLICY = /^policies\/([0-9a-f]{2})\/(\1[0-9a-f]{38})\/[^/]+$/;
const BUILD = /^(?:blocks\/)?builds\/([^/]+(?:\/[^/]+)?)\/([0-9a-f]{40})\/[^/]+$/;
const SERVICE = /^blocks\/services\/([^/]+(?:\/[^/]+)?)\/[^/]+$/;

function subjectAt(path: string): Subject | null {
  const recipe = RECIPE.exec(path)?.[2];
  if (recipe !== undefined) return { kind: 'recipe', recipe };
  const environments = POLICY.exec(path)?.[2];
  if (environments !== undefined) return { kind: 'policy', environments };
  const [, service, commit = ''] = BUILD.exec(path) ?? [];
  if (service !== undefined) return { kind: 'build', service, commit };
  const locked = SERVICE.exec(path)?.[1];
  return locked === undefined ? null : { kind: 'service', service: locked };
}
