import {
  affectedServices,
  type Oid,
  type Plan,
  plannedSides,
  type ServiceId,
  type SidesToRender,
  type SideToRender,
  type View,
} from '@eleventh/core';
import { isFailure, type Outcome, parseObjects, type Renderer, type ShownDiff, showDiff } from '@eleventh/kubernetes';

/** One side of a comparison of what clusters see: a recipe with the overlays of an environment. */
export interface RenderedSide {
  readonly name: string;
  /** null: it is planned, and no commit yet. */
  readonly commit: Oid | null;
  readonly recipe: Oid;
  readonly environment: string;
}

/** A service whose manifests come to something else, or that cannot be rendered on one of the sides. */
export interface RenderedService extends ShownDiff {
  readonly id: ServiceId;
  readonly change: 'added' | 'removed' | 'changed';
  /** Why it cannot be rendered; then nothing of it is compared. */
  readonly problem: RenderedProblem | null;
}

export interface RenderedProblem {
  /** The recipe that cannot be rendered, by its side's name. */
  readonly side: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What clusters would see of `to` in place of `from`. */
export interface RenderedDiff {
  readonly from: RenderedSide;
  readonly to: RenderedSide;
  /** What rendered it, with its version; null: nothing had to be rendered. */
  readonly renderer: string | null;
  /** Those that differ or cannot be rendered, by id. */
  readonly services: readonly RenderedService[];
  /** How many services come to the same on both sides. */
  readonly same: number;
}

/** Returns what clusters would see of one side in place of the other. Throws as the renderer does. */
export async function renderedDiff(sides: SidesToRender, renderer: Renderer): Promise<RenderedDiff> {
  const ids = await affectedServices(sides);
  const [before, after] = [await render(sides.from, ids, renderer), await render(sides.to, ids, renderer)];
  const program = ids.length === 0 ? null : renderer.tool;
  const isElsewhere = sides.from.environment !== sides.to.environment;
  const services = ids.flatMap((id): RenderedService[] => {
    const [from, to] = [before.get(id), after.get(id)];
    const problem = problemOf(to, sides.to) ?? problemOf(from, sides.from);
    const change = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed';
    if (problem !== null) return [{ id, change, problem, highlights: [], build: [], objects: [] }];
    const [old, now] = [from, to].map((one) => (one === undefined || isFailure(one) ? '' : one.yaml));
    if (old === now) return [];
    const found = showDiff(parseObjects(old ?? ''), parseObjects(now ?? ''), isElsewhere);
    return found.objects.length === 0 ? [] : [{ id, change, problem, ...found }];
  });
  return {
    from: shownSide(sides.from),
    to: shownSide(sides.to),
    renderer: program === null ? null : `${program.name} ${program.version}`,
    services,
    same: sides.services.length - services.length,
  };
}

/** Returns what the clusters would see of a plan, for each environment whose branch it moves. */
export async function renderedPlan(view: View, plan: Plan, renderer: Renderer): Promise<RenderedDiff[]> {
  const diffs: RenderedDiff[] = [];
  for (const sides of await plannedSides(view, plan)) diffs.push(await renderedDiff(sides, renderer));
  return diffs;
}

/** Returns what those of some services that run on a side come to. */
async function render(
  { snapshot, environment, services }: SideToRender,
  ids: readonly ServiceId[],
  renderer: Renderer,
): Promise<Map<ServiceId, Outcome>> {
  const wanted = ids.filter((id) => services.has(id)).map((service) => ({ environment, service }));
  if (wanted.length === 0) return new Map();
  return new Map((await renderer.render(snapshot, wanted)).map((one) => [one.service, one]));
}

function problemOf(outcome: Outcome | undefined, { name }: SideToRender): RenderedProblem | null {
  if (outcome === undefined || !isFailure(outcome)) return null;
  const { code, message, hint = null } = outcome.error;
  return { side: name, code, message, hint };
}

function shownSide({ name, commit, recipe, environment }: SideToRender): RenderedSide {
  return { name, commit, recipe, environment };
}

/** Returns what comparisons exit with: 1 where something could not be rendered, so could not be compared either. */
export function renderedExitCode(diffs: readonly RenderedDiff[]): number {
  return diffs.some(({ services }) => services.some(({ problem }) => problem !== null)) ? 1 : 0;
}
