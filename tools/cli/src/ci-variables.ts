import { isOid, type Oid } from '@eleventh/core';
import { type Person, person, personOf, utcTime } from './build-facts.ts';
import { pageUrl, sourceUrl } from './source-url.ts';

/** What a CI system says of the build that it runs. What it does not say, or says in a malformed way, is left out. */
export interface CiBuild {
  readonly system: 'GitHub Actions' | 'GitLab CI' | 'Jenkins' | 'Concourse' | 'Buildkite';
  readonly commit?: Oid;
  /** As the service's repository names it: a pull request of a fork has its ref's name, never the fork's own `main`. */
  readonly branch?: string;
  /** The commit's time, RFC 3339 in UTC. */
  readonly built?: string;
  /** The https address of the service's repository. */
  readonly source?: string;
  /** Who started the run, as far as the system says so; else the commit's author. */
  readonly author?: Person;
  /** The address of the run's page. */
  readonly run?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => string | null;

/** Returns what the CI system around the command says of its build, null outside of CI. `readFile`: null is no file. */
export function ciBuild(env: Variables, readFile: ReadFile = () => null): CiBuild | null {
  if (env.GITHUB_ACTIONS) return gitHubActions(env, readFile);
  if (env.GITLAB_CI) return gitLab(env);
  if (env.BUILDKITE) return buildkite(env);
  if (env.JENKINS_URL || env.JENKINS_HOME) return jenkins(env);
  if (env.ATC_EXTERNAL_URL || env.BUILD_PIPELINE_NAME) return concourse(env);
  return null;
}

// https://docs.github.com/actions/reference/workflows-and-actions/variables
function gitHubActions(env: Variables, readFile: ReadFile): CiBuild {
  const event = json(env.GITHUB_EVENT_PATH ? readFile(env.GITHUB_EVENT_PATH) : null);
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository, GITHUB_ACTOR: actor } = env;
  const page = repository ? `${server}/${repository}` : '';
  const noreply = `users.noreply.${URL.canParse(server) ? new URL(server).host : 'github.com'}`;
  return {
    system: 'GitHub Actions',
    ...(env.GITHUB_HEAD_REF || env.GITHUB_REF?.startsWith('refs/pull/') ? pullRequest(env, event) : push(env, event)),
    source: source(page),
    author: person(actor, env.GITHUB_ACTOR_ID ? `${env.GITHUB_ACTOR_ID}+${actor}@${noreply}` : `${actor}@${noreply}`),
    run: env.GITHUB_RUN_ID ? pageUrl(`${page}/actions/runs/${env.GITHUB_RUN_ID}`) : undefined,
  };
}

function push(env: Variables, event: unknown): Partial<CiBuild> {
  const isHead = at(event, 'head_commit', 'id') === env.GITHUB_SHA;
  return {
    commit: commit(env.GITHUB_SHA),
    branch: ((env.GITHUB_REF_TYPE ?? 'branch') === 'branch' && env.GITHUB_REF_NAME) || undefined,
    built: isHead ? utcTime(at(event, 'head_commit', 'timestamp')) : undefined,
  };
}

// GITHUB_SHA is a merge that GitHub made for the test: a commit on no branch.
function pullRequest(env: Variables, event: unknown): Partial<CiBuild> {
  const from = at(event, 'pull_request', 'head', 'repo', 'full_name');
  const own = from !== undefined && from === env.GITHUB_REPOSITORY;
  const number =
    at(event, 'pull_request', 'number') ?? /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '')?.[1] ?? 'unknown';
  return {
    commit: commit(at(event, 'pull_request', 'head', 'sha')),
    branch: (own && (env.GITHUB_HEAD_REF || at(event, 'pull_request', 'head', 'ref'))) || `pull/${number}/head`,
  };
}

