/** A host that plays GitHub or GitLab on top of a bare repository, for tests. */
export interface PlayedForge {
  /** The repository's page, as its address is given to people. */
  readonly url: string;
  readonly apiUrl: string;
  /** Whose token this is: `deployer`. */
  readonly token: string;
  /** Says something of the head that the request has now. */
  review(number: number, login: string, verdict: 'approved' | 'changes-requested' | 'dismissed'): Promise<void>;
  check(commit: string, name: string, state: 'passed' | 'failed' | 'running'): void;
  /** Answers the next requests whose path contains `path` so, in place of what it would have said. */
  failNext(path: string, ...answers: { status: number; headers?: Record<string, string>; body?: unknown }[]): void;
  /** `METHOD path` of each request so far, without a token. */
  readonly requests: readonly string[];
  /** What broke the host's published description, in what was asked or answered. */
  readonly violations: readonly string[];
  close(): Promise<void>;
}
