import { buildLabel, buildOrder } from '../build-order.ts';
import { pinOf } from '../deployment.ts';
import type { Environment } from '../environment.ts';
import { EleventhError, refusal, usageError } from '../error.ts';
import { enforce, gates } from '../gates.ts';
import { type Image, sameRepository } from '../image.ts';
import { checkManifestNames, checkManifestObjects, type Files, imageNames, manifestResources } from '../manifests.ts';
import type { Trailer } from '../message.ts';
import type { ServiceId } from '../names.ts';
import type { Oid } from '../object-id.ts';
import { checkOverlay, overlayFolder } from '../overlay.ts';
import { type Build, formatPin, type Pin, type PinnedImage, pinnedReference, pinPath } from '../pin.ts';
import { placeImages } from '../placement.ts';
import type { Line, Plan } from '../plan.ts';
import type { Service } from '../service.ts';
import { type Change, filesBelow, type Snapshot, type View } from '../snapshot.ts';
import { findEnvironment, findService, readWorkspace, type Workspace } from '../workspace.ts';
import { addUpdate, openLine, withDerived, workspaceTrailers } from './update.ts';

/** What changed in a service's repository since the build that a pin replaces. */
export interface RecordedChanges {
  readonly changes: readonly { readonly commit: Oid; readonly subject: string }[];
  /** How many changes the list leaves out. */
  readonly more: number;
  readonly authors: readonly { readonly name: string; readonly email: string }[];
}

export interface PinRequest {
  readonly id: ServiceId;
  /** The environment; absent: the workspace's first. */
  readonly to?: string | undefined;
  /** Images of the build; a missing tag is the commit. Absent: every image of the service at that commit's tag. */
  readonly images?: readonly Image[] | undefined;
  readonly build: Build;
  /** Whether somebody said when it was built; a guessed time never makes the same build a different pin. */
  readonly isBuiltKnown: boolean;
  readonly manifests?: Files | undefined;
  readonly allowDowngrade?: boolean | undefined;
  /** The URL of the CI run. */
  readonly run?: string | undefined;
  readonly changesSince?: ((from: Oid) => Promise<RecordedChanges | null>) | undefined;
}

/** What happened to one service. */
export interface Pinned {
  readonly id: ServiceId;
  readonly environment: Environment;
  readonly before: Pin | null;
  readonly after: Pin;
  readonly changed: boolean;
}

export interface PinPlan extends Plan {
  readonly workspace: Workspace;
  readonly pins: readonly Pinned[];
  /** Environments that were brought up to the default branch first, for a service that they did not know. */
  readonly updated: readonly string[];
}

/**
 * Returns the plan that pins builds: one commit for each, in order, on each environment's branch.
 * @param now the present, in milliseconds since 1970: a build from the future is refused.
 */
export async function planPins(view: View, requests: readonly PinRequest[], now: number): Promise<PinPlan> {
  const workspace = await readWorkspace(view);
  const lines = new Map<string, Line>();
  const pins: Pinned[] = [];
  const updated = new Set<string>();
  for (const request of requests) {
    const environment = request.to === undefined ? workspace.first : findEnvironment(workspace, request.to);
    if (environment.from.length > 0) {
      throw refusal(
        'NOT_PINNED_HERE',
        `${environment.name} takes recipes from ${environment.from.join(' and ')}, not pins.`,
        {
          hint: `eleventh promote ${environment.from[0]} --to ${environment.name}`,
        },
      );
    }
    const service = await findService(workspace, request.id);
    const line = lines.get(environment.branch) ?? (await openLine(view, workspace, environment));
    lines.set(environment.branch, line);
    const overlay = overlayFolder(environment.name, request.id);
    if ((await line.snapshot.entry(overlay)) === null) {
      if ((await workspace.snapshot.entry(overlay)) === null) throw noOverlay(request.id, environment.name);
      await addUpdate(line, workspace, environment);
      updated.add(environment.name);
    }
    pins.push(await addPin(line, workspace, environment, service, request, now));
  }
  return {
    branches: [...lines.values()].map(({ plan }) => plan),
    onRace: 'again',
    workspace,
    pins,
    updated: [...updated],
  };
}

function noOverlay(id: ServiceId, environment: string): EleventhError {
  return new EleventhError(
    'NO_OVERLAY',
    `${id} has no overlay in ${environment}: ${overlayFolder(environment, id)} is missing.`,
    {
      hint: `Add ${overlayFolder(environment, id)}/kustomization.yaml on the default branch.`,
    },
  );
}

