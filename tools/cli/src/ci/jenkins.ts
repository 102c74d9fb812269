import type { Host, Surroundings } from './host.ts';
import { FORGE_VARIABLE, isManual, isOfPush, type Job, PIPELINE_VARIABLE, PIPELINES } from './job.ts';
import { KEY_VARIABLE, KNOWN_HOSTS_VARIABLE } from './script.ts';
import { DRAIN_VARIABLE, type ServiceStep } from './service-step.ts';

/** The ids under which Jenkins keeps each secret: a file, a file, a text. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  [KEY_VARIABLE.deploy]: 'eleventh-deploy-key',
  [KEY_VARIABLE.read]: 'eleventh-read-key',
  [KNOWN_HOSTS_VARIABLE]: 'eleventh-known-hosts',
  [FORGE_VARIABLE]: 'eleventh-forge-token',
  [DRAIN_VARIABLE]: 'eleventh-drain-token',
};
/** Jenkins names a person for pull requests only. */
const NOBODY = { name: 'deployment pipeline', email: 'deployment-pipeline@noreply.invalid' };

/** Jenkins, with multibranch pipelines. https://www.jenkins.io/doc/book/pipeline/syntax/ */
export const jenkins: Host = {
  name: 'jenkins',
  title: 'Jenkins',
  annotates: false,
  fetchesAll: false,
  digestLines: () => [],
  notifyLines: () => [
    `# ELEVENTH_DRAIN_URL: <jenkins>/job/<repository>/job/<branch>/buildWithParameters?${PIPELINE_VARIABLE}=drain`,
    'notify() {',
    `  printf 'user = "%s"\\n' "$${DRAIN_VARIABLE}" |`,
    '    curl --config - --fail --silent --show-error --output /dev/null --request POST "$ELEVENTH_DRAIN_URL"',
    '}',
  ],
  files: (jobs, around) => [{ path: 'Jenkinsfile', pipeline: null, text: jenkinsfile(jobs, around) }],
  step: (step, around) => `${comments(stepComments(step, around))}${pinStage(step, around)}`,
};

function comments(lines: readonly string[]): string {
  return lines.map((line) => `// ${line}\n`).join('');
}

function jenkinsfile(jobs: readonly Job[], around: Surroundings): string {
  const timers = PIPELINES.flatMap((pipeline) => {
    const [cron] = jobs.flatMap((job) => (job.pipeline === pipeline ? (job.when.schedule ?? []) : []));
    return cron === undefined ? [] : [`${cron} %${PIPELINE_VARIABLE}=${pipeline}`];
  });
  const [main] = jobs.flatMap(({ when }) => when.pullRequest ?? []);
  const heading = [
    ...around.heading.split('\n'),
    'A multibranch pipeline. Agents need Node 20.20 or later, npm, git, ssh and curl.',
    'Plugins: Credentials Binding, Parameterized Scheduler, JUnit. Credentials, each a secret file:',
    `  ${CREDENTIALS[KEY_VARIABLE.deploy]}, ${CREDENTIALS[KEY_VARIABLE.read]}, ${CREDENTIALS[KNOWN_HOSTS_VARIABLE]}`,
    ...(jobs.some(({ usesForge }) => usesForge) ? [`and, a secret text: ${CREDENTIALS[FORGE_VARIABLE]}`] : []),
    ...(around.address === null ? ['ELEVENTH_REPO, the address of this repository, is a property of the folder.'] : []),
  ];
  const started = jobs.filter((job) => !isOfPush(job));
  const names = [...new Set(started.flatMap((job) => (isManual(job) ? [job.name] : [job.pipeline, job.name])))];
  const parameter = `string(name: '${PIPELINE_VARIABLE}', defaultValue: '', description: 'Which pipeline or job: ${names.join(', ')}')`;
  const body = [
    'agent any',
    block('options', ['skipDefaultCheckout()', '// Never two at once.', 'disableConcurrentBuilds()']),
    block('parameters', [parameter]),
    ...(timers.length === 0 || main === undefined
      ? []
      : [
          block('triggers', [
            '// Only the default branch runs by itself.',
            `parameterizedCron(env.BRANCH_NAME == '${main}' ? '''TZ=UTC\n${timers.join('\n')}''' : '')`,
          ]),
        ]),
    block(
      'stages',
      jobs.map((job) => stageOf(job, around, main ?? 'main')),
    ),
  ];
  return `${comments(heading)}${block('pipeline', body)}\n`;
}

