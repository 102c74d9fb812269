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

const user = v.nullish(v.looseObject({ login: word }));
const pull = v.looseObject({
  number,
  html_url: page,
  state: v.picklist(['open', 'closed']),
  merged_at: v.nullish(instant),
  user,
  head: v.looseObject({ ref: word, sha: oid, repo: v.nullish(v.looseObject({ id: number })) }),
  base: v.looseObject({ ref: word, repo: v.looseObject({ id: number }) }),
});
const review = v.looseObject({
  user,
  state: word,
  commit_id: v.nullish(oid),
  submitted_at: v.nullish(instant),
  html_url: page,
});
const checkRun = v.looseObject({
  name: word,
  status: word,
  conclusion: v.nullish(word),
  details_url: v.nullish(v.string()),
  html_url: v.nullish(v.string()),
});
const status = v.looseObject({ context: word, state: word, target_url: v.nullish(v.string()) });
const permission = v.looseObject({ permission: word });
const person = v.looseObject({ name: v.nullish(v.string()) });

/** The words of a review that count. A comment takes none of them back, and what is not submitted is nobody's business. */
const VERDICTS: Record<string, Review['verdict']> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes-requested',
  DISMISSED: 'dismissed',
};
/** Who may push may review, as GitHub's own rules count: anybody can approve what is public. */
const WRITERS = ['admin', 'maintain', 'write'];

/** A repository on github.com or an Enterprise Server. */
export class GitHub implements Forge {
  readonly kind = 'github';
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
    const query = { state: 'open', head: `${this.#owner}:${head}`, base };
    const pulls = await this.#api.list(path`/repos/${this.#owner}/${this.#name}/pulls`, pull, query);
    const found = pulls.find(
      (one) => one.head.ref === head && one.base.ref === base && one.head.repo?.id === one.base.repo.id,
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

  async reviews(request: ReviewRequest): Promise<readonly Review[]> {
    const all = await this.#api.list(path`/repos/${this.#owner}/${this.#name}/pulls/${request.number}/reviews`, review);
    const said = all.flatMap(({ user: who, state, commit_id, submitted_at, html_url }) => {
      const verdict = VERDICTS[state];
      if (verdict === undefined || !who || !submitted_at) return [];
      return [{ login: who.login, verdict, commit: commit_id ?? null, at: submitted_at, url: html_url }];
    });
    const counted = await Promise.all(newestOfEach(said).map((word) => this.#named(word)));
    return counted.filter((one) => one !== null);
  }

  async checks(commit: string): Promise<readonly Check[]> {
    const at = path`/repos/${this.#owner}/${this.#name}/commits/${commit}/check-runs`;
    const runs = await this.#api.list(at, checkRun, { filter: 'latest' }, 'check_runs');
    const statuses = await this.#api.list(
      path`/repos/${this.#owner}/${this.#name}/commits/${commit}/status`,
      status,
      {},
      'statuses',
    );
    return byName([
      ...runs.map(
        (run) =>
          ({
            name: run.name,
            state: run.status === 'completed' ? concluded(run.conclusion ?? '') : 'running',
            url: pageOrNull(run.html_url) ?? pageOrNull(run.details_url),
          }) satisfies Check,
      ),
      ...statuses.map(
        ({ context, state, target_url }) =>
          ({
            name: context,
            state: state === 'success' ? 'passed' : state === 'pending' ? 'running' : 'failed',
            url: pageOrNull(target_url),
          }) satisfies Check,
      ),
    ]);
  }

  async comment(number: number, text: string): Promise<void> {
    const at = path`/repos/${this.#owner}/${this.#name}/issues/${number}/comments`;
    await this.#api.send('POST', at, { body: text }, anything);
  }

  async close({ number }: ReviewRequest): Promise<void> {
    await this.#api.send('PATCH', this.#pull(number), { state: 'closed' }, anything);
  }

  async finish(request: ReviewRequest): Promise<'merged' | 'closed'> {
    const { number } = request;
    const look = async () => described(await this.#api.get(this.#pull(number), pull));
    const state = await settled(this.#api, look);
    if (state === 'open') await this.close(request);
    return state === 'merged' ? 'merged' : 'closed';
  }

  #pull(number: number) {
    return path`/repos/${this.#owner}/${this.#name}/pulls/${number}`;
  }

  /** Returns a review with the name of its author, null when they may not push here. */
  async #named(said: Omit<Review, 'name'>): Promise<Review | null> {
    const at = path`/repos/${this.#owner}/${this.#name}/collaborators/${said.login}/permission`;
    const may = await this.#api.find(at, permission);
    if (may === null || !WRITERS.includes(may.permission)) return null;
    const found = await this.#api.find(path`/users/${said.login}`, person);
    return { ...said, name: found?.name?.replace(/\p{Cc}+/gu, ' ').trim() || said.login };
  }

  /** Adds labels, which GitHub makes by itself, and asks reviewers. */
  async #mark(request: ReviewRequest, labels: readonly string[], reviewers: readonly string[]): Promise<void> {
    const at = path`/repos/${this.#owner}/${this.#name}/issues/${request.number}/labels`;
    if (labels.length > 0) await this.#api.send('POST', at, { labels }, anything);
    const where = path`/repos/${this.#owner}/${this.#name}/pulls/${request.number}/requested_reviewers`;
    await askReviewers(this.#api, where, request, reviewers);
  }
}

function concluded(conclusion: string): Check['state'] {
  return ['success', 'neutral', 'skipped'].includes(conclusion) ? 'passed' : 'failed';
}

function described(made: v.InferOutput<typeof pull>): ReviewRequest {
  return {
    number: made.number,
    url: made.html_url,
    head: made.head.ref,
    base: made.base.ref,
    commit: made.head.sha,
    author: made.user?.login ?? '',
    state: made.merged_at ? 'merged' : made.state,
  };
}
