import type { Operations } from './played-host.ts';
import type { PlayedRepository } from './played-repository.ts';

interface Level {
  readonly id: number;
  readonly access_level: number | null;
  readonly user_id?: number | null;
  readonly _destroy?: boolean;
}

type Kept = Record<string, unknown> & { readonly name: string };

/** Returns what GitLab does with protected branches, protected tags and approvals, as its paid editions do. */
export function playedProtected(repository: PlayedRepository): Operations {
  const branches = new Map<string, Kept>();
  const tags = new Map<string, Kept>();
  const rules: unknown[] = [];
  let needsPipeline = false;
  // What only paid editions know others leave out in silence.
  const chosen = (asked: unknown, level: unknown, before: readonly Level[] = []): Level[] => {
    if (repository.hasApprovals && asked !== undefined) return levels(asked, before);
    return before.length > 0 ? [...before] : levels([{ access_level: typeof level === 'number' ? level : 40 }]);
  };
  const levels = (asked: unknown, before: readonly Level[] = []): Level[] => {
    const changes = (asked ?? []) as Partial<Level>[];
    const gone = new Set(changes.flatMap(({ id, _destroy }) => (_destroy ? [id] : [])));
    const made = changes
      .filter(({ _destroy }) => !_destroy)
      .map((one): Level => {
        const isUser = one.user_id !== undefined;
        const access = { access_level: isUser ? 40 : (one.access_level ?? 40), user_id: one.user_id ?? null };
        return { id: repository.nextId(), ...access, ...{ access_level_description: 'told' } };
      });
    return [...before.filter(({ id }) => !gone.has(id)), ...made];
  };
  const project = () => ({
    id: 1,
    path_with_namespace: 'acme/deployments',
    only_allow_merge_if_pipeline_succeeds: needsPipeline,
  });
  return {
    listProtectedBranches: () => ({ status: 200, body: [...branches.values()] }),
    protectBranch: ({ body }) => {
      const name = String(body.name);
      if (branches.has(name)) return { status: 409, body: { message: `Protected branch '${name}' already exists` } };
      branches.set(name, {
        ...{ id: repository.nextId(), name, allow_force_push: body.allow_force_push === true },
        push_access_levels: chosen(body.allowed_to_push, body.push_access_level),
        merge_access_levels: chosen(body.allowed_to_merge, body.merge_access_level),
        code_owner_approval_required: body.code_owner_approval_required === true,
      });
      return { status: 201, body: branches.get(name) };
    },
    updateProtectedBranch: ({ path, body }) => {
      const there = branches.get(path.name ?? '');
      if (there === undefined) return { status: 404, body: { message: '404 Not found' } };
      const { allowed_to_push, allowed_to_merge, ...rest } = body;
      const made = {
        ...{ ...there, ...rest },
        push_access_levels: chosen(allowed_to_push, undefined, there.push_access_levels as Level[]),
        merge_access_levels: chosen(allowed_to_merge, undefined, there.merge_access_levels as Level[]),
      };
      branches.set(there.name, made);
      return { status: 200, body: made };
    },
    listProtectedTags: () => ({ status: 200, body: [...tags.values()] }),
    protectTag: ({ body }) => {
      const name = String(body.name);
      if (tags.has(name)) return { status: 409, body: { message: `Protected tag '${name}' already exists` } };
      tags.set(name, { name, create_access_levels: chosen(body.allowed_to_create, body.create_access_level) });
      return { status: 201, body: tags.get(name) };
    },
    unprotectTag: ({ path }) => ({ status: tags.delete(path.name ?? '') ? 204 : 404, body: undefined }),
    listApprovalRules: () =>
      repository.hasApprovals ? { status: 200, body: rules } : { status: 404, body: { message: '404 Not Found' } },
    createApprovalRule: ({ body }) => {
      rules.push({ id: repository.nextId(), rule_type: 'regular', ...body });
      return { status: 201, body: rules.at(-1) };
    },
    getProject: () => ({ status: 200, body: project() }),
    editProject: ({ body }) => {
      needsPipeline = body.only_allow_merge_if_pipeline_succeeds === true;
      return { status: 200, body: project() };
    },
  };
}
