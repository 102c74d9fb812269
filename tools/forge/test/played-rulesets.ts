import type { Operations } from './played-host.ts';
import type { PlayedRepository } from './played-repository.ts';

/** Returns what GitHub does with rulesets. A list of them says nothing of what is in them. */
export function playedRulesets(repository: PlayedRepository): Operations {
  const rulesets = new Map<number, Readonly<Record<string, unknown>>>();
  const known = { source_type: 'Repository', source: 'acme/deployments' };
  return {
    'repos/get-repo-rulesets': () => ({
      status: 200,
      body: [...rulesets].map(([id, { name, target, enforcement }]) => ({ id, name, target, enforcement, ...known })),
    }),
    'repos/create-repo-ruleset': ({ body }) => {
      const id = repository.nextId();
      rulesets.set(id, body);
      return { status: 201, body: { id, ...known, ...body } };
    },
    'repos/get-repo-ruleset': ({ path }) => {
      const found = rulesets.get(Number(path.ruleset_id));
      if (found === undefined) return { status: 404, body: { message: 'Not Found' } };
      return { status: 200, body: { id: Number(path.ruleset_id), ...known, ...found } };
    },
    'repos/update-repo-ruleset': ({ path, body }) => {
      rulesets.set(Number(path.ruleset_id), body);
      return { status: 200, body: { id: Number(path.ruleset_id), ...known, ...body } };
    },
    'teams/get-by-name': ({ path }) =>
      path.team_slug === 'release'
        ? { status: 200, body: { id: 77, name: 'release', slug: 'release' } }
        : { status: 404, body: { message: 'Not Found' } },
  };
}
