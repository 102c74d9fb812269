import { commented, commentedYaml } from './commented-yaml.ts';
import type { Host, HostFile, Surroundings } from './host.ts';
import { FORGE_VARIABLE, isManual, type Job, PIPELINES, type Pipeline } from './job.ts';
import { KEY_VARIABLE, KNOWN_HOSTS_VARIABLE } from './script.ts';
import { DRAIN_VARIABLE, type ServiceStep } from './service-step.ts';

const FOLDER = '.github/workflows';
const RUNNER = 'ubuntu-24.04';
const NODE = { uses: 'actions/setup-node@v4', with: { 'node-version': '22' } };
/** How commits by a run's own token are named everywhere on GitHub. */
const BOT = {
  GIT_AUTHOR_NAME: 'github-actions[bot]',
  GIT_AUTHOR_EMAIL: '41898282+github-actions[bot]@users.noreply.github.com',
};

/** GitHub Actions. https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax */
export const github: Host = {
  name: 'github',
  title: 'GitHub Actions',
  annotates: true,
  fetchesAll: true,
  digestLines: () => [],
  notifyLines: (branch) => [
    '# The token may start workflows of the deployment repository (Actions: write), and write nothing.',
    'notify() {',
    `  project="$(printf '%s' "$ELEVENTH_REPO" | sed -E 's#^([a-z+]+://[^/]+/|[^/:]+:)##; s#\\.git$##')"`,
    `  printf 'header = "Authorization: Bearer %s"\\n' "$${DRAIN_VARIABLE}" |`,
    '    curl --config - --fail --silent --show-error --output /dev/null \\',
    `      --header 'Accept: application/vnd.github+json' --data '{"ref":"${branch}"}' \\`,
    '      "$GITHUB_API_URL/repos/$project/actions/workflows/eleventh-drain.yml/dispatches"',
    '}',
  ],
  files: (jobs, around) =>
    PIPELINES.flatMap((pipeline) => {
      const own = jobs.filter((job) => job.pipeline === pipeline);
      return own.length === 0 ? [] : [workflow(pipeline, own, around)];
    }),
  step: (step, around) => commentedYaml(stepHeading(around), { jobs: { pin: stepJob(step, around) } }),
};

function workflow(pipeline: Pipeline, jobs: readonly Job[], around: Surroundings): HostFile {
  const value = {
    name: `eleventh ${pipeline}`,
    on: triggers(jobs),
    permissions: { contents: 'read' },
    jobs: Object.fromEntries(jobs.map((job) => [job.name, commented(job.summary, jobOf(job, around))])),
  };
  const advice = 'Actions are named by version; to trust nobody later, pin them by commit: uses: owner/name@<sha> # v4';
  return {
    path: `${FOLDER}/eleventh-${pipeline}.yml`,
    pipeline,
    text: commentedYaml(`${around.heading}\n${advice}`, value),
  };
}

function triggers(jobs: readonly Job[]): Record<string, unknown> {
  const pushed = [...new Set(jobs.flatMap(({ when }) => when.push ?? []))];
  const [reviewed] = jobs.flatMap(({ when }) => when.pullRequest ?? []);
  const after = jobs.find(({ when }) => when.after !== undefined)?.when.after;
  const crons = [...new Set(jobs.flatMap(({ when }) => when.schedule ?? []))];
  const isOfPush = pushed.length > 0 || reviewed !== undefined;
  return {
    pull_request: reviewed === undefined ? undefined : { branches: [reviewed] },
    push: pushed.length === 0 ? undefined : { branches: pushed },
    workflow_run: after === undefined ? undefined : { workflows: [`eleventh ${after}`], types: ['completed'] },
    schedule: crons.length === 0 ? undefined : crons.map((cron) => ({ cron })),
    workflow_dispatch: isOfPush ? undefined : dispatch(jobs),
  };
}

/** Returns what somebody may say who starts a workflow of several jobs: which one. */
function dispatch(jobs: readonly Job[]): Record<string, unknown> {
  if (jobs.length === 1) return {};
  const options = [...(jobs.every(isManual) ? [] : ['all']), ...jobs.map(({ name }) => name)];
  const job = { description: 'Which job', type: 'choice', default: options[0], options };
  return { inputs: { job } };
}

