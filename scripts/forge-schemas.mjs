// Makes the test fixtures that say what GitHub's API may be asked and may answer, out of the description that GitHub publishes:
// of the operations that we use everything but prose. `--check` fails when a fixture is not what this makes.
// What GitLab publishes is under a licence that asks the same of what is made from it (CC BY-SA 4.0): its fixture is written by hand.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = '@octokit/openapi@23.0.2';
const FILE = 'package/generated/api.github.com.json';
const FIXTURE = join(import.meta.dirname, '../tools/forge/test/descriptions/github.json');
const REPOSITORY = '/repos/{owner}/{repo}';
const OPERATIONS = [
  ['/meta', 'get'],
  ['/users/{username}', 'get'],
  ['/orgs/{org}/teams/{team_slug}', 'get'],
  [REPOSITORY, 'get', 'patch'],
  [`${REPOSITORY}/pulls`, 'get', 'post'],
  [`${REPOSITORY}/pulls/{pull_number}`, 'get', 'patch'],
  [`${REPOSITORY}/pulls/{pull_number}/reviews`, 'get'],
  [`${REPOSITORY}/pulls/{pull_number}/requested_reviewers`, 'post'],
  [`${REPOSITORY}/issues/{issue_number}/labels`, 'post'],
  [`${REPOSITORY}/issues/{issue_number}/comments`, 'post'],
  [`${REPOSITORY}/commits/{ref}/check-runs`, 'get'],
  [`${REPOSITORY}/commits/{ref}/status`, 'get'],
  [`${REPOSITORY}/collaborators/{username}/permission`, 'get'],
  [`${REPOSITORY}/rulesets`, 'get', 'post'],
  [`${REPOSITORY}/rulesets/{ruleset_id}`, 'get', 'put'],
];
/** What says nothing of the form. */
const PROSE = new Set([
  'description',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'tags',
  'title',
  'default',
  'deprecated',
]);

/** Returns a schema, a parameter or an operation without what says nothing of the form. */
function bare(value, isNames = false) {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => isNames || !(PROSE.has(name) || name.startsWith('x-')));
  // What stands below these are names that somebody chose, `title` and `description` among them.
  return Object.fromEntries(
    kept.map(([name, inner]) => [name, bare(inner, !isNames && ['properties', 'schemas'].includes(name))]),
  );
}

/** Returns every reference in a value. */
function references(value) {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === '$ref' ? [inner] : references(inner)));
}

function trimmed(description) {
  const paths = {};
  for (const [path, ...methods] of OPERATIONS) {
    const item = description.paths[path];
    const operations = methods.map((method) => [method, bare(item[method])]);
    paths[path] = Object.fromEntries(operations);
  }
  const components = {};
  const waiting = references(paths);
  for (let reference = waiting.pop(); reference !== undefined; reference = waiting.pop()) {
    const [, , kind, name] = reference.split('/');
    components[kind] ??= {};
    if (name in components[kind]) continue;
    components[kind][name] = bare(description.components[kind][name]);
    waiting.push(...references(components[kind][name]));
  }
  const sorted = Object.entries(components).map(([kind, of]) => [
    kind,
    Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1))),
  ]);
  return {
    openapi: description.openapi,
    info: {
      title: description.info.title,
      version: description.info.version,
      license: description.info.license,
      'x-source': `github/rest-api-description, as ${SOURCE} publishes it; made by scripts/forge-schemas.mjs`,
    },
    paths,
    components: Object.fromEntries(sorted),
  };
}

const work = mkdtempSync(join(tmpdir(), 'eleventh-schemas-'));
try {
  execFileSync('npm', ['pack', '--silent', SOURCE], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('sh', ['-c', `tar -xzf ./*.tgz ${FILE}`], { cwd: work });
  const text = `${JSON.stringify(trimmed(JSON.parse(readFileSync(join(work, FILE), 'utf8'))))}\n`;
  if (!process.argv.includes('--check')) writeFileSync(FIXTURE, text);
  else if (readFileSync(FIXTURE, 'utf8') !== text) {
    console.error(`${FIXTURE} is not current: node scripts/forge-schemas.mjs`);
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
