import * as v from 'valibot';
import { EleventhError } from '../error.ts';
import { oneLine } from '../history/message.ts';
import { quoted } from '../names/names.ts';
import type { Claim, Described, Statement, Subject } from './statement.ts';
import { subjectAt } from './statement-path.ts';

// Statements of the in-toto attestation framework (github.com/in-toto/attestation, spec v1), one in a file. What they
// hold besides what we read is left alone, as that specification asks.

const TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATES = {
  test: 'https://in-toto.io/attestation/test-result/v0.1',
  approval: 'https://eleventh.dev/attestation/approval/v0.1',
  block: 'https://eleventh.dev/attestation/block/v0.1',
  unblock: 'https://eleventh.dev/attestation/unblock/v0.1',
  'break-glass': 'https://eleventh.dev/attestation/break-glass/v0.1',
  review: 'https://eleventh.dev/attestation/review/v0.1',
  landing: 'https://eleventh.dev/attestation/landing/v0.1',
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
    predicate: v.object({
      ...made,
      environment: v.optional(v.string()),
      note: v.optional(v.string()),
      url: v.optional(v.string()),
    }),
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
  v.object({
    predicateType: v.literal(PREDICATES.landing),
    predicate: v.object({
      ...made,
      environment: v.string(),
      commit: oid,
      policy: oid,
      evidence: v.optional(oid),
      url: v.optional(v.string()),
    }),
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
      return { ...claim, environment: statement.environment, note: statement.note, url: statement.url };
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
    case 'landing': {
      const { environment, commit, policy, evidence, url } = statement;
      return { ...claim, environment, commit, policy, evidence, url };
    }
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
    case PREDICATES.landing:
      return { ...of, kind: 'landing', ...predicate };
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
