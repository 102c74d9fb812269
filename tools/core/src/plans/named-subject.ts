import { usageError } from '../error.ts';
import { describedBuild, describedRecipe, type Sha256 } from '../evidence/described.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Described, Subject } from '../evidence/statement.ts';
import { recipeOf } from '../history/deployment.ts';
import { findPin } from '../history/find-pin.ts';
import { resolve } from '../history/resolve.ts';
import type { Snapshot, View } from '../history/snapshot.ts';
import { serviceIds, type Workspace } from '../history/workspace.ts';
import { quoted, type ServiceId, serviceId } from '../names/names.ts';
import { EMPTY_TREE, isOid, type Oid, short } from '../names/object-id.ts';

/** What somebody means, by a name that may go on to mean something else, or not; and the environment that it was. */
export interface Meant {
  readonly name: string;
  readonly environment?: string | undefined;
}

/** What a statement speaks of, as somebody named it. */
export interface NamedSubject {
  readonly subject: Subject;
  readonly described: readonly Described[];
  /** As people read it. */
  readonly label: string;
  /** The environment by which it was named. */
  readonly environment: string | undefined;
  /** The same by a name that goes on meaning it. */
  readonly meant: Meant;
  /** A state that holds it, and its commit where it is one. */
  readonly snapshot: Snapshot;
  readonly commit?: Oid;
}

/**
 * Returns what a text names: a build as `service@commit`, a service, or a recipe in any way that `resolve` takes.
 * Throws `UNKNOWN_BUILD`, and what the recipe is refused for.
 */
export async function nameSubject(
  view: View,
  workspace: Workspace,
  meant: Meant,
  kinds: readonly Subject['kind'][],
  sha256: Sha256,
  evidence?: Evidence,
): Promise<NamedSubject> {
  const [id = '', build] = meant.name.split('@');
  if (kinds.includes('build') && build !== undefined) return nameBuild(view, workspace, serviceId(id), build, sha256);
  const subject = { kind: 'service', service: id } as const;
  // One that is gone may still be blocked.
  const isService = async () =>
    (await serviceIds(workspace)).includes(id) || ((await evidence?.blocksOf(subject)) ?? []).length > 0;
  if (kinds.includes('service') && (await isService())) {
    const folder = `apps/${id}`;
    const gitTree = (await workspace.snapshot.entry(folder))?.oid ?? EMPTY_TREE;
    const described = [{ name: folder, digest: { gitTree } }];
    return { subject, described, label: id, meant: { name: id }, environment: undefined, snapshot: workspace.snapshot };
  }
  const { label, environment = meant.environment, snapshot, commit } = await resolve(view, workspace, meant.name);
  if (kinds.includes('policy')) return namePolicy(snapshot, commit.oid);
  const recipe = await recipeOf(snapshot);
  if (recipe === EMPTY_TREE) throw usageError('EMPTY_ENVIRONMENT', `${label} runs nothing yet.`, 'eleventh status');
  return {
    subject: { kind: 'recipe', recipe },
    described: await describedRecipe(snapshot, sha256),
    label: `${label}, recipe ${short(recipe)}`,
    meant: { name: commit.oid, environment },
    environment,
    snapshot,
    commit: commit.oid,
  };
}

/** Returns the policy of a commit: the files below `environments/`, which are what is approved. */
async function namePolicy(snapshot: Snapshot, commit: Oid): Promise<NamedSubject> {
  const environments = (await snapshot.entry('environments'))?.oid;
  if (environments === undefined)
    throw usageError(
      'NOT_A_WORKSPACE',
      `${short(commit)} has no environments/ folder.`,
      'eleventh approve --policy main',
    );
  return {
    subject: { kind: 'policy', environments },
    described: [{ name: 'environments', digest: { gitTree: environments } }],
    label: `the policy of ${short(commit)}`,
    meant: { name: commit },
    environment: undefined,
    snapshot,
    commit,
  };
}

async function nameBuild(
  view: View,
  workspace: Workspace,
  id: ServiceId,
  build: string,
  sha256: Sha256,
): Promise<NamedSubject> {
  const found = await findPin(view, workspace, id, build);
  // A build need not have run anywhere: who names all of it knows which it is.
  const commit = found?.pin.commit ?? (isOid(build) ? build : undefined);
  if (commit === undefined) {
    const sentence = `No build ${quoted(build)} of ${id} runs or ran in an environment.`;
    throw usageError('UNKNOWN_BUILD', sentence, 'Name its commit with all 40 digits.');
  }
  const snapshot = found?.snapshot ?? workspace.snapshot;
  return {
    subject: { kind: 'build', service: id, commit },
    described:
      found === null
        ? [{ name: `apps/${id}`, digest: { gitCommit: commit } }]
        : await describedBuild(snapshot, id, found.pin, sha256),
    label: `${id}@${short(commit)}`,
    meant: { name: `${id}@${commit}` },
    environment: undefined,
    snapshot,
  };
}
