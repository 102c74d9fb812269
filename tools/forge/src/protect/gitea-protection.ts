import type { Protection } from '@eleventh/core';
import * as v from 'valibot';
import type { WebAddress } from '../address.ts';
import { anything, number, word } from '../answer-forms.ts';
import type { Api } from '../api.ts';
import { path } from '../path.ts';
import { type Compared, has, same, type WantedPart, writersRule } from './host-protection.ts';

const names = v.nullish(v.array(v.string()));
const branch = v.looseObject({
  rule_name: v.string(),
  ...{
    push_whitelist_usernames: names,
    push_whitelist_teams: names,
    merge_whitelist_usernames: names,
    merge_whitelist_teams: names,
  },
});
const tag = v.looseObject({ id: number, name_pattern: word, whitelist_usernames: names, whitelist_teams: names });

/** Returns what the protected branches and tags of Gitea or Forgejo have of some protections. */
export async function giteaProtection(
  api: Api,
  { path: [owner, name] }: WebAddress,
  protections: readonly Protection[],
): Promise<Compared> {
  const at = path`/repos/${owner}/${name}`;
  const branches = await api.list({ text: `${at.text}/branch_protections` }, branch);
  const isTagged = protections.some(({ of }) => of === 'tags');
  const tags = isTagged ? await api.list({ text: `${at.text}/tag_protections` }, tag) : [];
  const parts = protections.flatMap((protection) => {
    if (protection.of === 'branches') {
      const known = (pattern: string) => branches.find((one) => one.rule_name === pattern);
      return protection.patterns.map((pattern) => branchPart(api, at.text, protection, pattern, known(pattern)));
    }
    // A protected tag is a list of who may make it, and no more: without one nobody could.
    if (protection.writers === null) return [];
    const writers = protection.writers;
    const known = (pattern: string) => tags.find((one) => one.name_pattern === pattern);
    return protection.patterns.map((pattern) => tagPart(api, at.text, pattern, writers, known(pattern)));
  });
  return { parts, limits: LIMITS };
}

const LIMITS = [
  'merge commits that are pushed to an environment are taken',
  'who may make a tag of a release may move and delete it, too',
];

/** Returns writers as Gitea names them: people, teams (`org/team`), and all deploy keys that may write. */
function whitelist(writers: readonly string[]) {
  const teams = writers.filter((one) => one.includes('/')).map((one) => one.slice(one.indexOf('/') + 1));
  const people = writers.filter((one) => !one.includes('/') && one !== 'deploy-keys');
  return { people, teams, keys: writers.includes('deploy-keys') };
}

function branchPart(
  api: Api,
  at: string,
  protection: Protection,
  rule_name: string,
  there: v.InferOutput<typeof branch> | undefined,
): WantedPart {
  const { review, writers } = protection;
  const { people, teams, keys } = whitelist(writers ?? []);
  const isLimited = review === null && writers !== null;
  const settings = {
    enable_push: review === null,
    enable_force_push: false,
    enable_push_whitelist: isLimited,
    push_whitelist_deploy_keys: isLimited && keys,
    // Nobody stands in the list of those who may press the merge button of a request into an environment.
    enable_merge_whitelist: review === null,
    required_approvals: review?.approvals ?? 0,
    dismiss_stale_approvals: review !== null,
    block_on_rejected_reviews: review !== null,
    enable_status_check: (review?.checks ?? []).length > 0,
    status_check_contexts: review?.checks ?? [],
  };
  const lists = {
    ...{ push_whitelist_usernames: isLimited ? people : [], push_whitelist_teams: isLimited ? teams : [] },
    ...{ merge_whitelist_usernames: [], merge_whitelist_teams: [] },
  };
  const isListed =
    there !== undefined &&
    same(there.push_whitelist_usernames ?? [], lists.push_whitelist_usernames) &&
    same(there.push_whitelist_teams ?? [], lists.push_whitelist_teams) &&
    (review !== null ||
      (there.merge_whitelist_usernames ?? []).length + (there.merge_whitelist_teams ?? []).length === 0);
  const { status_check_contexts, ...rest } = settings;
  const isKept =
    isListed && has(there, { ...rest, ...(settings.enable_status_check ? { status_check_contexts } : {}) });
  return {
    target: `${rule_name.includes('*') ? 'branches' : 'branch'} ${rule_name}`,
    rule: ruleOf(protection),
    state: there === undefined ? 'missing' : isKept ? 'kept' : 'different',
    write: async () => {
      const wanted = { ...settings, ...lists };
      if (there === undefined)
        await api.send('POST', { text: `${at}/branch_protections` }, { rule_name, ...wanted }, anything);
      else await api.send('PATCH', { text: `${at}${path`/branch_protections/${rule_name}`.text}` }, wanted, anything);
    },
  };
}

function ruleOf(protection: Protection): string {
  const { review, writers } = protection;
  if (review === null)
    return `${writers === null ? '' : `${writersRule(protection)}, `}no merge button, never forced or deleted`;
  const checks = review.checks.length === 0 ? '' : `, ${review.checks.join(', ')} passed`;
  return `by review (${review.approvals} approval${checks}), never forced or deleted`;
}

function tagPart(
  api: Api,
  at: string,
  name_pattern: string,
  writers: readonly string[],
  there: v.InferOutput<typeof tag> | undefined,
): WantedPart {
  const { people, teams } = whitelist(writers);
  const wanted = { name_pattern, whitelist_usernames: people, whitelist_teams: teams };
  const isKept =
    there !== undefined && same(there.whitelist_usernames ?? [], people) && same(there.whitelist_teams ?? [], teams);
  return {
    target: `tags ${name_pattern}`,
    rule: `made by ${writers.join(', ')} alone`,
    state: there === undefined ? 'missing' : isKept ? 'kept' : 'different',
    write: async () => {
      if (there === undefined) await api.send('POST', { text: `${at}/tag_protections` }, wanted, anything);
      else await api.send('PATCH', { text: `${at}/tag_protections/${there.id}` }, wanted, anything);
    },
  };
}
