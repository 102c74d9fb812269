import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasKubectl, KUBECTL } from './kubectl.ts';
import { FOLDER, isThere, ownImages, type Release, Replay, releases } from './releases.ts';
import { World } from './world.ts';

/** Returns whether kustomize can read a release's manifests at all. */
function isReadable({ folder, services }: Release): boolean {
  const copy = mkdtempSync(join(tmpdir(), 'eleventh-release-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const resources = services.map((id) => `  - ${id}.yaml\n`).join('');
    writeFileSync(join(copy, 'kustomization.yaml'), `resources:\n${resources}`);
    execFileSync(KUBECTL, ['kustomize', copy], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const recipes = new Map<string, string>();
// The remote after the last release, for the tests that follow the replay.
const kept = mkdtempSync(join(tmpdir(), 'eleventh-replay-'));
afterAll(() => rmSync(kept, { recursive: true, force: true, maxRetries: 5 }));

/** Returns, for each commit of the branches that has a parent, the tree that a bare revert of it leaves and its parent's. */
function revertEach(checkout: string, env: World['env'], branches: readonly string[]): [string, string, string][] {
  const script = `for c in $(git rev-list --first-parent --min-parents=1 ${branches.join(' ')}); do
    git checkout --quiet --detach $c && git revert --no-edit $c >&2 || exit 1
    echo $c $(git rev-parse HEAD^{tree} $c^^{tree})
  done`;
  const output = execFileSync('sh', ['-c', script], { cwd: checkout, env, encoding: 'utf8', stdio: 'pipe' });
  return output
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [string, string, string]);
}

type Git = (...args: string[]) => Promise<string>;

/** A clone of what the replay left behind. */
async function cloned(): Promise<{ world: World; checkout: string; git: Git }> {
  const world = new World();
  cpSync(kept, world.remote, { recursive: true });
  const checkout = await world.checkout('env/staging');
  return { world, checkout, git: (...args) => world.git(checkout, ...args) };
}

/** A pin on staging's line of history. */
interface Pin {
  readonly id: string;
  readonly commit: string;
  /** The tree of the service's folder before it; null for a first pin. */
  readonly before: string | null;
  /** The commits after it, oldest first, until its service is pinned again or removed. */
  readonly followers: readonly string[];
}

const CHANGE = /^:\d+ \d+ (?<before>\w+) \w+ \w\t(?<path>apps\/.*)$/;

/** Returns all pins on staging, oldest first. */
async function pins(git: Git): Promise<Pin[]> {
  const format = '--format=%x00%H %(trailers:key=Service,valueonly,separator=%x2C)';
  const log = await git('log', '--reverse', '--raw', '--no-abbrev', '-t', format);
  const commits = log.split('\0').slice(1);
  const folders = commits.map((text) => {
    const changes = text.split('\n').map((line) => CHANGE.exec(line)?.groups);
    return new Map(changes.map((change): [string, string] => [change?.path ?? '', change?.before ?? '']));
  });
  const hashes = commits.map((text) => text.slice(0, 40));
  return commits.flatMap((text, index) => {
    const id = text.slice(41).split('\n')[0] ?? '';
    if (id === '') return [];
    const end = folders.findIndex((changed, later) => later > index && changed.has(`apps/${id}`));
    const before = folders[index]?.get(`apps/${id}`) ?? '';
    const followers = hashes.slice(index + 1, end < 0 ? undefined : end);
    return [{ id, commit: hashes[index] ?? '', before: /^0*$/.test(before) ? null : before, followers }];
  });
}

describe.skipIf(!isThere)(`releases of ${isThere ? FOLDER : `${FOLDER}, which is not there`}`, () => {
  it('are pinned, promoted to preprod and released to prod, one after the other', async () => {
    const world = await World.begun();
    const replay = new Replay(world, (args, input = '') => world.run(args, { input }));
    for (const release of releases) {
      await replay.pin(release);
      const recipe = await world.ask('rev-parse', 'env/staging:apps');
      await world.ok('promote', 'staging', '--to', 'preprod');
      const released = await world.json('promote', 'preprod', '--to', 'prod', '--version', release.version);
      expect(released).toMatchObject({ changed: true, recipe, tag: release.version });
      recipes.set(release.version, recipe);
    }
    cpSync(world.remote, kept, { recursive: true });

    for (const [tag, recipe] of recipes) expect(await world.ask('rev-parse', `${tag}:apps`)).toBe(recipe);
    expect((await world.ask('tag', '--list')).split('\n')).toHaveLength(releases.length);
    const subjects = (await world.ask('log', '--format=%s', 'env/prod')).split('\n').slice(0, -1).reverse();
    expect(subjects).toEqual(releases.map(({ version }) => expect.stringContaining(`Release ${version}: `)));
    expect(await world.ask('for-each-ref', '--format=%(objecttype)', 'refs/tags')).toMatch(/^(?:tag\n?)+$/);
    for (const branch of ['env/staging', 'env/preprod', 'env/prod']) {
      expect(await world.ask('rev-list', '--min-parents=2', branch)).toBe('');
    }
    expect(await world.ask('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('are each undone, when they are the newest, by a bare git revert to exactly the tree before', async () => {
    const { world, checkout } = await cloned();
    const branches = ['env/staging', 'env/preprod', 'env/prod'].map((branch) => `origin/${branch}`);
    const reverted = revertEach(checkout, world.env, branches);
    expect(reverted.length).toBeGreaterThanOrEqual(releases.length * 2);
    for (const [commit, left, parent] of reverted) expect(`${commit} ${left}`).toBe(`${commit} ${parent}`);
  });

  it('leave every pin revertable ten deployments later: its folder changes, and nothing else', async () => {
    const { git } = await cloned();
    const checked: string[] = [];
    for (const { id, commit, before, followers } of await pins(git)) {
      const later = followers[9] ?? followers.at(-1);
      // Three pins of each service; first pins have a test of their own.
      if (before === null || later === undefined || checked.filter((other) => other === id).length >= 3) continue;
      checked.push(id);
      await git('checkout', '--quiet', '--detach', later);
      await git('revert', '--no-edit', commit);
      const touched = (await git('diff', '--name-only', 'HEAD~1', 'HEAD')).split('\n');
      expect(touched.filter((path) => !path.startsWith(`apps/${id}/`))).toEqual([]);
      expect(await git('rev-parse', `HEAD:apps/${id}`)).toBe(before);
    }
    expect(checked.length).toBeGreaterThan(0);
  });

  it("leave every first pin revertable until its service's next: its folder goes, and its line in the derived files", async () => {
    const { git } = await cloned();
    const broken: string[] = [];
    for (const { id, commit, before, followers } of await pins(git)) {
      const later = followers.at(-1);
      if (before !== null || later === undefined) continue;
      await git('checkout', '--quiet', '--force', '--detach', later);
      try {
        await git('revert', '--no-edit', commit);
      } catch {
        broken.push(`${id}: a conflict`);
        await git('revert', '--abort');
        continue;
      }
      const touched = (await git('diff', '--name-only', later, 'HEAD')).split('\n');
      const derived = touched.filter((path) => !path.startsWith(`apps/${id}/`));
      for (const path of derived) {
        expect(path).toMatch(/^environments\/[^/]+\/kustomization\.yaml$/);
        const lines = (await git('show', `${later}:${path}`)).split('\n').filter((line) => line !== `  - ${id}`);
        if ((await git('show', `HEAD:${path}`)) !== lines.join('\n')) broken.push(`${id}: ${path}`);
      }
      expect(await git('ls-tree', 'HEAD', `apps/${id}`)).toBe('');
    }
    expect(broken).toEqual([]);
  });

  it.skipIf(!hasKubectl())('build with plain kubectl kustomize, every object saying which build it is', async () => {
    const { checkout, git } = await cloned();
    // Some releases of the real thing give a key twice, which kubectl takes and kustomize does not.
    const readable = releases.filter(isReadable);
    const step = Math.max(1, Math.floor(readable.length / 4));
    for (const release of readable.filter((_, index) => index % step === 0)) {
      await git('checkout', '--quiet', '--detach', release.version);
      const built = execFileSync(KUBECTL, ['kustomize', join(checkout, 'environments/prod')], { encoding: 'utf8' });
      const objects = built.split(/^---$/m);
      expect(objects.every((object) => object.includes(`eleventh.dev/commit: ${release.commit}`))).toBe(true);
      for (const image of release.services.flatMap((id) => ownImages(release, id))) expect(built).toContain(image);
    }
  });
});
