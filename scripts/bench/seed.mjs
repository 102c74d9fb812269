// What the command line itself writes for one service, taken apart into templates for any number of them.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hermetic } from './processes.mjs';

const BIN = new URL('../../tools/cli/bin/eleventh.cjs', import.meta.url).pathname;
const REGISTRY = 'registry.example.com';
const SOURCES = 'https://git.example.com';

/** From so many services on, a hundred of them stand in a group. */
const GROUPS_FROM = 1000;

/** Returns a service of so many: `g07/svc0712`, or `svc0007` where there are no groups. */
export function serviceId(number, services) {
  const name = `svc${String(number).padStart(4, '0')}`;
  return services >= GROUPS_FROM ? `g${String(Math.floor(number / 100)).padStart(2, '0')}/${name}` : name;
}

/** Returns the n-th build of a service: what its CI knows of it. Every one is newer than the one before, by version and time. */
export function buildOf(id, count) {
  const name = id.slice(id.indexOf('/') + 1);
  const commit = createHash('sha1').update(`${id} ${count}`).digest('hex');
  return {
    id,
    commit,
    version: `1.${count}.0`,
    built: new Date(Date.UTC(2020, 0, 1) + count * 60_000).toISOString().replace('.000Z', 'Z'),
    source: `${SOURCES}/${name}`,
    image: `${REGISTRY}/${name}`,
    digest: `sha256:${createHash('sha256').update(commit).digest('hex')}`,
  };
}

/** Returns the arguments with which CI pins a build. */
export function pinArguments({ id, commit, version, built, source, image, digest }) {
  const facts = { commit, version, built, source, branch: 'main', image: `${image}@${digest}` };
  return ['pin', id, ...Object.entries(facts).flatMap(([name, value]) => [`--${name}`, value])];
}

/**
 * Returns the templates for so many services: `files(ids)` are the files of `main` as path → text, and `pin(build)` is
 * the text of the pin of a build.
 */
export function readSeed(services) {
  const folder = mkdtempSync(join(tmpdir(), 'eleventh-bench-seed-'));
  try {
    const env = { ...hermetic(folder), ELEVENTH_REPO: join(folder, 'seed.git') };
    const run = (command, args) => execFileSync(command, args, { cwd: folder, env, encoding: 'utf8' });
    const eleventh = (...args) => run(process.execPath, [BIN, ...args]);
    const show = (name) => run('git', ['-C', 'seed.git', 'cat-file', 'blob', name]);
    const first = buildOf(serviceId(0, services), 0);
    run('git', ['init', '--quiet', '--bare', '--initial-branch=main', 'seed.git']);
    eleventh('init', 'bench', '--remote', 'seed.git');
    eleventh('service', 'add', first.id, '--image', first.image, '--source', first.source, '--owner', 'team-bench');
    eleventh(...pinArguments(first));
    const paths = run('git', ['-C', 'seed.git', 'ls-tree', '-r', '--name-only', 'main']).trim().split('\n');
    const files = new Map(paths.map((path) => [path, show(`main:${path}`)]));
    const pin = show(`env/staging:apps/${first.id}/kustomization.yaml`);
    return { files: (ids) => expand(files, first.id, ids), pin: (build) => rename(pin, first, build) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Repeats what names the first service, file or part of a derived list, for every service. */
function expand(files, first, ids) {
  const part = new RegExp(`^ *# ${first}\n[\\s\\S]*? *# end of ${first}\n`, 'm');
  const all = new Map();
  for (const [path, text] of files) {
    const repeated = part.exec(text)?.[0];
    if (repeated !== undefined)
      all.set(
        path,
        text.replace(repeated, () => ids.map((id) => named(repeated, first, id)).join('')),
      );
    else if (!path.includes(first)) all.set(path, text);
    else for (const id of ids) all.set(named(path, first, id), named(text, first, id));
  }
  return all;
}

function named(text, first, id) {
  const name = (of) => of.slice(of.indexOf('/') + 1);
  return text.replaceAll(first, id).replaceAll(name(first), name(id));
}

function rename(pin, first, build) {
  return ['commit', 'digest', 'built', 'version', 'source', 'image'].reduce(
    (text, fact) => text.replaceAll(first[fact], build[fact]),
    pin,
  );
}
