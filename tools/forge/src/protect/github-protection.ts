import { type Protection, usageError } from '@eleventh/core';
import * as v from 'valibot';
import type { WebAddress } from '../address.ts';
import { anything, number, word } from '../answer-forms.ts';
import type { Api } from '../api.ts';
import { path } from '../path.ts';
import { type Compared, has, same, targetOf, type WantedPart, writersRule } from './host-protection.ts';

const listed = v.looseObject({ id: number, name: word });
const identified = v.looseObject({ id: number });
const ruleset = v.looseObject({
  ...{ id: number, name: word, target: v.nullish(v.string()), enforcement: v.string() },
  bypass_actors: v.nullish(v.array(v.looseObject({ actor_id: v.nullish(v.number()), actor_type: v.string() }))),
  conditions: v.nullish(v.unknown()),
  rules: v.nullish(v.array(v.looseObject({ type: v.string(), parameters: v.nullish(v.unknown()) }))),
});

interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

interface Actor {
  readonly actor_id: number | null;
  readonly actor_type: 'User' | 'Team' | 'Integration' | 'DeployKey';
  readonly bypass_mode: 'always';
}

/**
 * Returns what GitHub's rulesets have of some protections. Who is let past a ruleset is let past all of it: so what holds for
 * everybody stands in one, and who may write in another.
 */
export async function githubProtection(
  api: Api,
  { path: [owner, name] }: WebAddress,
  protections: readonly Protection[],
): Promise<Compared> {
  const at = path`/repos/${owner}/${name}/rulesets`;
  const known = await api.list(at, listed, { includes_parents: false });
  const parts: WantedPart[] = [];
  const add = async (
    protection: Protection,
    suffix: string,
    rule: string,
    rules: readonly Rule[],
    actors: readonly Actor[],
  ) => {
    const prefix = protection.of === 'tags' ? 'refs/tags/' : 'refs/heads/';
    const include = protection.patterns.map((pattern) => `${prefix}${pattern}`);
    const wanted = {
      ...{ name: `eleventh: ${protection.name}${suffix}`, target: protection.of === 'tags' ? 'tag' : 'branch' },
      ...{ enforcement: 'active', bypass_actors: actors, conditions: { ref_name: { include, exclude: [] } }, rules },
    };
    const id = known.find((one) => one.name === wanted.name)?.id;
    const there = id === undefined ? undefined : await api.get(path`/repos/${owner}/${name}/rulesets/${id}`, ruleset);
    const isKept =
      there !== undefined &&
      has(there, { ...wanted, bypass_actors: [] }) &&
      same(there.bypass_actors ?? [], actors) &&
      excludesNothing(there.conditions);
    parts.push({
      ...{ target: targetOf(protection), rule, state: there === undefined ? 'missing' : isKept ? 'kept' : 'different' },
      write: async () => {
        if (id === undefined) await api.send('POST', at, wanted, anything);
        else await api.send('PUT', path`/repos/${owner}/${name}/rulesets/${id}`, wanted, anything);
      },
    });
  };
  for (const protection of protections) {
    await add(protection, '', ruleOf(protection), rulesOf(protection), []);
    if (protection.writers === null) continue;
    const actors = await Promise.all(protection.writers.map((writer) => actorOf(api, writer)));
    const rules = protection.of === 'tags' ? [{ type: 'creation' }] : [{ type: 'creation' }, { type: 'update' }];
    await add(protection, ', writers', writersRule(protection), rules, actors);
  }
  return { parts, limits: LIMITS };
}

const LIMITS = ['who may push to an environment may press the merge button of a pull request into it, too'];

function excludesNothing(conditions: unknown): boolean {
  const form = v.looseObject({ ref_name: v.looseObject({ exclude: v.pipe(v.array(v.unknown()), v.length(0)) }) });
  return v.is(form, conditions);
}

function ruleOf({ of, review }: Protection): string {
  if (of === 'tags') return 'never moved, never deleted';
  if (review === null) return 'only forward, in a line, never deleted';
  const checks = review.checks.length === 0 ? '' : `, ${review.checks.join(', ')} passed`;
  return `by review (${review.approvals} approval, code owners${checks}), never forced or deleted`;
}

function rulesOf({ of, review }: Protection): Rule[] {
  const whole = [{ type: 'deletion' }, { type: 'non_fast_forward' }];
  if (of === 'tags') return [...whole, { type: 'update' }];
  if (review === null) return [...whole, { type: 'required_linear_history' }];
  const parameters = {
    ...{ required_approving_review_count: review.approvals, require_code_owner_review: true },
    ...{
      dismiss_stale_reviews_on_push: true,
      require_last_push_approval: true,
      required_review_thread_resolution: false,
    },
  };
  const checks = review.checks.map((context) => ({ context }));
  const passed = { strict_required_status_checks_policy: false, required_status_checks: checks };
  return [
    ...whole,
    { type: 'pull_request', parameters },
    ...(checks.length === 0 ? [] : [{ type: 'required_status_checks', parameters: passed }]),
  ];
}

/** Returns who is let past a ruleset: a login, `org/team`, `app:<id>`, or `deploy-keys`. Throws `BAD_DEPLOYER`. */
async function actorOf(api: Api, writer: string): Promise<Actor> {
  const bypass_mode = 'always';
  if (writer === 'deploy-keys') return { actor_id: null, actor_type: 'DeployKey', bypass_mode };
  const [, app] = /^app:(\d{1,15})$/.exec(writer) ?? [];
  if (app !== undefined) return { actor_id: Number(app), actor_type: 'Integration', bypass_mode };
  const [org = '', team] = writer.split('/');
  const found =
    team === undefined
      ? await api.find(path`/users/${org}`, identified)
      : await api.find(path`/orgs/${org}/teams/${team}`, identified);
  if (found !== null) return { actor_id: found.id, actor_type: team === undefined ? 'User' : 'Team', bypass_mode };
  const hint = '--deployer <login>, <org>/<team>, app:<id of a GitHub App>, or deploy-keys';
  throw usageError('BAD_DEPLOYER', `GitHub knows no ${JSON.stringify(writer)}.`, hint);
}
