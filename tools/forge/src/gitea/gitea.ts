import { EleventhError } from '@eleventh/core';
import * as v from 'valibot';
import type { WebAddress } from '../address.ts';
import { anything, instant, number, oid, page, pageOrNull, word } from '../answer-forms.ts';
import type { Api } from '../api.ts';
import { byName } from '../check-names.ts';
import { settled } from '../ending.ts';
import type { Check, Forge, NewRequest, Review, ReviewRequest } from '../forge.ts';
import { newestOfEach } from '../newest-word.ts';
import { path } from '../path.ts';
import { askReviewers } from '../reviewers.ts';
import { labelIds } from './gitea-labels.ts';

const user = v.nullish(v.looseObject({ login: word, full_name: v.nullish(v.string()) }));
const pull = v.looseObject({
  number,
  html_url: page,
  state: v.picklist(['open', 'closed']),
  merged: v.nullish(v.boolean()),
  user,
  head: v.looseObject({ ref: word, sha: oid, repo_id: v.number() }),
  base: v.looseObject({ ref: word, repo_id: v.number() }),
});
const review = v.looseObject({
  user,
  state: word,
  commit_id: v.nullish(v.string()),
  official: v.nullish(v.boolean()),
  dismissed: v.nullish(v.boolean()),
  submitted_at: instant,
  html_url: page,
});
/** Whether it finds by itself that a request's commits were pushed; absent in versions that cannot. */
const repository = v.looseObject({ autodetect_manual_merge: v.nullish(v.boolean()) });
const status = v.looseObject({ context: word, status: word, target_url: v.nullish(v.string()) });

const VERDICTS: Record<string, Review['verdict']> = { APPROVED: 'approved', REQUEST_CHANGES: 'changes-requested' };

/** A repository on Gitea or Forgejo. */
export class Gitea implements Forge {
  readonly kind = 'gitea';
  readonly noun = 'pull request';
  readonly page: string;
  readonly #api: Api;
  readonly #owner: string;
  readonly #name: string;

  constructor(api: Api, { origin, path: [owner, name] }: WebAddress) {
    this.#api = api;
    this.#owner = owner;
    this.#name = name;
    this.page = `${origin}/${owner}/${name}`;
  }

  async find(head: string, base: string): Promise<ReviewRequest | null> {
    const pulls = await this.#api.list(path`/repos/${this.#owner}/${this.#name}/pulls`, pull, { state: 'open' });
    const found = pulls.find(
      (one) => one.head.ref === head && one.base.ref === base && one.head.repo_id === one.base.repo_id,
    );
    return found === undefined ? null : described(found);
  }

  async open({ head, base, title, body, labels, reviewers }: NewRequest): Promise<ReviewRequest> {
    const made = await this.#api.send(
      'POST',
      path`/repos/${this.#owner}/${this.#name}/pulls`,
      { head, base, title, body },
      pull,
    );
    await this.#mark(described(made), labels, reviewers);
    return described(made);
  }

  async update(
    number: number,
    { title, body, labels, reviewers }: Parameters<Forge['update']>[1],
  ): Promise<ReviewRequest> {
    const made = await this.#api.send('PATCH', this.#pull(number), { title, body }, pull);
    await this.#mark(described(made), labels, reviewers);
    return described(made);
  }

  /** Only what is `official` counts: the word of those who may push, or whom the branch's protection names. */
  async reviews(request: ReviewRequest): Promise<readonly Review[]> {
    const all = await this.#api.list({ text: `${this.#pull(request.number).text}/reviews` }, review);
    const said = all.flatMap((one): Review[] => {
      const verdict = VERDICTS[one.state];
      if (verdict === undefined || one.official !== true || !one.user) return [];
      return [
        {
          login: one.user.login,
          name: one.user.full_name?.replace(/\p{Cc}+/gu, ' ').trim() || one.user.login,
          verdict: one.dismissed === true ? 'dismissed' : verdict,
          commit: v.is(oid, one.commit_id) ? one.commit_id : null,
          at: one.submitted_at,
          url: one.html_url,
        },
      ];
    });
    return newestOfEach(said);
  }

  async checks(commit: string): Promise<readonly Check[]> {
    const at = path`/repos/${this.#owner}/${this.#name}/commits/${commit}/status`;
    const statuses = await this.#api.list(at, status, {}, 'statuses');
    return byName(
      statuses.map((one) => ({
        name: one.context,
        state: stateOf(one.status),
        url: pageOrNull(one.target_url),
      })),
    );
  }

  async comment(number: number, text: string): Promise<void> {
    const at = path`/repos/${this.#owner}/${this.#name}/issues/${number}/comments`;
    await this.#api.send('POST', at, { body: text }, anything);
  }

  async close({ number }: ReviewRequest): Promise<void> {
    await this.#api.send('PATCH', this.#pull(number), { state: 'closed' }, anything);
  }

  async finish(request: ReviewRequest, commit: string): Promise<'merged' | 'closed'> {
    const { number } = request;
    const look = async () => described(await this.#api.get(this.#pull(number), pull));
    const { state: now } = await look();
    if (now === 'open' && (await this.#markMerged(number, commit))) return 'merged';
    const { autodetect_manual_merge: finds } = await this.#api.get(
      path`/repos/${this.#owner}/${this.#name}`,
      repository,
    );
    const state = finds === true ? await settled(this.#api, look) : (await look()).state;
    if (state === 'open') await this.close(request);
    return state === 'merged' ? 'merged' : 'closed';
  }

  #pull(number: number) {
    return path`/repos/${this.#owner}/${this.#name}/pulls/${number}`;
  }

  /** Returns whether the host took it: the repository has to allow that, and it may have found the commit by itself. */
  async #markMerged(number: number, commit: string): Promise<boolean> {
    try {
      const asked = { Do: 'manually-merged', MergeCommitID: commit };
      await this.#api.send('POST', { text: `${this.#pull(number).text}/merge` }, asked, anything);
      return true;
    } catch (error) {
      if (
        !(error instanceof EleventhError) ||
        !['FORGE_REFUSED', 'FORGE_CONFLICT', 'FORGE_FORBIDDEN'].includes(error.code)
      )
        throw error;
      return false;
    }
  }

  async #mark(request: ReviewRequest, labels: readonly string[], reviewers: readonly string[]): Promise<void> {
    if (labels.length > 0) {
      const ids = await labelIds(this.#api, path`/repos/${this.#owner}/${this.#name}/labels`, labels);
      const at = path`/repos/${this.#owner}/${this.#name}/issues/${request.number}/labels`;
      await this.#api.send('POST', at, { labels: ids }, anything);
    }
    const where = { text: `${this.#pull(request.number).text}/requested_reviewers` };
    await askReviewers(this.#api, where, request, reviewers);
  }
}

function stateOf(status: string): Check['state'] {
  // What was skipped had nothing to say.
  if (['success', 'warning', 'skipped'].includes(status)) return 'passed';
  return status === 'pending' ? 'running' : 'failed';
}

function described(made: v.InferOutput<typeof pull>): ReviewRequest {
  return {
    number: made.number,
    url: made.html_url,
    head: made.head.ref,
    base: made.base.ref,
    commit: made.head.sha,
    author: made.user?.login ?? '',
    state: made.merged === true ? 'merged' : made.state,
  };
}
