import type { Environment } from '@eleventh/core';
import { type Deployment, rendersPins, suitesOf } from './deployment.ts';
import type { Host } from './host.ts';
import type { Job } from './job.ts';
import { scriptOf } from './script.ts';

const REPORT = 'eleventh-check.xml';
const CHECKPOINTS = 'checkpoints';
const NOTHING = {
  environment: null,
  checkout: 'none',
  key: 'deploy',
  usesForge: false,
  report: null,
  keeps: null,
} as const;

export interface JobOptions {
  /** Whether promotions are reviewed as pull requests. */
  readonly pullRequests: boolean;
}

/** Returns all jobs of a deployment repository, in the order of its pipelines. */
export function deploymentJobs(deployment: Deployment, host: Host, options: JobOptions): readonly Job[] {
  const { environments } = deployment;
  return [
    checkJob(deployment, host),
    ...environments.flatMap((environment) => testJob(deployment, environment)),
    ...environments.filter(({ from }) => from.length === 0).map((environment) => drainJob(deployment, environment)),
    ...environments.flatMap((environment) =>
      environment.from.flatMap((from) => promoteJobs(deployment, from, environment, options)),
    ),
    ...environments.filter(({ release }) => release !== undefined).map(releaseJob),
    verifyJob(),
  ];
}

function checkJob({ defaultBranch }: Deployment, { annotates, fetchesAll }: Host): Job {
  const key = fetchesAll || annotates ? null : 'read';
  const all = "git fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*'";
  const lines = annotates
    ? ['eleventh check --repo . --ref HEAD --format github || failed=$?']
    : [
        `eleventh check --repo . --ref HEAD --format junit > ${REPORT} || failed=$?`,
        '[ "$failed" -eq 0 ] || eleventh check --repo . --ref HEAD || true # the same for people; what was found is kept',
      ];
  return {
    ...{ ...NOTHING, pipeline: 'check', name: 'check', checkout: 'all', key, report: annotates ? null : REPORT },
    summary: 'What a pull request would make of every environment: manifests, and the policies with their examples.',
    when: { pullRequest: defaultBranch },
    script: scriptOf({ key, renders: true }, [
      ...(annotates ? [] : [all]),
      'failed=0',
      ...lines,
      'eleventh check --policy --repo . --ref HEAD || failed=$?',
      'exit "$failed"',
    ]),
  };
}

function testJob(deployment: Deployment, environment: Environment): Job[] {
  const { name, branch } = environment;
  const isAsked = deployment.environments.some((one) => suitesOf(deployment, one).length > 0);
  const isFirst = deployment.environments[0] === environment;
  const suites = isAsked || !isFirst ? suitesOf(deployment, environment) : ['integration'];
  if (suites.length === 0) return [];
  return [
    {
      ...{ ...NOTHING, pipeline: 'test', name: `test-${name}`, environment: name, checkout: 'head' },
      summary: `Tests what ${name} runs after every change, and records what each suite said.`,
      when: { push: branch },
      script: scriptOf({ key: 'deploy' }, [
        'failed=0',
        ...suites.map((suite) => `eleventh test ${name} ${suite} -- ./tests/${suite}.sh || failed=$?`),
        'exit "$failed"',
      ]),
    },
  ];
}

function drainJob(deployment: Deployment, { name }: Environment): Job {
  return {
    ...{ ...NOTHING, pipeline: 'drain', name: `drain-${name}`, environment: name },
    summary: `Commits the pins that wait for ${name}, where keys of services may not write its branch.`,
    when: { schedule: '*/5 * * * *', event: true },
    script: scriptOf({ key: 'deploy', renders: rendersPins(deployment) }, [`eleventh drain ${name}`]),
  };
}

function promoteJobs({ environments }: Deployment, from: string, to: Environment, options: JobOptions): Job[] {
  const isTested = environments.some(({ name }) => name === from);
  const name = to.from.length > 1 ? `${from}-to-${to.name}` : to.name;
  const step = `eleventh promote ${from} --to ${to.name}`;
  const now = { schedule: '*/15 * * * *', ...(isTested && { after: 'test' as const }) };
  const shared = { ...NOTHING, pipeline: 'promote', environment: to.name } as const;
  if (options.pullRequests) {
    const usesForge = true;
    return [
      {
        ...{ ...shared, name: `promote-${name}`, usesForge, when: now },
        summary: `Asks for a review of what ${from} runs and ${to.name} may: one pull request, brought up to date.`,
        script: scriptOf({ key: 'deploy' }, tolerant(`${step} --pr`, to.name)),
      },
      {
        ...{ ...shared, name: `land-${name}`, usesForge, when: { schedule: now.schedule, event: true } },
        summary: `Brings what was approved to ${to.name}.`,
        script: scriptOf({ key: 'deploy' }, tolerant(`${step} --land`, to.name)),
      },
    ];
  }
  // What nobody has to approve is released by a person.
  const isByHand = to.release !== undefined && to.policy.approvals === undefined;
  return [
    {
      ...{ ...shared, name: `promote-${name}`, when: isByHand ? {} : now },
      summary: isByHand
        ? `Releases what ${from} runs to ${to.name}, when somebody starts it: no policy asks for an approval.`
        : `Brings the newest that may enter ${to.name} from ${from}.`,
      script: scriptOf({ key: 'deploy' }, tolerant(`${step} --newest-passing`, to.name)),
    },
  ];
}

/** Returns lines in which a refusal is no failure: what may not enter yet may do so later. */
function tolerant(command: string, target: string): string[] {
  return [
    `${command} || {`,
    '  status=$?',
    '  [ "$status" -eq 3 ] || exit "$status"',
    `  echo 'Nothing may enter ${target} yet.'`,
    '}',
  ];
}

function releaseJob({ name, branch }: Environment): Job {
  return {
    ...{ ...NOTHING, pipeline: 'release', name: `release-${name}`, environment: name, checkout: 'head' },
    summary: `Gives a hand-made revert on ${branch} the tag by which it is deployed.`,
    when: { push: branch },
    script: scriptOf({ key: 'deploy' }, [
      "if git log -1 --format=%B HEAD | grep -q '^This reverts commit [0-9a-f]'; then",
      `  eleventh release ${name}`,
      'else',
      "  echo 'No revert: what makes other commits makes their tags.'",
      'fi',
    ]),
  };
}

function verifyJob(): Job {
  return {
    ...{ ...NOTHING, pipeline: 'verify', name: 'verify', key: 'read', keeps: CHECKPOINTS },
    summary: 'Holds all of the history against the rules, and against the checkpoint of the night before.',
    when: { schedule: '17 3 * * *' },
    script: scriptOf({ key: 'read' }, [
      'git clone --quiet --mirror "$ELEVENTH_REPO" "$own/deployments.git"',
      `mkdir -p ${CHECKPOINTS}`,
      `set -- --repo "$own/deployments.git" --save "$own/checkpoint.txt"`,
      `if [ -f ${CHECKPOINTS}/last.txt ]; then set -- "$@" --since ${CHECKPOINTS}/last.txt; fi`,
      'eleventh verify "$@"',
      '# Kept only where nothing is wrong: what was rewritten is found again every night.',
      `cp "$own/checkpoint.txt" ${CHECKPOINTS}/last.txt`,
    ]),
  };
}
