import { listed, usageError } from '@eleventh/core';
import * as v from 'valibot';
import type { WebAddress } from '../address.ts';
import { anything, number, oid, page, pageOrNull, word } from '../answer-forms.ts';
import type { Api } from '../api.ts';
import { byName } from '../check-names.ts';
import { settled } from '../ending.ts';
import type { Check, Forge, NewRequest, Review, ReviewRequest } from '../forge.ts';
import { path } from '../path.ts';
import { gitlabReviews } from './gitlab-reviews.ts';

const mergeRequest = v.looseObject({
  iid: number,
  web_url: page,
  state: v.picklist(['opened', 'closed', 'locked', 'merged']),
  source_branch: word,
  target_branch: word,
  source_project_id: v.nullish(number),
  target_project_id: number,
  sha: oid,
  author: v.looseObject({ username: word }),
  reviewers: v.optional(v.nullable(v.array(v.looseObject({ id: number })))),
});
const user = v.looseObject({ id: number, username: word });
const status = v.looseObject({
  name: word,
  status: word,
  allow_failure: v.nullish(v.boolean()),
  target_url: v.nullish(v.string()),
});

/** Merge requests that are being merged have this state; it passes within seconds. */
const STATES: Record<v.InferOutput<typeof mergeRequest>['state'], ReviewRequest['state']> = {
  opened: 'open',
  locked: 'open',
  closed: 'closed',
  merged: 'merged',
};

/** A repository on gitlab.com or a GitLab of somebody's own. */
export class GitLab implements Forge {
  readonly kind = 'gitlab';
  readonly noun = 'merge request';
  readonly page: string;
  readonly #api: Api;
  readonly #id: string;

  constructor(api: Api, { origin, path: parts }: WebAddress) {
    this.#api = api;
    this.#id = parts.join('/');
    this.page = `${origin}/${this.#id}`;
  }

  async find(head: string, base: string): Promise<ReviewRequest | null> {
    const query = { state: 'opened', source_branch: head, target_branch: base };
    const all = await this.#api.list(path`/projects/${this.#id}/merge_requests`, mergeRequest, query);
    const found = all.find(
      (one) =>
        one.source_branch === head && one.target_branch === base && one.source_project_id === one.target_project_id,
    );
    return found === undefined ? null : described(found);
  }

  async open({ head, base, title, body, labels, reviewers }: NewRequest): Promise<ReviewRequest> {
    const asked = {
      source_branch: head,
      target_branch: base,
      title,
      description: body,
      ...(labels.length === 0 ? {} : { labels: joined(labels) }),
      ...(reviewers.length === 0 ? {} : { reviewer_ids: await this.#ids(reviewers) }),
    };
    return described(await this.#api.send('POST', path`/projects/${this.#id}/merge_requests`, asked, mergeRequest));
  }

  async update(
    number: number,
    { title, body, labels, reviewers }: Parameters<Forge['update']>[1],
  ): Promise<ReviewRequest> {
    const known = await this.#api.get(this.#request(number), mergeRequest);
    const now = (known.reviewers ?? []).map(({ id }) => id);
    const more = reviewers.length === 0 ? [] : await this.#ids(reviewers);
    const asked = {
      title,
      description: body,
      ...(labels.length === 0 ? {} : { add_labels: joined(labels) }),
      ...(more.length === 0 ? {} : { reviewer_ids: [...new Set([...now, ...more])] }),
    };
    return described(await this.#api.send('PUT', this.#request(number), asked, mergeRequest));
  }

  reviews(request: ReviewRequest): Promise<readonly Review[]> {
    return gitlabReviews(this.#api, this.#id, request);
  }

  /** A job that nobody has to wait for (manual, left out) did not run; one that may fail counts as GitLab counts it. */
  async checks(commit: string): Promise<readonly Check[]> {
    const all = await this.#api.list(path`/projects/${this.#id}/repository/commits/${commit}/statuses`, status);
    const ran = all.filter(
      (one) => one.status !== 'skipped' && !(one.status === 'manual' && one.allow_failure === true),
    );
    return byName(
      ran.map((one) => ({
        name: one.name,
        state: stateOf(one.status, one.allow_failure === true),
        url: pageOrNull(one.target_url),
      })),
    );
  }

  async comment(number: number, text: string): Promise<void> {
    await this.#api.send('POST', path`/projects/${this.#id}/merge_requests/${number}/notes`, { body: text }, anything);
  }

  async close({ number }: ReviewRequest): Promise<void> {
    await this.#api.send('PUT', this.#request(number), { state_event: 'close' }, anything);
  }

  async finish(request: ReviewRequest): Promise<'merged' | 'closed'> {
    const { number } = request;
    const look = async () => described(await this.#api.get(this.#request(number), mergeRequest));
    const state = await settled(this.#api, look);
    if (state === 'open') await this.close(request);
    return state === 'merged' ? 'merged' : 'closed';
  }

  #request(number: number) {
    return path`/projects/${this.#id}/merge_requests/${number}`;
  }

  /** Returns the ids of people; those whom the host does not know are told. */
  async #ids(logins: readonly string[]): Promise<number[]> {
    const found = await Promise.all(
      logins.map(async (username) =>
        (await this.#api.list(path`/users`, user, { username })).find((one) => one.username === username),
      ),
    );
    const missing = logins.filter((_, index) => found[index] === undefined);
    if (missing.length > 0)
      this.#api.warn(`${listed(missing)} could not be asked for a review: there is nobody of that name`);
    return found.flatMap((one) => one?.id ?? []);
  }
}

function stateOf(status: string, mayFail: boolean): Check['state'] {
  if (status === 'success') return 'passed';
  if (status === 'failed' || status === 'canceled' || status === 'canceling') return mayFail ? 'passed' : 'failed';
  return 'running';
}

/** Returns labels as GitLab takes them. Throws `BAD_FORGE_LABEL` for one that would become two. */
function joined(labels: readonly string[]): string {
  const bad = labels.find((label) => label.includes(','));
  if (bad === undefined) return labels.join(',');
  throw usageError('BAD_FORGE_LABEL', `GitLab has no labels with a comma in them, such as ${JSON.stringify(bad)}.`);
}

function described(made: v.InferOutput<typeof mergeRequest>): ReviewRequest {
  return {
    number: made.iid,
    url: made.web_url,
    head: made.source_branch,
    base: made.target_branch,
    commit: made.sha,
    author: made.author.username,
    state: STATES[made.state],
  };
}
