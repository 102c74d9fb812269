import { commented, commentedYaml } from './commented-yaml.ts';
import type { Host, Surroundings } from './host.ts';
import { FORGE_VARIABLE, isManual, isOfPush, type Job, PIPELINE_VARIABLE, PIPELINES } from './job.ts';
import { KEY_VARIABLE, KNOWN_HOSTS_VARIABLE } from './script.ts';
import { DRAIN_VARIABLE, type ServiceStep } from './service-step.ts';

const FILE = '.buildkite/pipeline.yml';

/** Buildkite. https://buildkite.com/docs/pipelines/configure/defining-steps */
export const buildkite: Host = {
  name: 'buildkite',
  title: 'Buildkite',
  annotates: false,
  fetchesAll: true,
  digestLines: (variable) => [
    `# Said by the step that builds: buildkite-agent meta-data set ${variable.toLowerCase()} sha256:…`,
    `${variable}="$(buildkite-agent meta-data get ${variable.toLowerCase()})"`,
  ],
  notifyLines: (branch) => [
    '# The token may create builds (write_builds), and write nothing else. The pipeline has the name of the repository.',
    'notify() {',
    `  pipeline="$(basename "$ELEVENTH_REPO" .git)"`,
    `  api="\${BUILDKITE_API_URL:-https://api.buildkite.com}"`,
    `  printf 'header = "Authorization: Bearer %s"\\n' "$${DRAIN_VARIABLE}" |`,
    '    curl --config - --fail --silent --show-error --output /dev/null \\',
    `      --data '{"commit":"HEAD","branch":"${branch}","env":{"${PIPELINE_VARIABLE}":"drain"}}' \\`,
    '      "$api/v2/organizations/$BUILDKITE_ORGANIZATION_SLUG/pipelines/$pipeline/builds"',
    '}',
  ],
  files: (jobs, around) => {
    const heading = [
      around.heading,
      'Agents need Node 20.20 or later, npm, git, ssh and curl. Secrets of the cluster:',
      `  ${[KEY_VARIABLE.deploy, KEY_VARIABLE.read, KNOWN_HOSTS_VARIABLE, ...(jobs.some(({ usesForge }) => usesForge) ? [FORGE_VARIABLE] : [])].join(', ')}`,
      ...schedules(jobs),
    ].join('\n');
    const text = commentedYaml(heading, { steps: stepsOf(jobs, around) });
    return [{ path: FILE, pipeline: null, text }];
  },
  step: (step, around) => commentedYaml(stepHeading(around), { steps: [pinStep(step, around)] }),
};

function schedules(jobs: readonly Job[]): string[] {
  return PIPELINES.flatMap((pipeline) => {
    const [cron] = jobs.flatMap((job) => (job.pipeline === pipeline ? (job.when.schedule ?? []) : []));
    return cron === undefined ? [] : [`Schedule: ${cron} UTC, with ${PIPELINE_VARIABLE}=${pipeline}`];
  });
}

function stepsOf(jobs: readonly Job[], around: Surroundings): unknown[] {
  return jobs.map((job) =>
    commented(job.summary, {
      label: job.name,
      key: `eleventh-${job.name}`,
      if: condition(job),
      command: escaped(job.script),
      env: job.key === null ? undefined : environmentOf(around, '$BUILDKITE_REPO'),
      secrets: job.key === null ? undefined : secretsOf(job),
      concurrency: job.when.pullRequest === undefined ? 1 : undefined,
      concurrency_group: job.when.pullRequest === undefined ? `eleventh/${job.name}` : undefined,
      cache: job.keeps ?? undefined,
      artifact_paths: job.report ?? (job.keeps === null ? undefined : `${job.keeps}/*`),
      timeout_in_minutes: 60,
    }),
  );
}

function secretsOf({ key, usesForge }: Job): string[] {
  return [KEY_VARIABLE[key ?? 'read'], KNOWN_HOSTS_VARIABLE, ...(usesForge ? [FORGE_VARIABLE] : [])];
}

function condition(job: Job): string {
  const { when, name, pipeline } = job;
  const variable = `build.env("${PIPELINE_VARIABLE}")`;
  const onMain = 'build.branch == pipeline.default_branch';
  if (when.pullRequest !== undefined)
    return `build.pull_request.id != null && build.pull_request.base_branch == "${when.pullRequest}"`;
  if (isOfPush(job)) return `build.branch == "${when.push}" && build.pull_request.id == null`;
  if (isManual(job)) return `${onMain} && ${variable} == "${name}"`;
  const named = [...new Set([pipeline, name])].map((one) => `${variable} == "${one}"`);
  return `${onMain} && (${named.join(' || ')})`;
}

/** Returns a text in which Buildkite finds no variables of its own when it reads the pipeline: the shell sees them. */
function escaped(script: string): string {
  return script.replaceAll('$', '$$$$');
}

function environmentOf({ address, author }: Surroundings, own: string | undefined): Record<string, string> | undefined {
  const env = {
    ...(address !== null ? { ELEVENTH_REPO: address } : own !== undefined && { ELEVENTH_REPO: own }),
    ...(author !== null && { GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email }),
  };
  return Object.keys(env).length === 0 ? undefined : env;
}

function stepHeading({ heading, address }: Surroundings): string {
  const given =
    address === null ? '\nELEVENTH_REPO, the address of the deployment repository, comes from the agents.' : '';
  return `${heading}\nA step after the one that builds and pushes the image; that one has the key build here.${given}`;
}

function pinStep({ script, isNotifying }: ServiceStep, around: Surroundings): unknown {
  return {
    label: 'pin',
    depends_on: 'build',
    if: 'build.pull_request.id == null',
    command: escaped(script),
    env: environmentOf(around, undefined),
    secrets: [KEY_VARIABLE.deploy, KNOWN_HOSTS_VARIABLE, ...(isNotifying ? [DRAIN_VARIABLE] : [])],
  };
}
