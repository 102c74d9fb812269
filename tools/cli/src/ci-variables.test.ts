import { describe, expect, it } from 'vitest';
import { ciBuild } from './ci-variables.ts';

const commit = '3f2c9e1b7d0a4b6c8d9e0f1a2b3c4d5e6f708192';
const merge = 'ffac537e6cbbf934b08745a378932722df287a53';

const gitHub = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SHA: commit,
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_HEAD_REF: '',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/payments',
  GITHUB_EVENT_PATH: '/github/event.json',
  GITHUB_ACTOR: 'octocat',
  GITHUB_ACTOR_ID: '583231',
  GITHUB_RUN_ID: '1658821493',
};
const gitHubPullRequest = {
  ...gitHub,
  GITHUB_SHA: merge,
  GITHUB_REF: 'refs/pull/12/merge',
  GITHUB_REF_NAME: '12/merge',
  GITHUB_HEAD_REF: 'main',
};
const gitLab = {
  GITLAB_CI: 'true',
  CI_COMMIT_SHA: commit,
  CI_COMMIT_BRANCH: 'main',
  CI_COMMIT_REF_NAME: 'main',
  CI_COMMIT_TIMESTAMP: '2026-11-20T10:12:44+01:00',
  CI_COMMIT_AUTHOR: 'Commit Author <author@example.com>',
  CI_PROJECT_URL: 'https://gitlab.example.com/acme/payments',
  CI_PIPELINE_URL: 'https://gitlab.example.com/acme/payments/-/pipelines/7',
  CI_JOB_URL: 'https://gitlab.example.com/acme/payments/-/jobs/9',
  GITLAB_USER_NAME: 'Pipeline Starter',
  GITLAB_USER_EMAIL: 'starter@example.com',
};
const gitLabMergeRequest = {
  ...gitLab,
  CI_COMMIT_BRANCH: undefined,
  CI_COMMIT_REF_NAME: 'refs/merge-requests/3/head',
  CI_MERGE_REQUEST_IID: '3',
  CI_MERGE_REQUEST_PROJECT_ID: '100',
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '100',
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'main',
};
const jenkins = {
  JENKINS_URL: 'https://jenkins.example.com/',
  GIT_COMMIT: commit,
  GIT_BRANCH: 'origin/main',
  GIT_URL: 'git@github.com:acme/payments.git',
  BUILD_URL: 'https://jenkins.example.com/job/payments/7/',
};
const jenkinsChange = { ...jenkins, GIT_BRANCH: 'PR-24', BRANCH_NAME: 'PR-24', CHANGE_ID: '24', CHANGE_BRANCH: 'main' };
const buildkite = {
  BUILDKITE: 'true',
  BUILDKITE_COMMIT: commit,
  BUILDKITE_BRANCH: 'main',
  BUILDKITE_TAG: '',
  BUILDKITE_REPO: 'git@github.com:Acme/payments.git',
  BUILDKITE_PULL_REQUEST: 'false',
  BUILDKITE_PULL_REQUEST_REPO: '',
  BUILDKITE_BUILD_URL: 'https://buildkite.com/acme/payments/builds/1514',
  BUILDKITE_BUILD_CREATOR: 'Build Creator',
  BUILDKITE_BUILD_CREATOR_EMAIL: 'creator@example.com',
  BUILDKITE_BUILD_AUTHOR: 'Commit Author',
  BUILDKITE_BUILD_AUTHOR_EMAIL: 'author@example.com',
};
const buildkitePullRequest = {
  ...buildkite,
  BUILDKITE_PULL_REQUEST: '123',
  BUILDKITE_PULL_REQUEST_REPO: 'git://github.com/acme/payments.git',
};
const concourse = {
  ATC_EXTERNAL_URL: 'https://concourse.example.com',
  BUILD_TEAM_NAME: 'main',
  BUILD_PIPELINE_NAME: 'pay ments',
  BUILD_JOB_NAME: 'pin',
  BUILD_NAME: '42',
};

/** Returns a reader of files that finds GitHub's event file alone. */
function event(value: unknown) {
  return (path: string) => (path === '/github/event.json' ? JSON.stringify(value) : null);
}

function pullRequestOf(repository: string | null) {
  const repo = repository === null ? null : { full_name: repository };
  return event({ pull_request: { number: 12, head: { sha: commit, ref: 'main', repo } } });
}

it('says nothing outside of CI', () => {
  expect(ciBuild({})).toBeNull();
  expect(ciBuild({ CI: 'true', GITHUB_SHA: commit, BUILD_URL: 'https://ci.example.com/7' })).toBeNull();
});

