import { EleventhError, type Protection, usageError } from '@eleventh/core';
import * as v from 'valibot';
import type { WebAddress } from '../address.ts';
import { anything, number, word } from '../answer-forms.ts';
import type { Api } from '../api.ts';
import { path } from '../path.ts';
import { type Compared, same, type WantedPart, writersRule } from './host-protection.ts';

const level = v.looseObject({
  ...{ id: v.nullish(v.number()), access_level: v.nullish(v.number()) },
  ...{ user_id: v.nullish(v.number()), group_id: v.nullish(v.number()), deploy_key_id: v.nullish(v.number()) },
});
const branch = v.looseObject({
  name: word,
  ...{
    push_access_levels: v.array(level),
    merge_access_levels: v.array(level),
    allow_force_push: v.nullish(v.boolean()),
  },
  code_owner_approval_required: v.nullish(v.boolean()),
});
const tag = v.looseObject({ name: word, create_access_levels: v.array(level) });
const user = v.looseObject({ id: number, username: word });
const approvalRule = v.looseObject({
  name: word,
  approvals_required: v.number(),
  /** The branches that it is for; none: all of them. */
  protected_branches: v.nullish(v.array(v.looseObject({ name: word }))),
});
const project = v.looseObject({ only_allow_merge_if_pipeline_succeeds: v.nullish(v.boolean()) });

type Level = v.InferOutput<typeof level>;
type Access = { readonly access_level: number } | { readonly user_id: number };

const NO_ONE = { access_level: 0 };
/** Who may push when nobody said who: developers and maintainers, as before. */
const EVERYBODY = { access_level: 30 };

/** Returns what GitLab's protected branches and tags, and its settings of approvals, have of some protections. */
export async function gitlabProtection(
  api: Api,
  { path: names }: WebAddress,
  protections: readonly Protection[],
): Promise<Compared> {
  const id = names.join('/');
  const branches = await api.list(path`/projects/${id}/protected_branches`, branch);
  const tags = await api.list(path`/projects/${id}/protected_tags`, tag);
  const parts: WantedPart[] = [];
  const limits = [
    'a protected branch or tag can still be deleted by a maintainer, and takes merge commits that are pushed',
  ];
  for (const protection of protections) {
    const writers = protection.writers === null ? null : await accessOf(api, protection.writers);
    for (const name of protection.patterns) {
      if (protection.of === 'tags')
        parts.push(
          tagPart(
            api,
            id,
            protection,
            name,
            writers,
            tags.find((one) => one.name === name),
          ),
        );
      else
        parts.push(
          branchPart(
            api,
            id,
            protection,
            name,
            writers,
            branches.find((one) => one.name === name),
          ),
        );
    }
    if (protection.review === null) continue;
    const target = `branch ${protection.patterns.join(', ')}`;
    const rules = await approvalRules(api, id);
    if (rules === null) limits.push('this edition cannot ask for approvals, nor for those of code owners');
    else parts.push(approvalPart(api, id, target, protection.review.approvals, rules));
    if (protection.review.checks.length === 0) continue;
    limits.push('the whole pipeline has to pass: GitLab asks for no check by its name');
    parts.push(await pipelinePart(api, id, target));
  }
  return { parts, limits };
}

function branchPart(
  api: Api,
  id: string,
  protection: Protection,
  name: string,
  writers: readonly Access[] | null,
  there: v.InferOutput<typeof branch> | undefined,
): WantedPart {
  const isReviewed = protection.review !== null;
  const push = isReviewed ? [NO_ONE] : (writers ?? [EVERYBODY]);
  // What nobody said is left as it is; a merge button is kept away from environments altogether.
  const isPushed =
    there !== undefined && ((writers === null && !isReviewed) || isAccess(there.push_access_levels, push));
  const isMerged = there !== undefined && (isReviewed || isAccess(there.merge_access_levels, [NO_ONE]));
  const isOwned = !isReviewed || there?.code_owner_approval_required !== false;
  const isKept = isPushed && isMerged && isOwned && there?.allow_force_push !== true;
  const owned = isReviewed ? { code_owner_approval_required: true } : {};
  const at = path`/projects/${id}/protected_branches`;
  return {
    target: `${name.includes('*') ? 'branches' : 'branch'} ${name}`,
    rule: isReviewed
      ? 'by merge request, never forced'
      : `${writers === null ? '' : `${writersRule(protection)}, `}no merge button, never forced`,
    state: there === undefined ? 'missing' : isKept ? 'kept' : 'different',
    write: async () => {
      if (there === undefined) {
        const merge = isReviewed ? {} : { merge_access_level: NO_ONE.access_level };
        await api.send(
          'POST',
          at,
          { name, allow_force_push: false, ...owned, ...first('push', push), ...merge },
          anything,
        );
        return;
      }
      const changes = {
        ...{ allow_force_push: false, ...owned },
        ...(isPushed ? {} : { allowed_to_push: replaced(there.push_access_levels, push) }),
        ...(isMerged ? {} : { allowed_to_merge: replaced(there.merge_access_levels, [NO_ONE]) }),
      };
      await api.send('PATCH', path`/projects/${id}/protected_branches/${name}`, changes, anything);
    },
  };
}

