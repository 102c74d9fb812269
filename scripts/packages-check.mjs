// Makes the npm packages and uses them as somebody does who has nothing of this repository: their manifests are linted, they
// are installed into empty folders, their types are resolved in both ways that there are, and the command runs.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = join(import.meta.dirname, '..');
/** Bytes that the command may take with all that it depends on. */
const MOST = 15_000_000;
const work = mkdtempSync(join(tmpdir(), 'eleventh-packages-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));
const problems = [];

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Installs tarballs into a new folder and returns it. */
function installed(name, tarballs) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"name": "somebody", "private": true, "type": "module"}\n');
  // What a plugin is a plugin of is not asked for here.
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps'];
  run('npm', ['install', ...options, ...tarballs], folder);
  return folder;
}

function filesBelow(folder) {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, path));
  return paths.filter((path) => statSync(path).isFile());
}

const place = join(work, 'packages');
process.stdout.write(run(process.execPath, [join(root, 'scripts/pack.mjs'), place], root));
const tarballs = readdirSync(place).map((name) => join(place, name));

for (const tarball of tarballs) {
  const { messages, pkg } = await publint({ pack: { tarball: readFileSync(tarball) }, strict: true });
  for (const message of messages) problems.push(`${tarball}: ${formatMessage(message, pkg)}`);
}

const command = installed('command', [tarballs.find((path) => path.includes('eleventh-cli'))]);
const bytes = filesBelow(join(command, 'node_modules')).reduce((sum, path) => sum + statSync(path).size, 0);
console.log(`@eleventh/cli with all that it depends on: ${(bytes / 1e6).toFixed(1)} MB installed`);
if (bytes > MOST) problems.push(`The command takes ${bytes} bytes with all that it depends on, and may take ${MOST}.`);
run('npx', ['--no-install', 'eleventh', 'init', 'deployment'], command);
const status = run('npx', ['--no-install', 'eleventh', 'status', '--repo', 'deployment'], command);
if (!status.includes('staging')) problems.push(`The installed command says of a new workspace: ${status}`);

const libraries = installed('libraries', tarballs);
const names = readdirSync(join(libraries, 'node_modules/@eleventh'));
for (const file of names.flatMap((name) => filesBelow(join(libraries, 'node_modules/@eleventh', name)))) {
  if (/\.(test|fixture)\.|\.map$|\.cache$/.test(file)) problems.push(`${file} is of no use to anybody.`);
  else if (/\.([cm]?js|ts|json)$/.test(file) && readFileSync(file, 'utf8').includes(root))
    problems.push(`${file} names a folder of the machine that made it.`);
}
// The peer that a plugin's user has anyway.
symlinkSync(join(root, 'node_modules/nx'), join(libraries, 'node_modules/nx'));
const types = names.filter((name) => name !== 'cli').map((name) => `import '@eleventh/${name}';\n`);
writeFileSync(join(libraries, 'all.ts'), types.join(''));
for (const [module, resolution] of [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
]) {
  const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2023', '--noEmit', '--strict'];
  const own = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), '--noUncheckedSideEffectImports'];
  try {
    run(join(root, 'node_modules/.bin/tsc'), [...options, ...own, 'all.ts'], libraries);
  } catch (error) {
    // What others ship is theirs.
    const ours = error.stdout.split('\n').filter((line) => /^(all\.ts|node_modules\/@eleventh\/)/.test(line));
    problems.push(...ours.map((line) => `${resolution}: ${line}`));
  }
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`packages: ${tarballs.length} can be installed and imported`);