describe('a build of a branch', () => {
  it('of GitHub Actions', () => {
    const readFile = event({ head_commit: { id: commit, timestamp: '2026-11-20T10:12:44+01:00' } });
    expect(ciBuild(gitHub, readFile)).toEqual({
      system: 'GitHub Actions',
      commit,
      branch: 'main',
      built: '2026-11-20T09:12:44Z',
      source: 'https://github.com/acme/payments',
      author: { name: 'octocat', email: '583231+octocat@users.noreply.github.com' },
      run: 'https://github.com/acme/payments/actions/runs/1658821493',
    });
  });

  it("of GitHub Actions on a server of one's own", () => {
    const build = ciBuild({ ...gitHub, GITHUB_SERVER_URL: 'https://git.example.com', GITHUB_ACTOR_ID: undefined });
    expect(build?.source).toBe('https://git.example.com/acme/payments');
    expect(build?.author?.email).toBe('octocat@users.noreply.git.example.com');
  });

  it('of GitHub Actions, without a time when the event tells of another commit or of none', () => {
    const other = event({ head_commit: { id: merge, timestamp: '2026-11-20T09:12:44Z' } });
    expect(ciBuild(gitHub, other)?.built).toBeUndefined();
    expect(ciBuild(gitHub)?.built).toBeUndefined();
    expect(ciBuild(gitHub, () => 'not json')?.built).toBeUndefined();
  });

  it('of GitLab CI', () => {
    expect(ciBuild(gitLab)).toEqual({
      system: 'GitLab CI',
      commit,
      branch: 'main',
      built: '2026-11-20T09:12:44Z',
      source: 'https://gitlab.example.com/acme/payments',
      author: { name: 'Pipeline Starter', email: 'starter@example.com' },
      run: 'https://gitlab.example.com/acme/payments/-/pipelines/7',
    });
    const build = ciBuild({ ...gitLab, GITLAB_USER_NAME: '', CI_PIPELINE_URL: undefined });
    expect(build?.author).toEqual({ name: 'Commit Author', email: 'author@example.com' });
    expect(build?.run).toBe('https://gitlab.example.com/acme/payments/-/jobs/9');
  });

  it('of Jenkins', () => {
    expect(ciBuild(jenkins)).toEqual({
      system: 'Jenkins',
      commit,
      branch: 'main',
      source: 'https://github.com/acme/payments',
      author: undefined,
      run: 'https://jenkins.example.com/job/payments/7/',
    });
  });

  it.each([
    [{ GIT_BRANCH: 'origin/feature/origin/x' }, 'feature/origin/x'],
    [{ GIT_BRANCH: 'refs/remotes/origin/main' }, 'main'],
    [{ GIT_BRANCH: 'refs/heads/main' }, 'main'],
    [{ GIT_BRANCH: 'upstream/main', GIT_LOCAL_BRANCH: 'main' }, 'main'],
    [{ GIT_BRANCH: 'feature/x', BRANCH_NAME: 'feature/x' }, 'feature/x'],
    [{ GIT_BRANCH: 'detached' }, undefined],
  ])('of Jenkins, with %j', (variables, branch) => {
    expect(ciBuild({ ...jenkins, ...variables })?.branch).toBe(branch);
  });

  it('of Buildkite', () => {
    expect(ciBuild(buildkite)).toEqual({
      system: 'Buildkite',
      commit,
      branch: 'main',
      source: 'https://github.com/Acme/payments',
      author: { name: 'Build Creator', email: 'creator@example.com' },
      run: 'https://buildkite.com/acme/payments/builds/1514',
    });
    expect(ciBuild({ ...buildkite, BUILDKITE_COMMIT: 'HEAD' })?.commit).toBeUndefined();
    expect(ciBuild({ ...buildkite, BUILDKITE_BUILD_CREATOR_EMAIL: '' })?.author?.email).toBe('author@example.com');
  });

  it('of Concourse, which leaves the commit to the checkout', () => {
    const run = 'https://concourse.example.com/teams/main/pipelines/pay%20ments/jobs/pin/builds/42';
    expect(ciBuild(concourse)).toEqual({ system: 'Concourse', run });
    expect(ciBuild({ ...concourse, BUILD_URL: `${run}?vars.x=1` })?.run).toBe(`${run}?vars.x=1`);
    expect(ciBuild({ ...concourse, BUILD_NAME: undefined })).toEqual({ system: 'Concourse', run: undefined });
    expect(ciBuild({ ...concourse, ATC_EXTERNAL_URL: undefined })).toEqual({ system: 'Concourse', run: undefined });
  });
});

