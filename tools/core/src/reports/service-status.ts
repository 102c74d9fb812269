import { EleventhError } from '../error.ts';
import { servicesAt } from '../files/derived-list.ts';
import { pinnedReference } from '../files/pin.ts';
import { pinOf } from '../history/deployment.ts';
import type { Snapshot } from '../history/snapshot.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';

export interface ServiceStatus {
  readonly id: ServiceId;
  /** The tree id of its folder: two environments run the same build with the same manifests when these are equal. */
  readonly tree: Oid;
  readonly commit: Oid | null;
  readonly branch: string | null;
  readonly version: string | null;
  readonly built: string | null;
  readonly images: readonly string[];
}

interface Running {
  readonly status: ServiceStatus;
  readonly finding?: string;
}

/**
 * Returns what every service of a state runs, by id; a folder without a readable pin is a finding, not a failure.
 * Each folder of `apps/` is remembered by itself: environments have most of them in common, and so have today and tomorrow.
 */
export async function serviceStatuses(snapshot: Snapshot): Promise<{ statuses: ServiceStatus[]; findings: string[] }> {
  const folders = (await snapshot.list('apps')).filter(({ mode }) => mode === '40000');
  const runningIn = async (name: string) =>
    Promise.all((await servicesAt(snapshot, 'apps', name)).map((id) => running(snapshot, id)));
  const found = await Promise.all(
    folders.map(({ name, oid }) => snapshot.remembered('running-1', `${name} ${oid}`, () => runningIn(name))),
  );
  const all = found.flat().sort((a, b) => (a.status.id < b.status.id ? -1 : 1));
  return { statuses: all.map(({ status }) => status), findings: all.flatMap(({ finding }) => finding ?? []) };
}

async function running(snapshot: Snapshot, id: ServiceId): Promise<Running> {
  const tree = (await snapshot.entry(`apps/${id}`))?.oid ?? EMPTY_TREE;
  try {
    const pin = await pinOf(snapshot, id);
    const { commit = null, branch = null, version = null, built = null } = pin ?? {};
    return { status: { id, tree, commit, branch, version, built, images: (pin?.images ?? []).map(pinnedReference) } };
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    const status = { id, tree, commit: null, branch: null, version: null, built: null, images: [] };
    return { status, finding: error.message };
  }
}
