import { formatCodeowners } from '../files/codeowners.ts';
import type { Environment } from '../files/environment.ts';
import { utf8 } from '../files/yaml-file.ts';
import type { View } from '../history/snapshot.ts';
import { readService, readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import type { Plan } from './plan.ts';
import { planWorkspaceChange, type WorkspacePlan } from './service.ts';

/** What a host is to keep people and programs from, for some branches or some tags; hosts say it each in their own way. */
export interface Protection {
  /** Stays the same: the rules that a host is given are found again by it. */
  readonly name: 'default branch' | 'environments' | 'releases';
  readonly of: 'branches' | 'tags';
  /** Names, with `*` for what has no slash in it. */
  readonly patterns: readonly string[];
  /** Changes come by review alone; null: they are pushed. */
  readonly review: { readonly approvals: number; readonly checks: readonly string[] } | null;
  /** Who pushes to these branches, or makes these tags; null: nobody said, so that everybody goes on. */
  readonly writers: readonly string[] | null;
}

export interface ProtectionRequest {
  /** Who moves environments: logins, and what else a host lets push. */
  readonly deployers: readonly string[];
  /** Who makes the tags of releases. */
  readonly releasers: readonly string[];
  /** What has to pass before the default branch takes a change. */
  readonly checks: readonly string[];
  /** Where this host looks for code owners, and whose teams they are. */
  readonly codeowners: { readonly path: string; readonly organisation: string };
  /** A new branch for the code owners, for review; absent: the default branch itself. */
  readonly branch?: string | undefined;
}

export interface ProtectionPlan extends WorkspacePlan, Plan {
  readonly protections: readonly Protection[];
  /** The file of code owners as it is going to be; null where no service has an owner. */
  readonly codeowners: { readonly path: string; readonly text: string } | null;
  /** What somebody has to decide, each with the option that says it. */
  readonly undecided: readonly string[];
}

/** Returns what a host has to protect so that nothing but the rules moves environments, and the commit that names code owners. */
export async function planProtection(view: View, request: ProtectionRequest): Promise<ProtectionPlan> {
  const workspace = await readWorkspace(view);
  const { path, organisation } = request.codeowners;
  const before = await workspace.snapshot.read(path);
  const services = await Promise.all(
    (await serviceIds(workspace)).map(async (id) => ({ id, owner: (await readService(workspace, id))?.owner })),
  );
  const isOwned = services.some(({ owner }) => owner !== undefined);
  const text = isOwned ? formatCodeowners(before === null ? '' : utf8(path, before), services, organisation) : null;
  const changes = text === null ? [] : [{ path, put: { file: text } }];
  const plan = await planWorkspaceChange(view, workspace, changes, 'Name code owners', request.branch);
  return {
    ...plan,
    protections: protectionsOf(workspace, request),
    codeowners: text === null ? null : { path, text },
    undecided: undecided(workspace, request),
  };
}

type Deciders = Pick<ProtectionRequest, 'deployers' | 'releasers' | 'checks'>;

/** Returns what each kind of branch and tag of a workspace needs. */
export function protectionsOf(
  { branch, environments, attestations }: Pick<Workspace, 'branch' | 'environments' | 'attestations'>,
  { deployers, releasers, checks }: Deciders,
): Protection[] {
  const tags = releaseTags(environments);
  const review = { approvals: 1, checks };
  return [
    { name: 'default branch', of: 'branches', patterns: [branch], review, writers: null },
    {
      ...{ name: 'environments', of: 'branches', review: null, writers: orNull(deployers) },
      patterns: [...branchPatterns(environments), attestations],
    },
    ...(tags.length === 0
      ? []
      : [{ name: 'releases', of: 'tags', patterns: tags, review: null, writers: orNull(releasers) } as const]),
  ];
}

function orNull(people: readonly string[]): readonly string[] | null {
  return people.length === 0 ? null : [...new Set(people)].sort();
}

/** Returns one pattern for all branches below `env/`, those to come among them, and the names of the others. */
function branchPatterns(environments: readonly Environment[]): string[] {
  const names = environments.map(({ branch }) => (/^env\/[^/]+$/.test(branch) ? 'env/*' : branch));
  return [...new Set(['env/*', ...names])];
}

function releaseTags(environments: readonly Environment[]): string[] {
  const patterns = environments.flatMap(({ release }) =>
    release === undefined ? [] : [release.tag.replace('{version}', '*')],
  );
  return [...new Set(patterns)];
}

function undecided({ environments }: Workspace, { deployers, releasers, checks }: Deciders): string[] {
  return [
    ...(deployers.length === 0 ? ['who may push to environments: --deployer <login>'] : []),
    ...(releasers.length === 0 && releaseTags(environments).length > 0
      ? ['who makes releases: --releaser <login>']
      : []),
    ...(checks.length === 0 ? ['which check a change of the default branch has to pass: --check <name>'] : []),
  ];
}