it.each([
  { ...gitHub, GITHUB_REF: 'refs/tags/v1', GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag' },
  { ...gitLab, CI_COMMIT_BRANCH: undefined, CI_COMMIT_TAG: 'v1', CI_COMMIT_REF_NAME: 'v1' },
  { ...jenkins, GIT_BRANCH: 'v1', BRANCH_NAME: 'v1', TAG_NAME: 'v1' },
  { ...buildkite, BUILDKITE_BRANCH: 'v1', BUILDKITE_TAG: 'v1' },
])('has no branch in the build of a tag: %j', (variables) => {
  expect(ciBuild(variables)).toMatchObject({ commit, branch: undefined });
});

describe('a build of a pull request', () => {
  it("takes the request's own commit and branch, not the merge that the system made", () => {
    const own = pullRequestOf('acme/payments');
    expect(ciBuild(gitHubPullRequest, own)).toMatchObject({ commit, branch: 'main' });
    expect(ciBuild({ ...gitHubPullRequest, GITHUB_HEAD_REF: '' }, own)).toMatchObject({ commit, branch: 'main' });
    expect(ciBuild(gitLabMergeRequest)).toMatchObject({ commit, branch: 'main', built: '2026-11-20T09:12:44Z' });
    const mergedResults = { ...gitLabMergeRequest, CI_COMMIT_SHA: merge, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: commit };
    expect(ciBuild(mergedResults)).toMatchObject({ commit, branch: 'main', built: undefined });
    expect(ciBuild(jenkinsChange)?.branch).toBe('main');
    expect(ciBuild(buildkitePullRequest)?.branch).toBe('main');
  });

  it('is the work of its author in Jenkins, which tells nothing of who started a run', () => {
    const author = { CHANGE_AUTHOR_DISPLAY_NAME: 'Change Author', CHANGE_AUTHOR_EMAIL: 'author@example.com' };
    const expected = { name: 'Change Author', email: 'author@example.com' };
    expect(ciBuild({ ...jenkinsChange, ...author })?.author).toEqual(expected);
  });

  it.each([
    ['pull/12/head', gitHubPullRequest, 'fork/payments'],
    ['pull/12/head', { ...gitHubPullRequest, GITHUB_REF: 'refs/heads/main', GITHUB_REF_NAME: 'main' }, 'fork/payments'],
    ['pull/12/head', gitHubPullRequest, null],
    ['merge-requests/3/head', { ...gitLabMergeRequest, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '200' }, null],
    ['PR-24', { ...jenkinsChange, CHANGE_FORK: 'fork' }, null],
    ['pull/123/head', { ...buildkitePullRequest, BUILDKITE_PULL_REQUEST_REPO: 'git://github.com/fork/payments' }, null],
    ['pull/123/head', { ...buildkitePullRequest, BUILDKITE_BRANCH: 'fork:main' }, null],
  ])("is of %s when main is a fork's", (branch, variables, repository) => {
    expect(ciBuild(variables, pullRequestOf(repository))?.branch).toBe(branch);
  });

  it("has no commit, and never the branch main, when GitHub's event file is missing", () => {
    expect(ciBuild(gitHubPullRequest)).toMatchObject({ commit: undefined, branch: 'pull/12/head' });
    const unknown = { ...gitHubPullRequest, GITHUB_REPOSITORY: undefined, GITHUB_REF: undefined };
    expect(ciBuild(unknown)).toMatchObject({ commit: undefined, branch: 'pull/unknown/head' });
  });
});

it('leaves out what is malformed', () => {
  const malformed = {
    GITLAB_CI: 'true',
    CI_COMMIT_SHA: commit.toUpperCase(),
    CI_COMMIT_TIMESTAMP: 'yesterday',
    CI_PROJECT_URL: 'not a url',
    CI_PIPELINE_URL: 'javascript:alert(1)',
    GITLAB_USER_NAME: 'Pipeline Starter',
    GITLAB_USER_EMAIL: 'no address',
  };
  expect(ciBuild(malformed)).toEqual({ system: 'GitLab CI' });
});

it('repeats no secret of an address', () => {
  const secret = {
    GIT_URL: 'https://ci:s3cret@github.com/acme/payments.git',
    BUILD_URL: 'https://ci:s3cret@ci.example.com/7',
  };
  const build = ciBuild({ ...jenkins, ...secret });
  expect(build).toMatchObject({ source: 'https://github.com/acme/payments', run: 'https://ci.example.com/7' });
});
