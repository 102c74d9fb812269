import { EleventhError } from '../error.ts';
import { deriveChanges, derivedPath, environmentFolders, hasPlace, RENDERED, relisted } from '../files/derived-list.ts';
import { changedOverlays } from '../files/overlay.ts';
import { checkOverlay } from '../files/overlay-check.ts';
import { renderedAfter, renderedAnew, renderedEnvironments } from '../files/rendered.ts';
import { reviewedCommit } from '../history/reviewed-state.ts';
import type { Change, Commit, Snapshot } from '../history/snapshot.ts';
import { listed } from '../names/listed.ts';
import type { ServiceId } from '../names/names.ts';
import { EMPTY_TREE } from '../names/object-id.ts';
import type { Ground } from './ground.ts';
import type { Step } from './step.ts';

const DERIVED = /^environments\/([^/]+)\/kustomization\.yaml$/;

/** More services than these that come or go at once are listed anew rather than one by one. */
const FEW = 50;

/** What a branch holds outside `apps/`, from commit to commit. */
export class Outside {
  /** Where on the default branch's line the state stands that it carries. */
  #carried = -1;
  /** What is derived for each environment, while it is known. */
  #derived: Map<string, string> | null = null;
  /** Whether the branch carries what environments render. */
  #isRendered = false;

  /** Takes a state for what stands there. */
  async startAt({ view, workspace, main }: Ground, snapshot: Snapshot, commit: Commit): Promise<void> {
    const reviewed = await reviewedCommit(view, workspace, snapshot, commit);
    this.#carried = reviewed === null ? -1 : (main.of(reviewed.commit) ?? -1);
    this.#isRendered = await carriesRendered(snapshot);
  }

  /**
   * Checks that a state is a reviewed one, not an older one than before unless it went back, that what is derived is what
   * it should be, and that no overlay that takes effect now sets an image.
   */
  async check(step: Step, isBack: boolean): Promise<void> {
    const { ground, split, commit, parent, environment } = step;
    await this.#checkRendered(step);
    const moved = split.services.filter(({ from, to }) => from === null || to === null);
    if (split.outside.length === 0 && moved.length === 0 && parent !== null) return;
    const snapshot = await ground.view.snapshot(commit.tree);
    const coming = moved.flatMap(({ id, from }) => (from === null ? [id] : []));
    if (coming.length > 0) await checkNames(step, snapshot, coming);
    if (parent === null || (await this.#hasReviewable(snapshot, step))) {
      this.#derived = null;
      await this.#checkReviewed(step, snapshot, isBack);
      const before = await ground.view.snapshot(parent?.tree ?? EMPTY_TREE);
      coming.push(...(await changedOverlays(before, snapshot, environment.name)));
    }
    await this.#checkDerived(step, snapshot, moved);
    for (const id of new Set(coming)) step.later(() => checkOne(step, snapshot, id));
  }

  /** Returns whether the commit changed anything that people review. */
  async #hasReviewable(snapshot: Snapshot, { split }: Step): Promise<boolean> {
    for (const { path } of split.outside) {
      if (path.startsWith(`${RENDERED}/`)) continue;
      const environment = DERIVED.exec(path)?.[1];
      if (environment !== undefined && this.#derived?.has(environment) === true) continue;
      if (environment === undefined || (await snapshot.entry(`environments/${environment}/environment.yaml`)) === null)
        return true;
    }
    return false;
  }

  /** Checks what the commit carries under `rendered/`, where its environments ask for that or something is there. */
  async #checkRendered(step: Step): Promise<void> {
    const { ground, split, commit, parent, report } = step;
    const isOutside = split.outside.length > 0 || parent === null;
    if (isOutside) {
      const snapshot = await ground.view.snapshot(commit.tree);
      this.#isRendered = await carriesRendered(snapshot);
    }
    if (!this.#isRendered || (!isOutside && split.services.length === 0)) return;
    step.later(async () => {
      const differs = await rendersOtherwise(step);
      if (differs === 'unknown') report('rendered-unknown', 'There is no kustomize here to compare rendered/ with.');
      else if (differs) report('rendered-differs', 'rendered/ is not what its services come to.');
    });
  }

  async #checkReviewed(step: Step, snapshot: Snapshot, isBack: boolean): Promise<void> {
    const { ground, split, commit, report } = step;
    const { view, workspace, main } = ground;
    const reviewed = await reviewedCommit(view, workspace, snapshot, commit);
    const place = reviewed === null ? undefined : main.of(reviewed.commit);
    const paths = listed(split.outside.map(({ path }) => path).sort());
    if (place === undefined) {
      report('outside-unreviewed', `Outside apps/ it is no state that ${workspace.branch} had: it changed ${paths}.`);
      return;
    }
    if (place < this.#carried && !isBack)
      report(
        'outside-older',
        `It carries an older state of ${workspace.branch} than the commit before it: ${paths} went back.`,
      );
    this.#carried = place;
  }

  async #checkDerived(
    step: Step,
    snapshot: Snapshot,
    moved: readonly { readonly id: ServiceId; readonly to: unknown }[],
  ): Promise<void> {
    const wrong = (path: string) =>
      step.report('derived-differs', `${path} does not list the services that are there.`);
    if (this.#derived === null || moved.length > FEW) {
      const changes = await deriveChanges(snapshot);
      for (const { path } of changes) wrong(path);
      this.#derived = changes.length > 0 ? null : await readDerived(snapshot);
      return;
    }
    for (const [environment, text] of this.#derived) {
      const path = derivedPath(environment);
      const changed = step.split.outside.find((change) => change.path === path);
      const expected = moved.reduce(
        (list, { id, to }) => (hasPlace(list, id) ? relisted(list, id, to !== null) : list),
        text,
      );
      const isRight =
        changed === undefined ? expected === text : changed.after?.oid === step.ground.history.idOf(expected);
      if (!isRight) wrong(path);
      this.#derived.set(environment, expected);
    }
  }
}

