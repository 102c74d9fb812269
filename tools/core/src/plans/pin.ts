import { EleventhError, refusal, usageError } from '../error.ts';
import { Evidence } from '../evidence/evidence.ts';
import { deriveNewService } from '../files/derived-list.ts';
import type { Environment } from '../files/environment.ts';
import { overlayFolder } from '../files/overlay.ts';
import { checkOverlay } from '../files/overlay-check.ts';
import type { Build, Pin } from '../files/pin.ts';
import { renderedFor } from '../files/rendered.ts';
import type { Service } from '../files/service.ts';
import type { Entry, Occasion } from '../gates/gate.ts';
import { enforce, gatesOf } from '../gates/gates.ts';
import { pinOf, recipeOf } from '../history/deployment.ts';
import type { View } from '../history/snapshot.ts';
import { findEnvironment, findService, readWorkspace, WORKSPACE_PATHS, type Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import { buildLabel, buildOrder } from '../rules/build-order.ts';
import { type PinBreak, pinBreaks } from './pin-breaks.ts';
import { chooseManifests, makePin, pinChanges } from './pin-content.ts';
import { pinTrailers } from './pin-message.ts';
import type { PinRequest } from './pin-request.ts';
import type { Line, Plan, RequestStep } from './plan.ts';
import { requestStep } from './request-step.ts';
import { addUpdate, openLine, workspaceTrailers } from './update.ts';

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
  /** What the pinned services require and do not have there: no reason to refuse a pin, since theirs may be on its way. */
  readonly breaks: readonly PinBreak[];
  /** Environments that were brought up to the default branch first, for a service that they did not know. */
  readonly updated: readonly string[];
}

/** Returns what pinning some services reads of the newest commits. */
export function pinPaths(ids: Iterable<ServiceId>): string[] {
  return [...WORKSPACE_PATHS, ...[...new Set(ids)].flatMap((id) => [`apps/${id}/**`, `environments/*/${id}/**`])];
}

/**
 * Returns the plan that pins builds: one commit for each, in order, on each environment's branch.
 * @param now the present, in milliseconds since 1970: a build from the future is refused. @param by who pins them.
 */
export async function planPins(
  view: View,
  requests: readonly PinRequest[],
  now: number,
  by: Pick<Occasion, 'who' | 'key'> = {},
): Promise<PinPlan> {
  await Promise.all([view.readAhead(null, pinPaths(requests.map(({ id }) => id))), Evidence.readAhead(view)]);
  const workspace = await readWorkspace(view);
  const facts = { view, workspace, evidence: await Evidence.in(view, workspace), now, who: by.who, key: by.key };
  const lines = new Map<string, Line>();
  const pins: Pinned[] = [];
  const updated = new Set<string>();
  const left: RequestStep[] = [];
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
      await addUpdate(view, line, workspace, environment);
      updated.add(environment.name);
    }
    const { pinned, step } = await addPin(line, facts, environment, service, request);
    pins.push(pinned);
    if (step !== null) left.push(step);
  }
  return {
    branches: [...lines.values()].map(({ plan }) => plan),
    // Many are committed together or not at all.
    request: requests.length === 1 ? left[0] : undefined,
    onRace: 'again',
    workspace,
    pins,
    breaks: (await Promise.all(pins.map((one) => pinBreaks(workspace, lines, one)))).flat(),
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
  facts: Pick<Entry, 'view' | 'workspace' | 'evidence' | 'now' | 'who' | 'key'>,
  environment: Environment,
  service: Service,
  request: PinRequest,
): Promise<{ pinned: Pinned; step: RequestStep | null }> {
  const { id, build, ticket } = request;
  const { view, workspace, now } = facts;
  const base = line.snapshot;
  const before = await pinOf(base, id);
  checkBuilt(build, now);
  const files = await chooseManifests(base, workspace, service, request);
  const after = makePin(service, request, files, before);
  const content = pinChanges(service, after, files);
  const derived = before === null ? await deriveNewService(await base.with(content), id) : [];
  const moved = [...content, ...derived];
  const puts = [...moved, ...(await renderedFor(workspace.environments, base, await base.with(moved)))];
  const changes = [{ id, before, after }];
  const made = await base.with(puts);
  const recipe = await recipeOf(made);
  enforce(
    environment,
    await gatesOf({
      ...facts,
      environment,
      way: 'promotion',
      entering: new Map([[id, after]]),
      changes,
      recipe,
      ticket,
    }),
    () => `eleventh env list shows what each environment takes; ${environment.name} is not for this build.`,
  );
  await checkOverlay(base, environment.name, id);
  const downgrade = before !== null && buildOrder(after, before) === 'older';
  if (downgrade && request.allowDowngrade !== true) {
    throw refusal(
      'OLDER_BUILD',
      `${environment.name} already runs a newer build of ${id}: ${buildLabel(before)}, and ${buildLabel(after)} is older.`,
      {
        hint: 'If it should go back all the same, add: --allow-downgrade',
        details: { service: id, runs: before.commit, refused: build.commit },
      },
    );
  }
  const changed = made.tree !== base.tree;
  const pinned = { id, environment, before, after, changed };
  if (!changed) return { pinned, step: null };
  const recorded =
    before === null || before.commit === after.commit ? null : ((await request.changesSince?.(before.commit)) ?? null);
  const words = {
    subject: `Pin ${id} ${buildLabel(after)}`,
    trailers: pinTrailers(request, before, after, recorded, downgrade),
  };
  // A pin does not change which reviewed state the branch carries.
  await line.add(puts, words.subject, [...words.trailers, ...workspaceTrailers(view, workspace, line.carried)]);
  return { pinned, step: await requestStep(request, environment, line.head?.oid, line.snapshot, words) };
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
