import { refusal } from '../error.ts';
import { deriveChanges } from '../files/derived-list.ts';
import { manifestResources } from '../files/manifests.ts';
import { formatUnpinned, parsePin, pinPath } from '../files/pin.ts';
import { WORKSPACE_FILE } from '../files/workspace-file.ts';
import { utf8 } from '../files/yaml-file.ts';
import { type Change, filesBelow, type Snapshot, type View } from '../history/snapshot.ts';
import { readWorkspace, serviceIds, type Workspace } from '../history/workspace.ts';
import { planWorkspaceChange, type WorkspacePlan } from './service.ts';

/** The format of workspaces that this version reads and writes. */
const FORMAT = 'eleventh.dev/v1alpha1';

/** What has to be written otherwise on the default branch, and why. */
export interface Migration {
  readonly name: string;
  /** One sentence. */
  readonly reason: string;
  /** Sorted. */
  readonly paths: readonly string[];
}

export interface UpgradePlan extends WorkspacePlan {
  readonly format: string;
  /** In the order in which they are made; none: nothing is to do. */
  readonly migrations: readonly Migration[];
}

interface Step {
  readonly name: string;
  readonly reason: string;
  readonly changes: (workspace: Workspace, snapshot: Snapshot) => Promise<Change[]>;
}

const STEPS: readonly Step[] = [
  {
    name: 'listed-manifests',
    reason: 'A service lists its manifests as a pin would.',
    changes: listedManifests,
  },
  {
    name: 'derived-lists',
    reason: 'The list of an environment is as this version derives it from the overlays.',
    changes: (_, snapshot) => deriveChanges(snapshot),
  },
];

/**
 * Returns the plan that brings the default branch to the format of this version, as one commit. Throws `LATER_FORMAT`
 * for a workspace of a version that is not known here, and what `readWorkspace` throws.
 */
export async function planUpgrade(view: View): Promise<UpgradePlan> {
  await refuseLaterFormat(view);
  const workspace = await readWorkspace(view);
  const migrations: Migration[] = [];
  const changes: Change[] = [];
  let { snapshot } = workspace;
  for (const { name, reason, changes: of } of STEPS) {
    const found = await of(workspace, snapshot);
    if (found.length === 0) continue;
    migrations.push({ name, reason, paths: found.map(({ path }) => path).sort() });
    changes.push(...found);
    snapshot = await snapshot.with(found);
  }
  const plan = await planWorkspaceChange(view, workspace, changes, `Upgrade the workspace to ${FORMAT}`, undefined);
  return { ...plan, format: FORMAT, migrations };
}

/** Other files than those that hold resources alone are somebody's, and stay. */
async function listedManifests(workspace: Workspace, snapshot: Snapshot): Promise<Change[]> {
  const found = await Promise.all(
    (await serviceIds(workspace)).map(async (id): Promise<Change[]> => {
      const bytes = await snapshot.read(pinPath(id));
      if (bytes === null || !isUnpinned(id, utf8(pinPath(id), bytes))) return [];
      const file = formatUnpinned(manifestResources(await filesBelow(snapshot, `apps/${id}/manifests`)));
      return file === utf8(pinPath(id), bytes) ? [] : [{ path: pinPath(id), put: { file } }];
    }),
  );
  return found.flat();
}

function isUnpinned(id: string, text: string): boolean {
  try {
    return parsePin(id, text) === null;
  } catch {
    return false;
  }
}

async function refuseLaterFormat({ refs, commit, snapshot }: View): Promise<void> {
  for (const branch of new Set([refs.head, 'main', 'workspace'])) {
    const oid = branch === null ? undefined : refs.branches.get(branch);
    const files = oid === undefined ? undefined : await snapshot((await commit(oid)).tree);
    const text = new TextDecoder().decode((await files?.read(WORKSPACE_FILE)) ?? new Uint8Array());
    const version = /^apiVersion: *["']?(eleventh\.dev\/[a-z0-9]+)["']?\s*$/m.exec(text)?.[1];
    if (version === undefined || version === FORMAT) continue;
    throw refusal(
      'LATER_FORMAT',
      `${WORKSPACE_FILE} is of the format ${version}, and this version of eleventh knows ${FORMAT} alone.`,
      {
        hint: 'npm install --global @eleventh/cli@latest',
        details: { path: WORKSPACE_FILE, format: version },
      },
    );
  }
}