function tagPart(
  api: Api,
  id: string,
  protection: Protection,
  name: string,
  writers: readonly Access[] | null,
  there: v.InferOutput<typeof tag> | undefined,
): WantedPart {
  const create = writers ?? [EVERYBODY];
  const isKept = there !== undefined && (writers === null || isAccess(there.create_access_levels, create));
  return {
    target: `tags ${name}`,
    rule: `${writers === null ? 'developers make them' : writersRule(protection)}, never moved`,
    state: there === undefined ? 'missing' : isKept ? 'kept' : 'different',
    write: async () => {
      const at = path`/projects/${id}/protected_tags`;
      const make = (access: readonly Access[]) => api.send('POST', at, { name, ...first('create', access) }, anything);
      if (there === undefined) return void (await make(create));
      // There is no other way to change one; until it is there again, everybody may make such tags.
      await api.send('DELETE', path`/projects/${id}/protected_tags/${name}`, undefined, anything);
      try {
        await make(create);
      } catch (error) {
        await make(there.create_access_levels.map(accessAs) as Access[]);
        throw error;
      }
    },
  };
}

const RULE = 'eleventh';

/** Returns the rules of approvals, null in an edition that has none. */
async function approvalRules(api: Api, id: string): Promise<v.InferOutput<typeof approvalRule>[] | null> {
  try {
    return await api.list(path`/projects/${id}/approval_rules`, approvalRule);
  } catch (error) {
    if (error instanceof EleventhError && ['FORGE_NOT_FOUND', 'FORGE_FORBIDDEN'].includes(error.code)) return null;
    throw error;
  }
}

function approvalPart(
  api: Api,
  id: string,
  target: string,
  approvals: number,
  rules: readonly v.InferOutput<typeof approvalRule>[],
): WantedPart {
  const forAll = rules.filter(({ protected_branches }) => (protected_branches ?? []).length === 0);
  const isKept = forAll.some(({ approvals_required }) => approvals_required >= approvals);
  const wanted = { name: RULE, approvals_required: approvals };
  return {
    ...{ target, rule: `${approvals} approval`, state: isKept ? 'kept' : 'missing' },
    write: async () => {
      await api.send('POST', path`/projects/${id}/approval_rules`, wanted, anything);
    },
  };
}

async function pipelinePart(api: Api, id: string, target: string): Promise<WantedPart> {
  const { only_allow_merge_if_pipeline_succeeds: isKept } = await api.get(path`/projects/${id}`, project);
  return {
    ...{ target, rule: 'the pipeline passed', state: isKept === true ? 'kept' : 'missing' },
    write: async () => {
      await api.send('PUT', path`/projects/${id}`, { only_allow_merge_if_pipeline_succeeds: true }, anything);
    },
  };
}

/** Returns people as GitLab names those who may do something. Throws `BAD_DEPLOYER`. */
function accessOf(api: Api, logins: readonly string[]): Promise<Access[]> {
  return Promise.all(
    logins.map(async (username) => {
      const found = (await api.list(path`/users`, user, { username })).find((one) => one.username === username);
      if (found !== undefined) return { user_id: found.id };
      const hint = '--deployer <username>: a person, a bot or a service account of GitLab';
      throw usageError('BAD_DEPLOYER', `GitLab knows nobody called ${JSON.stringify(username)}.`, hint);
    }),
  );
}

function isAccess(levels: readonly Level[], wanted: readonly Access[]): boolean {
  return same(levels.map(accessAs), wanted);
}

/** Returns who a level is for, in the words in which it is asked for. */
function accessAs({ user_id, group_id, deploy_key_id, access_level }: Level) {
  if (user_id) return { user_id };
  if (group_id) return { group_id };
  return deploy_key_id ? { deploy_key_id } : { access_level };
}

/** Returns who may do something, in the way that every edition knows where it is a level. */
function first(what: 'push' | 'create', access: readonly Access[]) {
  const [only] = access;
  if (access.length === 1 && only !== undefined && 'access_level' in only)
    return { [`${what}_access_level`]: only.access_level };
  return { [`allowed_to_${what}`]: access };
}

/** Returns the change from what is there to what is wanted: GitLab keeps what is not taken away. */
function replaced(levels: readonly Level[], wanted: readonly Access[]) {
  return [...wanted, ...levels.flatMap(({ id }) => (id ? [{ id, _destroy: true }] : []))];
}