/** What is thrown where it is not the files' fault that nothing was rendered. */
const NOTHING_RENDERS = new Set(['NO_RENDERER', 'NO_HELM', 'RENDERER_UNUSABLE', 'RENDERER_TOO_OLD']);

async function carriesRendered(snapshot: Snapshot): Promise<boolean> {
  return (await snapshot.entry(RENDERED)) !== null || (await renderedEnvironments(snapshot)).length > 0;
}

/** Returns whether a commit's `rendered/` is another than its files make it: than the parent's, brought in step, and than one made anew. */
async function rendersOtherwise({ ground, commit, parent }: Step): Promise<boolean | 'unknown'> {
  const { view } = ground;
  const after = await view.snapshot(commit.tree);
  const there = (await after.entry(RENDERED))?.oid;
  const isAs = async (snapshot: Snapshot, changes: readonly Change[]) =>
    (await (await snapshot.with(changes)).entry(RENDERED))?.oid === there;
  try {
    if (parent !== null) {
      const base = await view.snapshot(parent.tree);
      const stood = (await base.entry(RENDERED))?.oid;
      const taken = await after.with([{ path: RENDERED, put: stood === undefined ? null : { tree: stood } }]);
      if (await isAs(taken, await renderedAfter(base, taken))) return false;
    }
    return !(await isAs(after, await renderedAnew(after)));
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    return NOTHING_RENDERS.has(error.code) ? 'unknown' : true;
  }
}

async function readDerived(snapshot: Snapshot): Promise<Map<string, string>> {
  const texts = await Promise.all(
    (await environmentFolders(snapshot)).map(async (name) => {
      const bytes = await snapshot.read(derivedPath(name));
      return [name, new TextDecoder().decode(bytes ?? new Uint8Array())] as const;
    }),
  );
  return new Map(texts);
}

/** Reports a name that stands twice where services came: Git never writes that, and each reader takes another one. */
async function checkNames({ report }: Step, snapshot: Snapshot, coming: readonly ServiceId[]): Promise<void> {
  const groups = coming.flatMap((id) => (id.includes('/') ? [`apps/${id.split('/')[0]}`] : []));
  for (const folder of new Set(['', 'apps', ...groups])) {
    const names = (await snapshot.list(folder)).map(({ name }) => name);
    if (new Set(names).size < names.length)
      report('foreign-file', `${folder === '' ? 'The whole tree' : folder} holds a name more than once.`);
  }
}

async function checkOne({ environment, report }: Step, snapshot: Snapshot, id: ServiceId): Promise<void> {
  try {
    await checkOverlay(snapshot, environment.name, id);
  } catch (error) {
    if (!(error instanceof EleventhError)) throw error;
    report('overlay-image', error.message);
  }
}
