import type { Asked, Operations, Played } from './played-host.ts';
import { headOf, type PlayedRepository, type PlayedRequest } from './played-repository.ts';
import { playedRulesets } from './played-rulesets.ts';

const CONCLUSIONS = { passed: 'success', failed: 'failure', running: null };
const STATES = {
  approved: 'APPROVED',
  'changes-requested': 'CHANGES_REQUESTED',
  dismissed: 'DISMISSED',
  commented: 'COMMENTED',
};

/** Returns what GitHub does at each operation, by its id in the published description. */
export function playedGitHub(repository: PlayedRepository, page: string): Operations {
  const user = (login: string) => ({ login, id: repository.people.get(login)?.id ?? 1, type: 'User' });
  const pull = (request: PlayedRequest) => ({
    ...{ number: request.number, title: request.title, body: request.body, html_url: `${page}/pull/${request.number}` },
    ...{ state: request.state === 'open' ? 'open' : 'closed', user: user(request.author) },
    ...{ created_at: request.opened, merged_at: request.merged, merged: request.state === 'merged' },
    head: {
      ref: request.head,
      label: `acme:${request.head}`,
      sha: headOf(request),
      repo: { id: 1, name: 'deployments' },
    },
    base: {
      ref: request.base,
      label: `acme:${request.base}`,
      sha: repository.branch(request.base),
      repo: { id: 1, name: 'deployments' },
    },
    labels: request.labels.map((name) => ({ name })),
    requested_reviewers: request.reviewers.map(user),
  });
  const find = ({ path }: Asked) =>
    repository.requests.find(({ number }) => String(number) === (path.pull_number ?? path.issue_number));
  const invalid = (message: string): Played => ({
    status: 422,
    body: { message: 'Validation Failed', errors: [{ message }] },
  });
  const known = (asked: Asked, then: (request: PlayedRequest) => Played): Played => {
    const request = find(asked);
    return request === undefined ? { status: 404, body: { message: 'Not Found' } } : then(request);
  };
  return {
    ...playedRulesets(repository),
    'pulls/list': ({ query }) => {
      const state = query.get('state') ?? 'open';
      const all = repository.requests.filter(
        (one) =>
          (state === 'all' || (one.state === 'open') === (state === 'open')) &&
          [null, `acme:${one.head}`].includes(query.get('head')) &&
          [null, one.base].includes(query.get('base')),
      );
      return { status: 200, body: all.map(pull) };
    },
    'pulls/create': ({ body }) => {
      const made = repository.open(String(body.head), String(body.base), String(body.title), String(body.body ?? ''));
      return typeof made === 'string' ? invalid(made) : { status: 201, body: pull(made) };
    },
    'pulls/get': (asked) => known(asked, (request) => ({ status: 200, body: pull(request) })),
    'pulls/update': (asked) =>
      known(asked, (request) => {
        if (typeof asked.body.title === 'string') request.title = asked.body.title;
        if (typeof asked.body.body === 'string') request.body = asked.body.body;
        if (asked.body.state === 'closed' && request.state === 'open') request.state = 'closed';
        return { status: 200, body: pull(request) };
      }),
    'pulls/list-reviews': (asked) =>
      known(asked, (request) => ({
        status: 200,
        body: request.reviews.map((review) => ({
          ...{ id: review.id, user: user(review.login), state: STATES[review.verdict], commit_id: review.commit },
          ...{ submitted_at: review.at, html_url: `${page}/pull/${request.number}#pullrequestreview-${review.id}` },
          author_association: 'MEMBER',
        })),
      })),
    'pulls/request-reviewers': (asked) =>
      known(asked, (request) => {
        const logins = (asked.body.reviewers ?? []) as string[];
        if (logins.some((login) => !repository.people.has(login)))
          return invalid(
            'Reviews may only be requested from collaborators. One or more of the users is not a collaborator.',
          );
        request.reviewers = [...new Set([...request.reviewers, ...logins])];
        return { status: 201, body: pull(request) };
      }),
    'issues/add-labels': (asked) =>
      known(asked, (request) => {
        request.labels = [...new Set([...request.labels, ...((asked.body.labels ?? []) as string[])])];
        return { status: 200, body: request.labels.map((name) => ({ name })) };
      }),
    'issues/create-comment': (asked) =>
      known(asked, (request) => {
        request.comments.push(String(asked.body.body));
        return { status: 201, body: { body: asked.body.body } };
      }),
    'checks/list-for-ref': ({ path }) => {
      const runs = (repository.checks.get(path.ref ?? '') ?? []).map(({ id, name, state }) => ({
        ...{ id, name, head_sha: path.ref, status: state === 'running' ? 'in_progress' : 'completed' },
        ...{ conclusion: CONCLUSIONS[state], html_url: `${page}/runs/${id}` },
      }));
      return { status: 200, body: { total_count: runs.length, check_runs: runs } };
    },
    'repos/get-combined-status-for-ref': ({ path }) => ({ status: 200, body: { sha: path.ref, statuses: [] } }),
    'repos/get-collaborator-permission-level': ({ path }) => {
      const found = repository.people.get(path.username ?? '');
      if (found === undefined) return { status: 404, body: { message: 'Not Found' } };
      return {
        status: 200,
        body: { permission: found.mayPush ? 'write' : 'read', role_name: found.mayPush ? 'write' : 'read' },
      };
    },
    'users/get-by-username': ({ path }) => {
      const found = repository.people.get(path.username ?? '');
      if (found === undefined) return { status: 404, body: { message: 'Not Found' } };
      return { status: 200, body: { login: path.username, id: found.id, name: found.name } };
    },
    'meta/get': () => ({ status: 200, body: { verifiable_password_authentication: false } }),
  };
}
