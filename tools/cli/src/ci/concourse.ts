import { commented, commentedYaml } from './commented-yaml.ts';
import type { Host, Surroundings } from './host.ts';
import { FORGE_VARIABLE, type Job } from './job.ts';
import { KEY_VARIABLE, KNOWN_HOSTS_VARIABLE } from './script.ts';
import type { ServiceStep } from './service-step.ts';

const FILE = 'ci/pipeline.yml';
const IMAGE = { type: 'registry-image', source: { repository: 'node', tag: '22' } };
const REPOSITORY = '((eleventh-repo))';
/** Concourse tells a task nothing of who started it. */
const NOBODY = { name: 'deployment pipeline', email: 'deployment-pipeline@noreply.invalid' };
const TIMERS: Readonly<Record<string, { name: string; source: Record<string, string> }>> = {
  '*/5 * * * *': { name: 'every-5-minutes', source: { interval: '5m' } },
  '*/15 * * * *': { name: 'every-15-minutes', source: { interval: '15m' } },
  '17 3 * * *': { name: 'every-night', source: { start: '3:00 AM', stop: '4:00 AM' } },
};

/** Concourse. https://concourse-ci.org/docs/pipelines/ */
export const concourse: Host = {
  name: 'concourse',
  title: 'Concourse',
  annotates: false,
  fetchesAll: false,
  digestLines: (variable) => [
    '# Written by the registry-image resource that pushed the image.',
    `${variable}="$(cat "../${variable === 'DIGEST' ? 'image' : inputOf(variable)}/digest")"`,
  ],
  notifyLines: null,
  files: (jobs, around) => {
    const heading = [
      around.heading,
      `Variables: ((eleventh-deploy-key)), ((eleventh-read-key)), ((eleventh-known-hosts))${jobs.some(({ usesForge }) => usesForge) ? ', ((eleventh-forge-token))' : ''}${around.address === null ? `, ${REPOSITORY}` : ''}.`,
    ].join('\n');
    const value = {
      resources: resourcesOf(jobs, around),
      jobs: jobs.map((job) => commented(job.summary, jobOf(job, around))),
    };
    return [{ path: FILE, pipeline: null, text: commentedYaml(heading, value) }];
  },
  step: (step, around) => {
    const heading = `${around.heading}\nThe last step of the job that builds and pushes the image: its inputs are the checkout, and what was pushed.`;
    return commentedYaml(heading, pinTask(step, around));
  },
};

function inputOf(variable: string): string {
  return variable
    .replace(/_DIGEST$/, '-image')
    .replaceAll('_', '-')
    .toLowerCase();
}

function resourceName(branch: string): string {
  return branch.replaceAll('/', '-');
}

function branchOf({ when }: Job): string | undefined {
  return when.push ?? when.pullRequest;
}

function resourcesOf(jobs: readonly Job[], { address }: Surroundings): unknown[] {
  const branches = [...new Set(jobs.flatMap((job) => branchOf(job) ?? []))];
  const crons = [...new Set(jobs.flatMap(({ when }) => when.schedule ?? []))];
  return [
    ...branches.map((branch) => ({
      name: resourceName(branch),
      type: 'git',
      icon: 'git',
      source: { uri: address ?? REPOSITORY, branch, private_key: '((eleventh-read-key))' },
    })),
    ...crons
      .flatMap((cron) => TIMERS[cron] ?? [])
      .map(({ name, source }) => ({ name, type: 'time', icon: 'timer', source })),
  ];
}

function jobOf(job: Job, around: Surroundings): Record<string, unknown> {
  const { when } = job;
  const branch = branchOf(job);
  const note =
    'Pull requests take a resource type of their host: get it in place of this branch, which is checked once merged.';
  const branchStep = branch === undefined ? [] : [{ get: resourceName(branch), trigger: true }];
  const timer = when.schedule === undefined ? undefined : TIMERS[when.schedule];
  return {
    name: job.name,
    serial: true,
    plan: [
      ...(when.pullRequest === undefined ? branchStep : branchStep.map((step) => commented(note, step))),
      ...(timer === undefined ? [] : [{ get: timer.name, trigger: true }]),
      { task: job.name, config: taskOf(job, around) },
    ],
  };
}

function taskOf(job: Job, around: Surroundings): Record<string, unknown> {
  const branch = job.checkout === 'none' ? undefined : branchOf(job);
  const { name, email } = around.author ?? NOBODY;
  return {
    platform: 'linux',
    image_resource: IMAGE,
    inputs: branch === undefined ? undefined : [{ name: resourceName(branch) }],
    caches: job.keeps === null ? undefined : [{ path: job.keeps }],
    params: {
      ...keyParams(job.key ?? 'read', around),
      ...(job.usesForge && { [FORGE_VARIABLE]: '((eleventh-forge-token))' }),
      ...(job.key === 'deploy' && { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email }),
    },
    run: { path: 'sh', dir: branch === undefined ? undefined : resourceName(branch), args: ['-c', job.script] },
  };
}

function keyParams(key: 'deploy' | 'read', { address }: Surroundings): Record<string, string> {
  return {
    ELEVENTH_REPO: address ?? REPOSITORY,
    [KEY_VARIABLE[key]]: `((eleventh-${key}-key))`,
    [KNOWN_HOSTS_VARIABLE]: '((eleventh-known-hosts))',
  };
}

function pinTask({ id, digests, script }: ServiceStep, around: Surroundings): Record<string, unknown> {
  const source = id.slice(id.lastIndexOf('/') + 1);
  const images = digests.map((variable) => (variable === 'DIGEST' ? 'image' : inputOf(variable)));
  const { name, email } = around.author ?? { name: `${source} pipeline`, email: `${source}-pipeline@noreply.invalid` };
  return {
    task: 'pin',
    config: {
      platform: 'linux',
      image_resource: IMAGE,
      inputs: [source, ...images].map((input) => ({ name: input })),
      params: { ...keyParams('deploy', around), GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email },
      run: { path: 'sh', dir: source, args: ['-c', script] },
    },
  };
}
