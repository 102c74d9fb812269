/** A repository on a host, as its API lets us see and change review requests (pull requests, merge requests). */
export interface Forge {
  readonly kind: ForgeKind;
  /** The repository's page, without a slash at the end. */
  readonly page: string;
  /** What the host calls a review request: 'pull request' or 'merge request'. */
  readonly noun: 'pull request' | 'merge request';
  /** Returns the open request that would bring `head` (a branch of the same repository) into `base`; null: there is none. */
  find(head: string, base: string): Promise<ReviewRequest | null>;
  open(request: NewRequest): Promise<ReviewRequest>;
  /** Sets title and body, and adds labels (created where the host needs that) and reviewers. */
  update(number: number, request: Pick<NewRequest, 'title' | 'body' | 'labels' | 'reviewers'>): Promise<ReviewRequest>;
  /** Returns what people said of the request: the newest word of each person that counts. */
  reviews(request: ReviewRequest): Promise<readonly Review[]>;
  /** Returns what ran on a commit: statuses, check runs, pipelines; by name, the newest of each. */
  checks(commit: string): Promise<readonly Check[]>;
  comment(number: number, text: string): Promise<void>;
  /**
   * Ends a request after `commit`, its head, was pushed to its base: waits (bounded) until the host says by itself that it
   * is merged, else marks it merged by hand where the host can (Gitea), else closes it. Returns how it ended.
   */
  finish(request: ReviewRequest, commit: string): Promise<'merged' | 'closed'>;
  /** Ends a request of which nothing came to its base. */
  close(request: ReviewRequest): Promise<void>;
}

export type ForgeKind = 'github' | 'gitlab' | 'gitea';

export interface NewRequest {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** Logins; teams as `org/team` on GitHub and Gitea. */
  readonly reviewers: readonly string[];
}

export interface ReviewRequest {
  readonly number: number;
  readonly url: string;
  readonly head: string;
  readonly base: string;
  /** The commit that its branch is at, as far as the host has seen. */
  readonly commit: string;
  /** The login of who opened it. */
  readonly author: string;
  readonly state: 'open' | 'merged' | 'closed';
}

export interface Review {
  readonly login: string;
  /** The person's name as the host has it; the login where it has none. */
  readonly name: string;
  readonly verdict: 'approved' | 'changes-requested' | 'dismissed';
  /** The commit that was looked at; null: the host does not say. */
  readonly commit: string | null;
  /** RFC 3339. */
  readonly at: string;
  readonly url: string;
}

export interface Check {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'running';
  readonly url: string | null;
}
