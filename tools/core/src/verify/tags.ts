import { compare } from 'semver';
import type { Environment } from '../files/environment.ts';
import { recipeOf } from '../history/deployment.ts';
import { parseMessage, trailer } from '../history/message.ts';
import { releasesOn, serviceChanges } from '../history/release.ts';
import type { AnnotatedTag, Commit } from '../history/snapshot.ts';
import { EMPTY_TREE, type Oid, short } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { isRelease, tagVersion } from '../names/version.ts';
import { checkGates } from './gates-held.ts';
import type { Ground, Line } from './ground.ts';
import { APART } from './main-line.ts';
import { BEGINNING, momentOf, type Report } from './moment.ts';

interface Release {
  readonly tag: string;
  readonly version: string;
  readonly commit: Oid;
  readonly annotation: AnnotatedTag | null;
}

/** Checks every annotated tag's own name: whoever looks at a signature alone would take it for the one it stands under. */
export async function checkTagNames({ view, history, findings, now }: Ground): Promise<void> {
  for (const [ref, oid] of history.refs) {
    if (!ref.startsWith('refs/tags/')) continue;
    const annotation = await view.tag(oid);
    if (annotation === null) continue;
    const name = ref.slice('refs/tags/'.length);
    const at = { ref: name, commit: null };
    if (annotation.name !== name)
      findings.add(
        'tag-name',
        at,
        `The tag object under ${name} is ${JSON.stringify(annotation.name)} by its own name.`,
      );
    if ((annotation.tagger?.time ?? 0) > now + APART)
      findings.add('time-future', at, `It is dated ${isoTime(annotation.tagger?.time ?? 0)}, in the future.`);
  }
}

/** Checks the releases of an environment: each where it was made, on the branch, above those before it. */
export async function checkReleases(ground: Ground, environment: Environment, line: Line | undefined): Promise<number> {
  const { view, findings } = ground;
  const pattern = environment.release?.tag ?? '';
  const all: Release[] = [];
  for (const [tag, { oid, commit }] of view.refs.tags) {
    const version = tagVersion(pattern, tag);
    if (version === null || !isRelease(version)) continue;
    all.push({ tag, version, commit, annotation: await view.tag(oid) });
  }
  const placed: (Release & { readonly place: number })[] = [];
  for (const release of all) {
    const { tag, annotation, commit } = release;
    const report: Report = (rule, message) => findings.add(rule, { ref: tag, commit }, message);
    if (annotation === null) report('tag-light', `${tag} is a lightweight tag.`);
    else if (annotation.object !== commit) report('tag-target', `${tag} is a tag of something else than a commit.`);
    const place = line?.positions.of(commit);
    if (place === undefined) report('tag-target', `${tag} does not stand on a commit of ${environment.branch}.`);
    else placed.push({ ...release, place });
    const made = line?.released.get(tag);
    if (made !== undefined && made !== commit)
      report('tag-moved', `${tag} was made at ${short(made)}, and stands at ${short(commit)}.`);
    const recipe = /^Recipe ([0-9a-f]{40}) in /m.exec(annotation?.message ?? '')?.[1];
    if (place !== undefined && recipe !== undefined && recipe !== (await recipeAt(ground, commit)))
      report(
        'tag-moved',
        `${tag} says that its recipe is ${short(recipe)}, and the commit that it stands on has another.`,
      );
    if (place !== undefined && annotation !== null && made === undefined)
      await checkLateRelease(ground, environment, release, report);
  }
  const names = new Set(all.map(({ tag }) => tag));
  for (const [tag, commit] of line?.released ?? [])
    if (!names.has(tag))
      findings.add('tag-moved', { ref: tag, commit }, `${short(commit)} was released as ${tag}, which is gone.`);
  checkOrder(placed, findings);
  return placed.length;
}

async function recipeAt({ view }: Ground, commit: Oid): Promise<Oid> {
  return recipeOf(await view.snapshot((await view.commit(commit)).tree));
}

function checkOrder(
  releases: readonly { tag: string; version: string; commit: Oid; place: number }[],
  findings: Ground['findings'],
): void {
  let highest: { readonly tag: string; readonly version: string; readonly place: number } | undefined;
  for (const release of releases.toSorted((a, b) => a.place - b.place || compare(a.version, b.version))) {
    if (highest !== undefined && compare(release.version, highest.version) <= 0)
      findings.add(
        'tag-order',
        { ref: release.tag, commit: release.commit },
        `${release.tag} stands after ${highest.tag} and is not above it: agents deploy the highest.`,
      );
    else highest = release;
  }
}

/** A tag on a commit that was there before lets in all that came since the last release. */
async function checkLateRelease(
  ground: Ground,
  environment: Environment,
  { commit, annotation }: Release,
  report: Report,
): Promise<void> {
  const { view } = ground;
  const head: Commit = await view.commit(commit);
  const [parent] = head.parents;
  const [last] = parent === undefined ? [] : await releasesOn(view, environment, view.line(parent), 1);
  const before = await view.snapshot(last?.commit.tree ?? EMPTY_TREE);
  const after = await view.snapshot(head.tree);
  const who = annotation?.tagger ?? head.committer;
  const message = annotation?.message ?? '';
  const moment = momentOf(ground, message, who, BEGINNING, report);
  const recipe = await recipeOf(after);
  const [from = environment.name] = environment.from;
  const isBack = await ranBefore(ground, environment, head, recipe);
  await checkGates(
    ground,
    {
      ...{ environment: environment.name, way: isBack ? 'rollback' : 'promotion', recipe, who, time: who.time },
      ...{ source: { from, name: environment.name, commit }, changes: await serviceChanges(before, after) },
      ticket: trailer(parseMessage(message), 'Ticket') ?? /, ticket (.+)$/m.exec(message)?.[1],
    },
    moment,
    report,
  );
}

async function ranBefore(
  { view }: Ground,
  environment: Environment,
  { parents }: Commit,
  recipe: Oid,
): Promise<boolean> {
  const [parent] = parents;
  if (parent === undefined) return false;
  for (const { commit } of await releasesOn(view, environment, view.line(parent)))
    if ((await recipeOf(await view.snapshot(commit.tree))) === recipe) return true;
  return false;
}
