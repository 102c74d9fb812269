import type { Asked, Operations, Played } from './played-host.ts';
import { playedProtected } from './played-protected.ts';
import { headOf, type PlayedRepository, type PlayedRequest } from './played-repository.ts';

const STATES = { open: 'opened', merged: 'merged', closed: 'closed' };
const STATUSES = { passed: 'success', failed: 'failed', running: 'running' };

/** Returns what GitLab does at each operation, by its id in our description. */
export function playedGitLab(repository: PlayedRepository, page: string): Operations {
  const user = (login: string) => {
    const found = repository.people.get(login);
    return {
      id: found?.id ?? 1,
      username: login,
      name: found?.name ?? login,
      state: 'active',
      web_url: `https://git.example.com/${login}`,
    };
  };
  const labels = (list: unknown) => (typeof list === 'string' ? list.split(',') : []);
  const described = (request: PlayedRequest) => ({
    ...{ iid: request.number, title: request.title, description: request.body, state: STATES[request.state] },
    ...{ source_branch: request.head, target_branch: request.base, source_project_id: 1, target_project_id: 1 },
    ...{ author: user(request.author), sha: headOf(request), web_url: `${page}/-/merge_requests/${request.number}` },
    ...{
      created_at: request.opened,
      merged_at: request.merged,
      labels: request.labels,
      reviewers: request.reviewers.map(user),
    },
  });
  const known = ({ path }: Asked, then: (request: PlayedRequest) => Played): Played => {
    const request = repository.requests.find(({ number }) => String(number) === path.merge_request_iid);
    return request === undefined ? { status: 404, body: { message: '404 Not found' } } : then(request);
  };
  const withReviewers = (request: PlayedRequest, ids: unknown) => {
    if (!Array.isArray(ids)) return;
    request.reviewers = [...repository.people].filter(([, { id }]) => ids.includes(id)).map(([login]) => login);
  };
  return {
    ...playedProtected(repository),
    getVersion: () => ({ status: 401, body: { message: '401 Unauthorized' } }),
    listUsers: ({ query }) => ({
      status: 200,
      body: [...repository.people.keys()].filter((login) => login === query.get('username')).map(user),
    }),
    listMergeRequests: ({ query }) => {
      const has = (name: string, value: string) => [null, value].includes(query.get(name));
      const all = repository.requests.filter(
        (one) =>
          (query.get('state') === 'all' || has('state', STATES[one.state])) &&
          has('source_branch', one.head) &&
          has('target_branch', one.base),
      );
      return { status: 200, body: all.map(described) };
    },
    createMergeRequest: ({ body }) => {
      const made = repository.open(
        String(body.source_branch),
        String(body.target_branch),
        String(body.title),
        String(body.description ?? ''),
      );
      if (typeof made === 'string')
        return { status: made.startsWith('A request') ? 409 : 422, body: { message: [made] } };
      made.labels = labels(body.labels);
      withReviewers(made, body.reviewer_ids);
      return { status: 201, body: described(made) };
    },
    getMergeRequest: (asked) => known(asked, (request) => ({ status: 200, body: described(request) })),
    updateMergeRequest: (asked) =>
      known(asked, (request) => {
        if (typeof asked.body.title === 'string') request.title = asked.body.title;
        if (typeof asked.body.description === 'string') request.body = asked.body.description;
        if (asked.body.state_event === 'close' && request.state === 'open') request.state = 'closed';
        request.labels = [...new Set([...request.labels, ...labels(asked.body.add_labels)])];
        withReviewers(request, asked.body.reviewer_ids);
        return { status: 200, body: described(request) };
      }),
    getApprovals: (asked) =>
      known(asked, (request) => ({
        status: 200,
        body: {
          approved: newest(request).some(({ verdict }) => verdict === 'approved'),
          approved_by: newest(request)
            .filter(({ verdict }) => verdict === 'approved')
            .map(({ login, at }) => ({ user: user(login), ...(repository.datesApprovals ? { approved_at: at } : {}) })),
        },
      })),
    listReviewers: (asked) =>
      known(asked, (request) => ({
        status: 200,
        body: newest(request).map(({ login, at, verdict }) => ({
          ...{ user: user(login), created_at: at },
          state:
            verdict === 'changes-requested' ? 'requested_changes' : verdict === 'approved' ? 'approved' : 'unapproved',
        })),
      })),
    listVersions: (asked) =>
      known(asked, (request) => ({
        status: 200,
        body: request.versions
          .map(({ commit, at }) => ({ head_commit_sha: commit, created_at: at, state: 'collected' }))
          .reverse(),
      })),
    listNotes: (asked) =>
      known(asked, (request) => ({
        status: 200,
        body: [
          ...request.reviews.map(({ login, at, verdict }) => ({
            ...{ author: user(login), created_at: at, system: true },
            body: verdict === 'approved' ? 'approved this merge request' : 'unapproved this merge request',
          })),
          // What a person wrote says nothing, whatever it says.
          { author: user('mallory'), created_at: request.opened, system: false, body: 'approved this merge request' },
        ],
      })),
    createNote: (asked) =>
      known(asked, (request) => {
        request.comments.push(String(asked.body.body));
        return { status: 201, body: { body: asked.body.body, author: user(request.author), system: false } };
      }),
    listCommitStatuses: ({ path }) => ({
      status: 200,
      body: (repository.checks.get(path.sha ?? '') ?? []).map(({ id, name, state }) => ({
        ...{
          id,
          name,
          sha: path.sha,
          status: STATUSES[state],
          target_url: `${page}/-/jobs/${id}`,
          ref: null,
          allow_failure: false,
        },
      })),
    }),
  };
}

/** Returns the newest word of each person: an approval is there once, and gone when it was taken back. */
function newest({ reviews }: PlayedRequest) {
  return [...new Map(reviews.map((review) => [review.login, review])).values()];
}
