import { execFileSync } from 'node:child_process';

type Verdict = 'approved' | 'changes-requested' | 'dismissed';

export interface PlayedReview {
  readonly id: number;
  readonly login: string;
  readonly verdict: Verdict | 'commented';
  readonly commit: string;
  readonly at: string;
}

export interface PlayedRequest {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  readonly author: string;
  readonly opened: string;
  title: string;
  body: string;
  labels: string[];
  reviewers: string[];
  state: 'open' | 'merged' | 'closed';
  merged: string | null;
  /** What its branch was at, and since when; the newest last. */
  readonly versions: { readonly commit: string; readonly at: string }[];
  reviews: PlayedReview[];
  readonly comments: string[];
}

export interface PlayedCheck {
  readonly id: number;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'running';
}

export interface PlayedPerson {
  readonly id: number;
  readonly name: string;
  readonly mayPush: boolean;
}

/** Whose token the played host takes. */
const DEPLOYER = 'deployer';

/** What a host knows: requests over the branches of a real repository, of which it sees a push when it is next asked. */
export class PlayedRepository {
  readonly requests: PlayedRequest[] = [];
  readonly checks = new Map<string, PlayedCheck[]>();
  readonly people = new Map<string, PlayedPerson>();
  /** Whether it finds by itself that a request's commits came to its base. */
  seesMerges = true;
  /** Whether approvals have a time of their own, as in newer versions of GitLab. */
  datesApprovals = true;
  /** Whether it is an edition of GitLab that asks for approvals. */
  hasApprovals = true;
  readonly #bare: string;
  /** The present, in milliseconds since 1970. */
  clock = Date.parse('2026-03-02T09:00:00Z');
  #ids = 0;

  constructor(bare: string) {
    this.#bare = bare;
    this.know(DEPLOYER, 'Deployer', true);
  }

  know(login: string, name: string, mayPush: boolean): void {
    this.people.set(login, { id: this.nextId(), name, mayPush });
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  /** Returns the next minute of the host's own time. */
  tick(): string {
    this.clock += 60_000;
    return new Date(this.clock).toISOString().replace('.000Z', 'Z');
  }

  /** Returns the commit of a branch, undefined where there is none. */
  branch(name: string): string | undefined {
    return this.#git('rev-parse', '--verify', '--quiet', `refs/heads/${name}^{commit}`);
  }

  contains(base: string, commit: string): boolean {
    return this.#git('merge-base', '--is-ancestor', commit, `refs/heads/${base}`) !== undefined;
  }

  /** Looks what was pushed: a request follows its branch, is merged when its base has its commits, and ends without it. */
  refresh(): void {
    for (const request of this.requests.filter(({ state }) => state === 'open')) {
      const now = this.branch(request.head);
      if (now !== undefined && now !== headOf(request)) request.versions.push({ commit: now, at: this.tick() });
      if (this.seesMerges && this.contains(request.base, headOf(request))) {
        request.state = 'merged';
        request.merged = this.tick();
      } else if (now === undefined) request.state = 'closed';
    }
  }

  /** Opens a request, or returns why not. */
  open(head: string, base: string, title: string, body: string): PlayedRequest | string {
    const commit = this.branch(head);
    if (commit === undefined) return `There is no branch ${head}`;
    if (this.branch(base) === undefined) return `There is no branch ${base}`;
    if (this.contains(base, commit)) return `No commits between ${base} and ${head}`;
    if (this.requests.some((one) => one.state === 'open' && one.head === head && one.base === base))
      return `A request already exists for ${head}`;
    const opened = this.tick();
    const request: PlayedRequest = {
      ...{ number: this.requests.length + 1, head, base, title, body, author: DEPLOYER, opened },
      ...{ labels: [], reviewers: [], state: 'open' as const, merged: null, reviews: [], comments: [] },
      versions: [{ commit, at: opened }],
    };
    this.requests.push(request);
    return request;
  }

  /** Says something of the head that a request has now. */
  review(number: number, login: string, verdict: PlayedReview['verdict']): void {
    this.refresh();
    const request = this.requests.find((one) => one.number === number);
    if (request === undefined) throw new Error(`There is no request ${number}.`);
    if (!this.people.has(login)) this.know(login, `${login.charAt(0).toUpperCase()}${login.slice(1)} Example`, true);
    request.reviews.push({ id: this.nextId(), login, verdict, commit: headOf(request), at: this.tick() });
  }

  check(commit: string, name: string, state: PlayedCheck['state']): void {
    const others = (this.checks.get(commit) ?? []).filter((one) => one.name !== name);
    this.checks.set(commit, [...others, { id: this.nextId(), name, state }]);
  }

  #git(...args: string[]): string | undefined {
    try {
      return execFileSync('git', ['--git-dir', this.#bare, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      return undefined;
    }
  }
}

export function headOf({ versions }: PlayedRequest): string {
  return versions.at(-1)?.commit ?? '';
}