async function addPin(
  line: Line,
  workspace: Workspace,
  environment: Environment,
  service: Service,
  request: PinRequest,
  now: number,
): Promise<Pinned> {
  const { id, build } = request;
  const base = line.snapshot;
  const before = await pinOf(base, id);
  checkBuilt(build, now);
  const files = await chooseManifests(base, workspace, service, request);
  const after = makePin(service, request, files, before);
  enforce(
    environment,
    gates(environment, new Map([[id, after]])),
    () => `eleventh env list shows what each environment takes; ${environment.name} is not for this build.`,
  );
  await checkOverlay(base, environment.name, id);
  const downgrade = before !== null && buildOrder(after, before) === 'older';
  if (downgrade && request.allowDowngrade !== true) {
    throw refusal(
      'OLDER_BUILD',
      `${environment.name} already runs a newer build of ${id}: ${buildLabel(before)}, and ${buildLabel(after)} is older.`,
      {
        hint: `eleventh pin ${id} --commit ${build.commit} --allow-downgrade`,
        details: { service: id, runs: before.commit, refused: build.commit },
      },
    );
  }
  const changes = await withDerivedIfNew(base, before, pinChanges(id, after, files));
  const changed = (await base.with(changes)).tree !== base.tree;
  if (changed) {
    const recorded =
      before === null || before.commit === after.commit
        ? null
        : ((await request.changesSince?.(before.commit)) ?? null);
    // A pin does not change which reviewed state the branch carries.
    const trailers = [
      ...trailersOf(request, before, after, recorded, downgrade),
      ...workspaceTrailers(workspace, line.carried),
    ];
    await line.add(changes, `Pin ${id} ${buildLabel(after)}`, trailers);
  }
  return { id, environment, before, after, changed };
}

const DAY = 24 * 60 * 60 * 1000;

/** A clock that runs ahead would keep every later build of the branch out. */
function checkBuilt(build: Build, now: number): void {
  if (build.built === undefined || Date.parse(build.built) <= now + DAY) return;
  throw usageError(
    'BUILT_IN_FUTURE',
    `The build time ${build.built} lies more than a day in the future.`,
    'Check the clock of the machine that built it.',
  );
}

/** Returns the manifests that the pin will deploy, by who owns them. */
async function chooseManifests(
  base: Snapshot,
  workspace: Workspace,
  service: Service,
  request: PinRequest,
): Promise<Files> {
  const folder = `apps/${service.id}/manifests`;
  if (request.manifests !== undefined) {
    if (service.manifests === 'workspace') {
      throw refusal(
        'MANIFESTS_OWNED',
        `The manifests of ${service.id} are edited on ${workspace.branch}; its service.yaml says manifests: workspace.`,
        {
          hint: `Leave out --manifests, or set manifests: ci in apps/${service.id}/service.yaml`,
        },
      );
    }
    checkManifestNames(request.manifests.keys());
    checkManifestObjects(request.manifests);
    return request.manifests;
  }
  const own = service.manifests === 'ci' ? await filesBelow(base, folder) : new Map<string, Uint8Array>();
  return own.size > 0 ? own : filesBelow(workspace.snapshot, folder);
}

function makePin(service: Service, request: PinRequest, files: Files, before: Pin | null): Pin {
  const { build } = request;
  const names = imageNames(files);
  const asked = request.images ?? service.images.map((repository): Image => ({ repository }));
  for (const { repository } of asked) {
    if (service.images.some((known) => sameRepository(known, repository))) continue;
    throw refusal(
      'IMAGE_NOT_LISTED',
      `${service.id} does not build ${repository}; its service.yaml lists ${service.images.join(', ') || 'no image'}.`,
      {
        hint: `Add ${repository} to spec.images in apps/${service.id}/service.yaml on the default branch.`,
      },
    );
  }
  const wanted = asked.map((image) => ({ ...image, tag: image.tag ?? build.commit }));
  const placed = placeImages(service.id, wanted, names);
  const kept = (before?.images ?? []).filter(
    (image) => request.images !== undefined && names.has(image.name) && !placed.some(({ name }) => name === image.name),
  );
  const images = [...placed, ...kept].sort((a, b) => (a.name < b.name ? -1 : 1));
  const isSameBuild = before !== null && before.commit === build.commit && before.branch === build.branch;
  const built = isSameBuild && !request.isBuiltKnown ? before.built : build.built;
  return { ...build, built, source: build.source ?? service.source, resources: manifestResources(files), images };
}

function pinChanges(id: ServiceId, pin: Pin, files: Files): Change[] {
  return [
    { path: `apps/${id}`, put: null },
    { path: pinPath(id), put: { file: formatPin(pin) } },
    ...[...files].map(([path, file]) => ({ path: `apps/${id}/manifests/${path}`, put: { file } })),
  ];
}

async function withDerivedIfNew(base: Snapshot, before: Pin | null, changes: Change[]): Promise<Change[]> {
  return before === null ? withDerived(base, changes) : changes;
}

function trailersOf(
  request: PinRequest,
  before: Pin | null,
  after: Pin,
  recorded: RecordedChanges | null,
  downgrade: boolean,
): Trailer[] {
  const trailers: (Trailer | undefined)[] = [
    ['Service', request.id],
    ['Commit', after.commit],
    ['Branch', after.branch],
    after.version === undefined ? undefined : ['Version', after.version],
    ...after.images.map((image: PinnedImage): Trailer => ['Image', pinnedReference(image)]),
    before === null ? undefined : ['Replaces', before.commit],
    ...(recorded?.changes ?? []).map(({ commit, subject }): Trailer => ['Change', `${commit.slice(0, 12)} ${subject}`]),
    recorded === null || recorded.more === 0 ? undefined : ['Changes-Omitted', String(recorded.more)],
    ...(recorded?.authors ?? []).map(({ name, email }): Trailer => ['Change-Author', `${name} <${email}>`]),
    request.run === undefined ? undefined : ['Build-Run', request.run],
    downgrade ? ['Allowed-Downgrade', request.id] : undefined,
  ];
  return trailers.filter((item) => item !== undefined);
}
