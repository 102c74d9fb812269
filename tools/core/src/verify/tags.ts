import { compare, parse } from 'semver';
import { GIT_NAMESPACE, signerKey } from '../evidence/signer.ts';
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
import { checkTagSignature } from './signatures.ts';

interface Release {
  readonly tag: string;
  readonly version: string;
  readonly oid: Oid;
  readonly commit: Oid;
}

/** Checks every annotated tag's own name: whoever looks at a signature alone would take it for the one it stands under. */
export async function checkTagNames(ground: Ground): Promise<void> {
  for (const [ref, oid] of ground.history.refs)
    if (ref.startsWith('refs/tags/')) await checkTagName(ground, ref.slice('refs/tags/'.length), oid);
}

/** Checks one tag's own name and time. */
export async function checkTagName({ view, findings, now, workspace }: Ground, name: string, oid: Oid): Promise<void> {
  const annotation = await view.tag(oid);
  if (annotation === null) return;
  const at = { ref: name, commit: null };
  if (annotation.name !== name)
    findings.add('tag-name', at, `The tag object under ${name} is ${JSON.stringify(annotation.name)} by its own name.`);
  else if (isAlmostRelease(workspace.environments, name))
    findings.add('tag-name', at, `${name} is a version to some agents, and to others none.`);
  if ((annotation.tagger?.time ?? 0) > now + APART)
    findings.add('time-future', at, `It is dated ${isoTime(annotation.tagger?.time ?? 0)}, in the future.`);
}

/** Returns whether agents may take a tag for a release that is none: with build metadata, a `v` too few or too many, or zeros in front. */
function isAlmostRelease(environments: readonly Environment[], tag: string): boolean {
  const patterns = environments.flatMap(({ release }) => (release === undefined ? [] : [release.tag]));
  if (patterns.some((pattern) => tagVersion(pattern, tag) !== null)) return false;
  return patterns.some((pattern) => {
    const [before = '', after = ''] = pattern.split('{version}');
    const start = before === 'v' && !tag.startsWith('v') ? '' : before;
    if (!tag.startsWith(start) || !tag.endsWith(after)) return false;
    return parse(tag.slice(start.length, tag.length - after.length), { loose: true }) !== null;
  });
}

/**
 * Checks the releases of an environment: each where it was made, on the branch, above those before it.
 * @param only those of which something is to be said; absent: all.
 */
export async function checkReleases(
  ground: Ground,
  environment: Environment,
  line: Line | undefined,
  only?: ReadonlySet<string>,
): Promise<number> {
  const { view, findings } = ground;
  const all = [...view.refs.tags].flatMap(([tag, { oid, commit }]) => {
    const version = tagVersion(environment.release?.tag ?? '', tag);
    return version === null || !isRelease(version) ? [] : [{ tag, version, oid, commit }];
  });
  for (const release of all)
    if (only?.has(release.tag) !== false) await checkRelease(ground, environment, line, release);
  for (const [tag, commit] of line?.released ?? [])
    if (!view.refs.tags.has(tag))
      findings.add('tag-moved', { ref: tag, commit }, `${short(commit)} was released as ${tag}, which is gone.`);
  const placed = all.flatMap((release) => {
    const place = line?.positions.of(release.commit);
    return place === undefined ? [] : [{ ...release, place }];
  });
  checkOrder(placed, findings, only);
  return placed.length;
}

async function checkRelease(
  ground: Ground,
  environment: Environment,
  line: Line | undefined,
  { tag, oid, commit }: Release,
): Promise<void> {
  const { view, findings } = ground;
  const report: Report = (rule, message) => findings.add(rule, { ref: tag, commit }, message);
  const annotation = await view.tag(oid);
  if (annotation === null) report('tag-light', `${tag} is a lightweight tag.`);
  else if (annotation.tagger === null) report('tag-light', `${tag} does not say who made it.`);
  else if (annotation.object !== commit) report('tag-target', `${tag} is a tag of something else than a commit.`);
  if (annotation !== null) await checkTagSignature(ground, environment.name, oid, annotation, report);
  if (line?.positions.of(commit) === undefined) {
    report('tag-target', `${tag} does not stand on a commit of ${environment.branch}.`);
    return;
  }
  const { time } = (await view.commit(commit)).committer;
  if (annotation?.tagger && annotation.tagger.time < time - APART)
    report('time-backwards', `It is dated ${isoTime(annotation.tagger.time)}, before the commit that it stands on.`);
  const made = line.released.get(tag);
  if (made !== undefined && made !== commit)
    report('tag-moved', `${tag} was made at ${short(made)}, and stands at ${short(commit)}.`);
  const recipe = /^Recipe ([0-9a-f]{40}) in /m.exec(annotation?.message ?? '')?.[1];
  if (recipe !== undefined && recipe !== (await recipeAt(ground, commit)))
    report(
      'tag-moved',
      `${tag} says that its recipe is ${short(recipe)}, and the commit that it stands on has another.`,
    );
  if (annotation !== null && made === undefined)
    await checkLateRelease(ground, environment, { oid, commit }, annotation, report);
}

async function recipeAt({ view }: Ground, commit: Oid): Promise<Oid> {
  return recipeOf(await view.snapshot((await view.commit(commit)).tree));
}

function checkOrder(
  releases: readonly { tag: string; version: string; commit: Oid; place: number }[],
  findings: Ground['findings'],
  only: ReadonlySet<string> | undefined,
): void {
  let highest: { readonly tag: string; readonly version: string; readonly place: number } | undefined;
  for (const release of releases.toSorted((a, b) => a.place - b.place || compare(a.version, b.version))) {
    const isLower = highest !== undefined && compare(release.version, highest.version) <= 0;
    if (highest === undefined || !isLower) highest = release;
    else if (only?.has(release.tag) !== false)
      findings.add(
        'tag-order',
        { ref: release.tag, commit: release.commit },
        `${release.tag} stands after ${highest.tag} and is not above it: agents deploy the highest.`,
      );
  }
}

/** A tag on a commit that was there before lets in all that came since the last release. */
async function checkLateRelease(
  ground: Ground,
  environment: Environment,
  { oid, commit }: Pick<Release, 'oid' | 'commit'>,
  { tagger, message }: AnnotatedTag,
  report: Report,
): Promise<void> {
  const { view } = ground;
  const head: Commit = await view.commit(commit);
  const [parent] = head.parents;
  const [last] = parent === undefined ? [] : await releasesOn(view, environment, view.line(parent), 1);
  const before = await view.snapshot(last?.commit.tree ?? EMPTY_TREE);
  const after = await view.snapshot(head.tree);
  const who = tagger ?? head.committer;
  const parsed = parseMessage(message);
  const moment = momentOf(ground, parsed, who, BEGINNING, report);
  const recipe = await recipeOf(after);
  const [from = environment.name] = environment.from;
  const isBack = await ranBefore(ground, environment, head, recipe);
  const signed = await view.signed(oid);
  await checkGates(
    ground,
    {
      ...{ environment: environment.name, way: isBack ? 'rollback' : 'promotion', recipe, who, time: who.time },
      ...{ source: { from, name: environment.name, commit }, changes: await serviceChanges(before, after) },
      key: signed === null ? undefined : signerKey(view, signed, GIT_NAMESPACE),
      ...{ message: parsed, onto: [commit] },
      ticket: trailer(parsed, 'Ticket') ?? /, ticket (.+)$/m.exec(message)?.[1],
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
