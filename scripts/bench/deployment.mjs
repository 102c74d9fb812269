// Makes a deployment repository of any size by one `git fast-import` stream, as the command line would have laid it out:
// `main` with all services, three environments, a pin per commit on staging, and every hundred of them released.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { folderIds, objectId, Tree, treeId } from './objects.mjs';
import { hermetic, mustRun } from './processes.mjs';
import { buildOf, serviceId } from './seed.mjs';

/** So many deployments to staging go on to preprod and prod together. */
const DEPLOYMENTS_PER_RELEASE = 100;
/** What a deployment repository's host allows: fetching single objects, and pushing over HTTP. No collection of garbage in between. */
const CONFIG = {
  'uploadpack.allowFilter': 'true',
  'http.receivepack': 'true',
  'gc.auto': '0',
  'receive.autogc': 'false',
};

/**
 * Makes the bare repository at `folder`; throws when Git's ids are not the ones that its messages name. With `isProven`
 * its history is what `verify` takes for right: every service came by a pin of its own, with what is derived in step.
 */
export async function makeDeploymentRepository(folder, { services, deployments, isProven = false }, seed) {
  const options = { env: hermetic(folder) };
  await mustRun(['git', 'init', '--quiet', '--bare', '--initial-branch=main', folder], options);
  const stream = new DeploymentStream(seed, services, isProven);
  const git = spawn('git', ['-C', folder, 'fast-import', '--quiet', '--done'], {
    ...options,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(git, 'close');
  await pipeline(Readable.from(stream.write(deployments)), git.stdin);
  const [exitCode] = await ended;
  if (exitCode !== 0) throw new Error(`git fast-import ended with ${exitCode}`);
  for (const [branch, wanted] of stream.heads) {
    const { stdout } = await mustRun(['git', '-C', folder, 'rev-parse', branch], options);
    if (stdout.trim() !== wanted) throw new Error(`${branch} is ${stdout.trim()}, and should be ${wanted}`);
  }
  // A host packs again from time to time. What fast-import packed grows slower to read with the history, for plain git too.
  for (const tidy of ['pack-refs --all', 'repack -a -d -f --quiet', 'commit-graph write --reachable --no-progress'])
    await mustRun(['git', '-C', folder, ...tidy.split(' ')], options);
  // The log of each branch, written by the server itself, counts the accepted updates.
  for (const [key, value] of Object.entries({ ...CONFIG, 'core.logAllRefUpdates': 'true' }))
    await mustRun(['git', '-C', folder, 'config', key, value], options);
}

class DeploymentStream {
  /** The newest commit of each branch. */
  heads = new Map();
  #seed;
  #ids;
  /** What each environment runs: the build of each service, as its number. */
  #running = { staging: new Map(), preprod: new Map(), prod: new Map() };
  #main = '';
  #folders;
  /** Trees of the environment branches: that of every service and group, of `apps/`, and the whole. */
  #trees;
  #time = Date.UTC(2020, 0, 1) / 1000;
  #releases = 0;
  #isProven;

  constructor(seed, services, isProven) {
    this.#isProven = isProven;
    this.#seed = seed;
    this.#ids = Array.from({ length: services }, (_, number) => serviceId(number, services));
  }

  async *write(deployments) {
    yield* this.#begin();
    for (let count = 1; count <= deployments; count += 1) {
      yield this.#pin(this.#ids[(count - 1) % this.#ids.length]);
      if (count % DEPLOYMENTS_PER_RELEASE === 0) yield* this.#release();
    }
    yield 'done\n';
  }

  /** `main`, the root of each environment, and the first recipe everywhere. */
  *#begin() {
    const files = this.#seed.files(this.#ids);
    this.#folders = folderIds(files);
    yield this.#commit('main', `Add ${this.#ids.length} services\n`, this.#folders.get(''));
    for (const [path, text] of files) yield `M 100644 inline ${path}\n${data(text)}`;
    this.#main = this.heads.get('main');

    if (this.#isProven) yield* this.#pinOneByOne(files);
    else yield* this.#pinAtOnce(files);
    yield* this.#release();
  }

  /** A root for each environment, then every service at once: fast to make, though nothing would write it so. */
  *#pinAtOnce(files) {
    const outside = [...files.keys()].filter((path) => !path.startsWith('apps/'));
    const shared = [...new Set(outside.map((path) => path.split('/')[0]))];
    const rootEntries = shared.map((name) =>
      files.has(name)
        ? { name, mode: '100644', id: objectId('blob', files.get(name)) }
        : { name, mode: '40000', id: this.#folders.get(name) },
    );
    const lines = rootEntries.map(({ name, mode, id }) => `M ${mode.padStart(6, '0')} ${id} ${name}\n`).join('');
    const empty = treeId([]);
    for (const name of Object.keys(this.#running)) {
      const message = this.#message(`Start env/${name} from main ${this.#main.slice(0, 7)}`, [], empty);
      yield this.#commit(`env/${name}`, message, treeId(rootEntries)) + lines;
    }

    // A first build of every service at once: a repository with few deployments has all of its services too.
    const first = this.#ids.map((id) => [id, this.#seed.pin(buildOf(id, 0))]);
    this.#plant(first, rootEntries);
    const apps = this.#trees.apps.id;
    yield this.#commit(
      'env/staging',
      this.#message(`Update staging to main ${this.#main.slice(0, 7)}`, [], apps),
      this.#trees.root.id,
    );
    for (const [id, text] of first) {
      yield `M 100644 inline apps/${id}/kustomization.yaml\n${data(text)}`;
      yield `M 040000 ${this.#folders.get(`apps/${id}/manifests`)} apps/${id}/manifests\n`;
      this.#running.staging.set(id, 0);
    }
  }

  /** A root for each environment that lists nothing, then a pin for each service that lists it in every environment. */
  *#pinOneByOne(files) {
    const derived = new Map();
    for (const name of Object.keys(this.#running)) {
      const path = `environments/${name}/kustomization.yaml`;
      derived.set(path, files.get(path).replace(/^ {2}- .*\n/gm, ''));
    }
    const shared = [...new Set([...files.keys()].map((path) => path.split('/')[0]))].filter((name) => name !== 'apps');
    const empty = treeId([]);
    for (const name of Object.keys(this.#running)) {
      const message = this.#message(`Start env/${name} from main ${this.#main.slice(0, 7)}`, [], empty);
      const root = this.#rootEntries(files, shared, derived);
      yield this.#commit(`env/${name}`, message, treeId(root));
      for (const { name: entry, mode, id } of this.#rootEntries(files, shared, new Map()))
        yield `M ${mode.padStart(6, '0')} ${id} ${entry}\n`;
      for (const [path, text] of derived) yield `M 100644 inline ${path}\n${data(text)}`;
    }
    const pinned = [];
    for (const id of this.#ids) {
      const build = buildOf(id, 0);
      pinned.push([id, this.#seed.pin(build)]);
      for (const [path, text] of derived) derived.set(path, text.replace(`\n  # ${id}\n`, `\n  # ${id}\n  - ${id}\n`));
      this.#plant(pinned, this.#rootEntries(files, shared, derived));
      const trailers = this.#pinTrailers(build);
      const message = this.#message(`Pin ${id} ${label(build)}`, trailers, this.#trees.apps.id);
      yield this.#commit('env/staging', message, this.#trees.root.id);
      yield `M 100644 inline apps/${id}/kustomization.yaml\n${data(pinned.at(-1)[1])}`;
      yield `M 040000 ${this.#folders.get(`apps/${id}/manifests`)} apps/${id}/manifests\n`;
      for (const [path, text] of derived) yield `M 100644 inline ${path}\n${data(text)}`;
      this.#running.staging.set(id, 0);
    }
  }

  /** The entries of a root without `apps/`, with some files of environments replaced. */
  #rootEntries(files, shared, replaced) {
    const entryOf = (path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      if (files.has(path)) return { name, mode: '100644', id: objectId('blob', replaced.get(path) ?? files.get(path)) };
      if (![...replaced.keys()].some((file) => file.startsWith(`${path}/`)))
        return { name, mode: '40000', id: this.#folders.get(path) };
      const inside = new Set(
        [...files.keys(), ...this.#folders.keys()].flatMap((each) =>
          each.startsWith(`${path}/`) ? each.slice(path.length + 1).split('/')[0] : [],
        ),
      );
      return { name, mode: '40000', id: treeId([...inside].map((each) => entryOf(`${path}/${each}`))) };
    };
    return shared.map(entryOf);
  }

  #plant(pins, rootEntries) {
    const services = new Map();
    const groups = new Map();
    for (const [id, text] of pins) {
      const tree = new Tree([
        { name: 'kustomization.yaml', mode: '100644', id: objectId('blob', text) },
        { name: 'manifests', mode: '40000', id: this.#folders.get(`apps/${id}/manifests`) },
      ]);
      services.set(id, tree);
      const [name, group = ''] = id.split('/').reverse();
      groups.set(group, [...(groups.get(group) ?? []), { name, mode: '40000', id: tree.id }]);
    }
    const groupTrees = new Map([...groups].map(([group, entries]) => [group, new Tree(entries)]));
    const groupEntries = [...groupTrees].map(([name, tree]) => ({ name, mode: '40000', id: tree.id }));
    const apps = groupTrees.get('') ?? new Tree(groupEntries);
    const root = new Tree([...rootEntries, { name: 'apps', mode: '40000', id: apps.id }]);
    this.#trees = { services, groups: groupTrees, apps, root };
  }

  /** The next build of a service on staging, as one commit. */
  #pin(id) {
    const before = this.#running.staging.get(id);
    const build = buildOf(id, before + 1);
    const text = this.#seed.pin(build);
    const { services, groups, apps, root } = this.#trees;
    const [name, group] = id.split('/').reverse();
    services.get(id).set('kustomization.yaml', objectId('blob', text));
    if (group !== undefined) groups.get(group).set(name, services.get(id).id);
    apps.set(group ?? name, (group === undefined ? services.get(id) : groups.get(group)).id);
    root.set('apps', apps.id);
    this.#running.staging.set(id, before + 1);
    const trailers = [...this.#pinTrailers(build), `Replaces: ${buildOf(id, before).commit}`];
    const message = this.#message(`Pin ${id} ${label(build)}`, trailers, apps.id);
    return `${this.#commit('env/staging', message, root.id)}M 100644 inline apps/${id}/kustomization.yaml\n${data(text)}`;
  }

  #pinTrailers({ id, commit, version, image, digest }) {
    return [
      `Service: ${id}`,
      `Commit: ${commit}`,
      'Branch: main',
      `Version: ${version}`,
      `Image: ${image}:${commit}@${digest}`,
    ];
  }

  /** What staging runs, in preprod, and in prod with a tag. */
  *#release() {
    const apps = this.#trees.apps.id;
    const root = this.#trees.root.id;
    const version = `v1.${this.#releases}.0`;
    this.#releases += 1;
    const changes = this.#changesTo('preprod');
    const body = changes.join('\n');
    const subject = { preprod: 'Promote staging', prod: `Release ${version}: preprod` };
    for (const [from, to] of [
      ['staging', 'preprod'],
      ['preprod', 'prod'],
    ]) {
      const source = this.heads.get(`env/${from}`);
      const trailers = [`Promoted-From: ${source}`, ...(to === 'prod' ? [`Release: ${version}`] : [])];
      const message = this.#message(`${subject[to]} ${source.slice(0, 7)} to ${to}`, trailers, apps, body);
      yield `${this.#commit(`env/${to}`, message, root)}M 040000 ${root} ""\n`;
      this.#running[to] = new Map(this.#running.staging);
    }
    const notes = `${[version, `Recipe ${apps} in prod`, ...changes].join('\n\n')}\n`;
    yield `tag ${version}\nfrom refs/heads/env/prod\ntagger ${this.#person()}\n${data(notes)}`;
  }

  #changesTo(environment) {
    const running = this.#running[environment];
    const changed = this.#ids.filter((id) => running.get(id) !== this.#running.staging.get(id));
    return changed.map((id) => {
      const now = label(buildOf(id, this.#running.staging.get(id)));
      return running.has(id) ? `${id}: ${label(buildOf(id, running.get(id)))} -> ${now}` : `${id}: added at ${now}`;
    });
  }

  #message(subject, trailers, recipe, body = '') {
    const workspace = [`Workspace: ${this.#main}`, `Policy: ${this.#main}`, `Recipe: ${recipe}`];
    return `${[subject, body, [...trailers, ...workspace].join('\n')].filter((part) => part !== '').join('\n\n')}\n`;
  }

  /** Begins a commit whose tree will be `tree`, and remembers its id. */
  #commit(branch, message, tree) {
    this.#time += 60;
    const parent = this.heads.get(branch);
    const people = `author ${this.#person()}\ncommitter ${this.#person()}\n`;
    const content = `tree ${tree}\n${parent === undefined ? '' : `parent ${parent}\n`}${people}\n${message}`;
    this.heads.set(branch, objectId('commit', content));
    return `commit refs/heads/${branch}\n${people}${data(message)}`;
  }

  #person() {
    return `Bench <bench@example.com> ${this.#time} +0000`;
  }
}

function label({ version, commit }) {
  return `${version} (${commit.slice(0, 7)})`;
}

function data(text) {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