// https://docs.gitlab.com/ci/variables/predefined_variables/
function gitLab(env: Variables): CiBuild {
  // In a pipeline on merged results CI_COMMIT_SHA is a merge that GitLab made; the branch's own commit is given too.
  const head = env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA || env.CI_COMMIT_SHA;
  const ofFork = env.CI_MERGE_REQUEST_SOURCE_PROJECT_ID !== env.CI_MERGE_REQUEST_PROJECT_ID;
  const branch =
    env.CI_COMMIT_BRANCH || env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME || env.CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME;
  return {
    system: 'GitLab CI',
    commit: commit(head),
    branch: (ofFork ? `merge-requests/${env.CI_MERGE_REQUEST_IID}/head` : branch) || undefined,
    built: head === env.CI_COMMIT_SHA ? utcTime(env.CI_COMMIT_TIMESTAMP) : undefined,
    source: source(env.CI_PROJECT_URL),
    author: person(env.GITLAB_USER_NAME, env.GITLAB_USER_EMAIL) ?? personOf(env.CI_COMMIT_AUTHOR),
    run: pageUrl(env.CI_PIPELINE_URL) ?? pageUrl(env.CI_JOB_URL),
  };
}

// https://buildkite.com/docs/pipelines/configure/environment-variables
function buildkite(env: Variables): CiBuild {
  const from = source(env.BUILDKITE_PULL_REQUEST_REPO)?.toLowerCase();
  // Buildkite calls the branch of a fork `person:branch`, unless the pipeline's settings say otherwise.
  const ofFork = env.BUILDKITE_BRANCH?.includes(':') || (from && from !== source(env.BUILDKITE_REPO)?.toLowerCase());
  const branch = ofFork ? `pull/${env.BUILDKITE_PULL_REQUEST}/head` : env.BUILDKITE_BRANCH;
  return {
    system: 'Buildkite',
    commit: commit(env.BUILDKITE_COMMIT), // it may be a name such as HEAD
    branch: (!env.BUILDKITE_TAG && branch) || undefined, // in a tag's build the variable holds the tag
    source: source(env.BUILDKITE_REPO),
    author:
      person(env.BUILDKITE_BUILD_CREATOR, env.BUILDKITE_BUILD_CREATOR_EMAIL) ??
      person(env.BUILDKITE_BUILD_AUTHOR, env.BUILDKITE_BUILD_AUTHOR_EMAIL),
    run: pageUrl(env.BUILDKITE_BUILD_URL),
  };
}

// https://plugins.jenkins.io/git/#plugin-content-environment-variables and <any Jenkins>/env-vars.html
function jenkins(env: Variables): CiBuild {
  const checkedOut = env.GIT_BRANCH?.replace(/^refs\/heads\/|^(?:refs\/)?(?:remotes\/)?origin\//, '');
  const built = env.BRANCH_NAME || env.GIT_LOCAL_BRANCH || checkedOut;
  // BRANCH_NAME of a pull request is a name such as PR-24, and CHANGE_BRANCH the branch it comes from.
  const branch = env.CHANGE_FORK ? env.BRANCH_NAME || `PR-${env.CHANGE_ID}` : env.CHANGE_BRANCH || built;
  return {
    system: 'Jenkins',
    commit: commit(env.GIT_COMMIT),
    branch: (!env.TAG_NAME && branch !== 'detached' && branch) || undefined,
    source: source(env.GIT_URL || env.GIT_URL_1),
    author: person(env.CHANGE_AUTHOR_DISPLAY_NAME, env.CHANGE_AUTHOR_EMAIL),
    run: pageUrl(env.BUILD_URL),
  };
}

// https://concourse-ci.org/docs/resource-types/implementing/#metadata: a task sees these only when the pipeline's
// author passes them on, and none of them names a commit. Commit, branch and time come from the checkout.
function concourse(env: Variables): CiBuild {
  const { BUILD_TEAM_NAME: team, BUILD_PIPELINE_NAME: pipeline, BUILD_JOB_NAME: job, BUILD_NAME: build } = env;
  const path = ['teams', team, 'pipelines', pipeline, 'jobs', job, 'builds', build];
  const page = path.every(Boolean)
    ? [env.ATC_EXTERNAL_URL, ...path.map((part) => encodeURIComponent(part ?? ''))].join('/')
    : '';
  return { system: 'Concourse', run: pageUrl(env.BUILD_URL) ?? pageUrl(page) };
}

function commit(text: string | undefined): Oid | undefined {
  return text !== undefined && isOid(text) ? text : undefined;
}

function source(address: string | undefined): string | undefined {
  return sourceUrl(address ?? '') ?? undefined;
}

function json(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** Returns the text or number at a path of keys, as text. */
function at(value: unknown, ...keys: string[]): string | undefined {
  let found = value;
  for (const key of keys) found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}
