import { commented, commentedYaml } from './commented-yaml.ts';
import type { Host, HostFile, Surroundings } from './host.ts';
import { FORGE_VARIABLE, isManual, isOfPush, type Job, PIPELINE_VARIABLE, PIPELINES, type Pipeline } from './job.ts';
import { KEY_VARIABLE, KNOWN_HOSTS_VARIABLE } from './script.ts';
import { DRAIN_VARIABLE, type ServiceStep } from './service-step.ts';

const FOLDER = '.gitlab/ci';
/** It has git, ssh and curl, too. */
const IMAGE = 'node:22';
const OWN_ADDRESS = 'ssh://git@$CI_SERVER_SHELL_SSH_HOST:$CI_SERVER_SHELL_SSH_PORT/$CI_PROJECT_PATH.git';
/** Stages that every pipeline has: what runs in the same one starts together. */
const STAGE: Readonly<Record<Pipeline, string>> = {
  check: 'test',
  test: 'test',
  drain: 'deploy',
  promote: 'deploy',
  release: 'deploy',
  verify: 'test',
};

/** GitLab CI/CD. https://docs.gitlab.com/ci/yaml/ */
export const gitlab: Host = {
  name: 'gitlab',
  title: 'GitLab CI/CD',
  annotates: false,
  fetchesAll: true,
  digestLines: () => [],
  notifyLines: (branch) => [
    '# The token starts pipelines of the deployment repository, and writes nothing.',
    'notify() {',
    `  project="$(printf '%s' "$ELEVENTH_REPO" | sed -E 's#^([a-z+]+://[^/]+/|[^/:]+:)##; s#\\.git$##; s#/#%2F#g')"`,
    `  printf '%s' "$${DRAIN_VARIABLE}" |`,
    '    curl --fail --silent --show-error --output /dev/null \\',
    `      --form 'token=<-' --form 'ref=${branch}' --form 'variables[${PIPELINE_VARIABLE}]=drain' \\`,
    '      "$CI_API_V4_URL/projects/$project/trigger/pipeline"',
    '}',
  ],
  files: (jobs, around) => [
    root(
      around,
      jobs.some(({ usesForge }) => usesForge),
    ),
    ...PIPELINES.flatMap((pipeline) => {
      const own = jobs.filter((job) => job.pipeline === pipeline);
      return own.length === 0 ? [] : [pipelineFile(pipeline, own, around)];
    }),
  ],
  step: (step, around) => commentedYaml(stepHeading(step, around), { pin: stepJob(step, around) }),
};

function root({ heading }: Surroundings, usesForge: boolean): HostFile {
  const advice = [
    'CI/CD variables, all protected, so that only protected branches get them:',
    `  ${KEY_VARIABLE.deploy}  a key that may write (type: File)`,
    `  ${KEY_VARIABLE.read}    a key that may only read (type: File)`,
    `  ${KNOWN_HOSTS_VARIABLE} what ssh-keyscan says of this server, compared with what its people publish (type: File)`,
    ...(usesForge ? [`  ${FORGE_VARIABLE} a token with the scope api, for merge requests`] : []),
    `Schedules on the default branch, each with the variable ${PIPELINE_VARIABLE}: see the files.`,
  ].join('\n');
  const include = [{ local: `/${FOLDER}/*.yml` }];
  return { path: '.gitlab-ci.yml', pipeline: null, text: commentedYaml(`${heading}\n${advice}`, { include }) };
}

function pipelineFile(pipeline: Pipeline, jobs: readonly Job[], around: Surroundings): HostFile {
  const crons = [...new Set(jobs.flatMap(({ when }) => when.schedule ?? []))];
  const asked = crons.map((cron) => `\nSchedule: ${cron}, with ${PIPELINE_VARIABLE} = ${pipeline}`).join('');
  const entries = jobs.map((job) => [`eleventh-${job.name}`, commented(job.summary, jobOf(job, around))]);
  const text = commentedYaml(`${around.heading}${asked}`, Object.fromEntries(entries));
  return { path: `${FOLDER}/eleventh-${pipeline}.yml`, pipeline, text };
}

function jobOf(job: Job, around: Surroundings): Record<string, unknown> {
  return {
    stage: STAGE[job.pipeline],
    image: IMAGE,
    rules: rules(job),
    resource_group:
      job.when.pullRequest === undefined ? commented('Never two at once.', `eleventh-${job.name}`) : undefined,
    interruptible: job.when.pullRequest === undefined ? false : undefined,
    variables: variables(job, around),
    cache: job.keeps === null ? undefined : { key: `eleventh-${job.keeps}`, paths: [job.keeps] },
    script: [job.script],
    artifacts: artifacts(job),
  };
}

function rules(job: Job): unknown[] {
  const { when, name, pipeline } = job;
  const onMain = '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH';
  const named = (isManual(job) ? [name] : [...new Set([pipeline, name])]).map(
    (one) => `$${PIPELINE_VARIABLE} == "${one}"`,
  );
  if (when.pullRequest !== undefined) {
    return [
      {
        if: `$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "${when.pullRequest}"`,
      },
    ];
  }
  const pushed = { if: `$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "${when.push}"` };
  if (isOfPush(job)) return [pushed];
  return [{ if: `${onMain} && (${named.join(' || ')})` }];
}

function variables({ checkout, key }: Job, { address, author }: Surroundings): Record<string, string> {
  return {
    ...(checkout === 'none' ? { GIT_STRATEGY: 'none' } : { GIT_DEPTH: checkout === 'all' ? '0' : '1' }),
    ...(key === null ? {} : { ELEVENTH_REPO: address ?? OWN_ADDRESS }),
    ...(key !== null && author !== null && { GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email }),
  };
}

function artifacts({ report, keeps }: Job): Record<string, unknown> | undefined {
  if (report !== null) return { when: 'always', reports: { junit: report } };
  return keeps === null ? undefined : { paths: [keeps], expire_in: 'never' };
}

function stepHeading({ digests }: ServiceStep, { heading, address }: Surroundings): string {
  const files = [
    `  ${KEY_VARIABLE.deploy}  the key of this service (type: File, protected)`,
    `  ${KNOWN_HOSTS_VARIABLE} the public keys of the deployment repository's server (type: File)`,
    ...(address === null ? ['  ELEVENTH_REPO        the address of the deployment repository'] : []),
  ];
  const built =
    digests.length === 0 ? [] : [`The job that builds hands over ${digests.join(', ')} as artifacts:reports:dotenv.`];
  return [heading, ...built, 'CI/CD variables:', ...files].join('\n');
}

function stepJob({ script, isNotifying }: ServiceStep, { address, author }: Surroundings): unknown {
  return {
    stage: 'deploy',
    image: IMAGE,
    rules: [{ if: '$CI_COMMIT_BRANCH' }],
    variables: {
      GIT_DEPTH: commented('All commits: those since the build before become release notes.', '0'),
      ...(address !== null && { ELEVENTH_REPO: address }),
      ...(author !== null && { GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email }),
    },
    script: isNotifying ? commented(`${DRAIN_VARIABLE} is a pipeline trigger token.`, [script]) : [script],
  };
}
