// Fails, naming file and import, when a package imports what its layer may not. The packages, their tags and their
// declared dependencies come from the Nx project graph; the imports from the sources, tests included.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { createProjectGraphAsync, workspaceRoot } from '@nx/devkit';

/** What each layer may import: other layers, libraries, and whether Node's own modules. A new layer needs a row. */
const LAYERS = {
  'scope:core': {
    layers: [],
    libraries: ['@marcbachmann/cel-js', 'rrule-temporal', 'semver', 'valibot', 'yaml'],
    node: false,
  },
  'scope:git': { layers: ['scope:core'], libraries: ['simple-git'], node: true },
  'scope:kubernetes': { layers: ['scope:core'], libraries: ['yaml'], node: true },
  // What its targets run is the command line, which it does not import.
  'scope:nx': { layers: ['scope:core'], libraries: ['@nx/devkit'], node: true },
  'scope:cli': {
    layers: ['scope:core', 'scope:git', 'scope:kubernetes'],
    libraries: ['commander', 'picocolors', 'yaml', 'zx'],
    node: true,
  },
};
/** Folders that know nothing of another one of their package: what judges a history must not be what makes it. */
const APART = [['tools/core/src/verify/', 'tools/core/src/plans/']];
const TEST_LIBRARIES = ['ajv', 'fast-check', 'vitest', 'yaml'];

const STATIC = /(?:^|;)\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** Returns every module that a source text imports, types included. */
function importsOf(text) {
  return [STATIC, DYNAMIC].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]));
}

/** Returns the paths of a package's TypeScript files. */
function sourcesOf(root) {
  const folders = ['src', 'test'].map((name) => join(workspaceRoot, root, name)).filter((folder) => existsSync(folder));
  const paths = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((path) => join(folder, path)));
  return paths.filter((path) => path.endsWith('.ts'));
}

/** Returns why a file of a package may not import a module, or undefined when it may. */
function objection(file, specifier, project, scopeOf) {
  const rule = LAYERS[project.scope];
  const isTest = file.endsWith('.test.ts') || file.startsWith(join(workspaceRoot, project.root, 'test') + sep);
  if (specifier.startsWith('.')) {
    const inside = resolve(file, '..', specifier).startsWith(resolve(workspaceRoot, project.root) + sep);
    if (!inside) return 'it leaves its package';
    const [here, there] = [file, resolve(file, '..', specifier)].map((path) => relative(workspaceRoot, path));
    const isBetween = ([from, to]) => here.startsWith(from) && there.startsWith(to);
    return APART.some(isBetween) ? 'its folder is kept apart from that one' : undefined;
  }
  if (specifier.startsWith('node:')) return rule.node || isTest ? undefined : 'it runs without Node';
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const scope = scopeOf.get(name);
  if (scope !== undefined) return rule.layers.includes(scope) ? undefined : `${scope} is not below it`;
  if (rule.libraries.includes(name) || (isTest && TEST_LIBRARIES.includes(name))) return undefined;
  return 'the library is not one of its own';
}

const graph = await createProjectGraphAsync({ exitOnError: true });
const projects = Object.values(graph.nodes)
  .filter((node) => node.data.root !== '.')
  .map(({ name, data }) => ({ name, root: data.root, scope: data.tags?.find((tag) => tag.startsWith('scope:')) }));
const scopeOf = new Map(projects.map(({ name, scope }) => [name, scope]));
const problems = [];
for (const project of projects) {
  const rule = LAYERS[project.scope];
  if (rule === undefined) {
    problems.push(`${project.root}/package.json has no scope tag that scripts/boundaries.mjs knows`);
    continue;
  }
  for (const { target } of graph.dependencies[project.name] ?? []) {
    const scope = scopeOf.get(target);
    const fine = scope === undefined || rule.layers.includes(scope);
    if (!fine) problems.push(`${project.root}/package.json depends on ${target}: ${scope} is not below it`);
  }
  for (const file of sourcesOf(project.root)) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      const why = objection(file, specifier, project, scopeOf);
      if (why !== undefined) problems.push(`${relative(workspaceRoot, file)} imports '${specifier}': ${why}`);
    }
  }
}
for (const problem of problems) console.error(`boundaries: ${problem}`);
if (problems.length === 0) console.log(`boundaries: ${projects.length} packages keep to their layers`);
process.exit(problems.length === 0 ? 0 : 1);