function stageOf(job: Job, around: Surroundings, main: string): string {
  const { name, email } = around.author ?? NOBODY;
  const variables = [
    ...(job.key === null ? [] : [KEY_VARIABLE[job.key], KNOWN_HOSTS_VARIABLE]),
    ...(job.usesForge ? [FORGE_VARIABLE] : []),
  ];
  const told = [
    ...(around.address === null ? [] : [`ELEVENTH_REPO = ${literal(around.address)}`]),
    ...(job.key === 'deploy' ? [`GIT_AUTHOR_NAME = ${literal(name)}`, `GIT_AUTHOR_EMAIL = ${literal(email)}`] : []),
  ];
  const stage = block(`stage('${job.name}')`, [
    block('when', [conditionOf(job, main)]),
    block('environment', [...told, ...variables.map(credential)]),
    block('steps', [...(job.checkout === 'none' ? [] : ['checkout scm']), `sh ${literal(job.script)}`]),
    ...after(job),
  ]);
  return `// ${job.summary}\n${stage}`;
}

function after({ report, keeps }: Job): string[] {
  if (report !== null) return [block('post', [block('always', [`junit '${report}'`])])];
  if (keeps === null) return [];
  const note = `// The next night finds ${keeps} in the workspace of the agent; what is archived stays.`;
  return [block('post', [block('success', [note, `archiveArtifacts '${keeps}/*'`])])];
}

function conditionOf(job: Job, main: string): string {
  const { when, name, pipeline } = job;
  if (when.pullRequest !== undefined) return `changeRequest target: '${when.pullRequest}'`;
  if (isOfPush(job)) return `branch '${when.push}'`;
  const names = isManual(job) ? [name] : [...new Set([pipeline, name])];
  const list = names.map((one) => `'${one}'`).join(', ');
  return `allOf { branch '${main}'; expression { params.${PIPELINE_VARIABLE} in [${list}] } }`;
}

function credential(variable: string): string {
  return `${variable} = credentials('${CREDENTIALS[variable]}')`;
}

/** Returns a block of Groovy, its lines a step further in, but for those within a text. */
function block(name: string, parts: readonly string[]): string {
  const inner = parts.filter((part) => part !== '').map(indented);
  return `${name} {\n${inner.join('\n')}\n}`;
}

function indented(text: string): string {
  return text
    .split("'''")
    .map((part, index) => (index % 2 === 1 ? part : part.replace(index === 0 ? /^(?=.)/gm : /(?<=\n)(?=.)/g, '  ')))
    .join("'''");
}

/** Returns a text as Groovy takes it without looking for variables in it. */
function literal(text: string): string {
  const safe = text.replaceAll('\\', '\\\\').replaceAll("'''", "\\'\\'\\'");
  return text.includes('\n') ? `'''${safe}'''` : `'${safe.replaceAll("'", "\\'")}'`;
}

function stepComments({ digests, isNotifying }: ServiceStep, { heading, address }: Surroundings): string[] {
  return [
    ...heading.split('\n'),
    'A stage after the one that builds and pushes the image. Credentials, each a secret file:',
    `  ${CREDENTIALS[KEY_VARIABLE.deploy]}, ${CREDENTIALS[KNOWN_HOSTS_VARIABLE]}`,
    ...(isNotifying ? [`and a secret text, user:token: ${CREDENTIALS[DRAIN_VARIABLE]}`] : []),
    ...(digests.length === 0 ? [] : [`The stage that builds sets ${digests.map((name) => `env.${name}`).join(', ')}.`]),
    ...(address === null
      ? ['ELEVENTH_REPO, the address of the deployment repository, is a property of the folder.']
      : []),
  ];
}

function pinStage({ id, script, isNotifying }: ServiceStep, { address, author }: Surroundings): string {
  const service = id.slice(id.lastIndexOf('/') + 1);
  const { name, email } = author ?? { name: `${service} pipeline`, email: `${service}-pipeline@noreply.invalid` };
  const variables = [
    ...(address === null ? [] : [`ELEVENTH_REPO = ${literal(address)}`]),
    `GIT_AUTHOR_NAME = ${literal(name)}`,
    `GIT_AUTHOR_EMAIL = ${literal(email)}`,
    credential(KEY_VARIABLE.deploy),
    credential(KNOWN_HOSTS_VARIABLE),
    ...(isNotifying ? [credential(DRAIN_VARIABLE)] : []),
  ];
  const body = [
    block('when', ['not { changeRequest() }']),
    block('environment', variables),
    block('steps', [`sh ${literal(script)}`]),
  ];
  return `${block("stage('pin')", body)}\n`;
}