function jobOf(job: Job, around: Surroundings): Record<string, unknown> {
  return {
    if: condition(job),
    'runs-on': RUNNER,
    'timeout-minutes': 60,
    concurrency:
      job.when.pullRequest === undefined
        ? commented('Never two at once; of those that wait, the last one stays.', {
            group: `eleventh-${job.name}`,
            'cancel-in-progress': false,
          })
        : undefined,
    permissions: job.usesForge
      ? { contents: 'read', 'pull-requests': 'write', statuses: 'read', checks: 'read' }
      : undefined,
    env: job.key === null ? undefined : environmentOf(job, around),
    steps: [
      ...(job.checkout === 'none' ? [] : [checkout(job)]),
      NODE,
      ...(job.keeps === null ? [] : [cache(job.keeps)]),
      { name: job.name, shell: 'sh', run: job.script },
      ...(job.keeps === null ? [] : [artifact(job.keeps)]),
    ],
  };
}

function condition({ when, name, ...job }: Job): string | undefined {
  const named = `inputs.job == '${name}'`;
  if (when.pullRequest !== undefined || job.pipeline === 'drain') return undefined;
  if (when.push !== undefined) return `github.ref == 'refs/heads/${when.push}'`;
  if (job.pipeline !== 'promote') return undefined;
  if (isManual({ when, name, ...job })) return named;
  return `github.event_name != 'workflow_dispatch' || inputs.job == 'all' || ${named}`;
}

function environmentOf({ key, usesForge }: Job, { address, author }: Surroundings): Record<string, string> {
  const variable = KEY_VARIABLE[key ?? 'read'];
  // The expression of another server would need its name: that is known from the address alone.
  const own = `git@github.com:${expression('github.repository')}.git`;
  return {
    ELEVENTH_REPO: address === null || address.startsWith('git@github.com:') ? own : address,
    [variable]: secret(variable),
    [KNOWN_HOSTS_VARIABLE]: variableOf(KNOWN_HOSTS_VARIABLE),
    ...(usesForge && { [FORGE_VARIABLE]: expression('github.token') }),
    ...(key === 'deploy' && (author === null ? BOT : { GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email })),
  };
}

function checkout({ checkout }: Pick<Job, 'checkout'>): Record<string, unknown> {
  return {
    uses: 'actions/checkout@v4',
    with: { 'fetch-depth': checkout === 'all' ? 0 : undefined, 'persist-credentials': false },
  };
}

function cache(folder: string): Record<string, unknown> {
  const key = `eleventh-${folder}-${expression('github.run_id')}`;
  return { uses: 'actions/cache@v4', with: { path: folder, key, 'restore-keys': `eleventh-${folder}-` } };
}

function artifact(folder: string): Record<string, unknown> {
  return { uses: 'actions/upload-artifact@v4', with: { name: folder, path: folder } };
}

function stepHeading({ heading }: Surroundings): string {
  return `${heading}\nA job beside the one that builds and pushes the image; that one is called build here.`;
}

function stepJob({ digests, isNotifying, script }: ServiceStep, { address, author }: Surroundings): unknown {
  const outputs = digests.map((name) => [name, expression(`needs.build.outputs.${name.toLowerCase()}`)]);
  const env = {
    ELEVENTH_REPO: address ?? variableOf('ELEVENTH_REPO'),
    [KEY_VARIABLE.deploy]: secret(KEY_VARIABLE.deploy),
    [KNOWN_HOSTS_VARIABLE]: variableOf(KNOWN_HOSTS_VARIABLE),
    ...(isNotifying && { [DRAIN_VARIABLE]: secret(DRAIN_VARIABLE) }),
    ...(author !== null && { GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email }),
    ...Object.fromEntries(outputs),
  };
  const all = { uses: 'actions/checkout@v4', with: { 'fetch-depth': 0, 'persist-credentials': false } };
  return {
    needs: 'build',
    if: "github.event_name == 'push'",
    'runs-on': RUNNER,
    permissions: { contents: 'read' },
    env,
    steps: [
      commented('With all commits: those since the build before become release notes.', all),
      NODE,
      { name: 'pin', shell: 'sh', run: script },
    ],
  };
}

function secret(name: string): string {
  return expression(`secrets.${name}`);
}

function variableOf(name: string): string {
  return expression(`vars.${name}`);
}

function expression(text: string): string {
  return `\${{ ${text} }}`;
}
