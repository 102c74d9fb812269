import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { HostName } from '../src/ci/host.ts';

/** A script as a host would run it, out of the file that was printed for it. */
export interface Extracted {
  readonly name: string;
  readonly script: string;
  /** With what the host puts in for expressions and secrets. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a host knows: its secrets and variables by name, and what its expressions come to. */
export interface HostWorld {
  readonly secrets: Readonly<Record<string, string>>;
  readonly expressions: Readonly<Record<string, string>>;
  /** Where secrets are put that are files. */
  readonly folder: string;
}

type Env = Record<string, string | number>;
interface Step {
  readonly run?: string;
}
interface GithubJob {
  readonly env?: Env;
  readonly steps: readonly Step[];
}
interface GitlabJob {
  readonly script?: readonly string[];
  readonly variables?: Env;
}
interface Task {
  readonly task: string;
  readonly config: { readonly params: Env; readonly run: { readonly args: readonly string[] } };
}
interface BuildkiteStep {
  readonly label: string;
  readonly command: string;
  readonly env?: Env;
  readonly secrets?: readonly string[];
}

/** Returns every script of a file that `ci` printed. */
export function scriptsOf(host: HostName, file: string, world: HostWorld): Extracted[] {
  return EXTRACT[host](file, world);
}

interface Action {
  readonly runs: { readonly steps: readonly { readonly run: string; readonly env: Env }[] };
}

/** Returns the one script of a composite Action, with its inputs in place. */
export function actionScript(file: string, inputs: Readonly<Record<string, string | undefined>>): Extracted {
  const [step, ...more] = (parse(file) as Action).runs.steps;
  if (step === undefined || more.length > 0) throw new Error('The Action has other steps.');
  const value = (text: string): string =>
    text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (whole, name) => known(inputs[name], whole));
  return { name: 'action', script: step.run, env: mapped(step.env, value) };
}

/** Returns the jobs of a component, with its inputs, or what they are by default, in place. */
export function componentText(file: string, inputs: Readonly<Record<string, string>>): string {
  const [header = '', jobs = ''] = file.split(/^---$/m);
  const { spec } = parse(header) as { spec: { inputs: Record<string, { default?: string }> } };
  return jobs.replace(/\$\[\[ inputs\.([\w-]+) \]\]/g, (whole, name) =>
    known(inputs[name] ?? spec.inputs[name]?.default, whole),
  );
}

const EXTRACT: Readonly<Record<HostName, (file: string, world: HostWorld) => Extracted[]>> = {
  github: (file, { secrets, expressions }) => {
    const value = (text: string): string =>
      text.replace(/\$\{\{ (?:(secrets|vars)\.)?([\w.]+) \}\}/g, (whole, kind, name) =>
        known(kind === undefined ? expressions[name] : secrets[name], whole),
      );
    const { jobs } = parse(file) as { jobs: Record<string, GithubJob> };
    return Object.entries(jobs).flatMap(([name, job]) =>
      job.steps.flatMap(({ run }) => (run === undefined ? [] : [{ name, script: run, env: mapped(job.env, value) }])),
    );
  },
  gitlab: (file, { secrets, expressions, folder }) => {
    const value = (text: string): string =>
      text.replace(/\$(CI_\w+)/g, (whole, name) => known(expressions[name], whole));
    return Object.entries(parse(file) as Record<string, GitlabJob>).flatMap(([name, job]) =>
      job.script === undefined
        ? []
        : [
            {
              name: name.replace(/^eleventh-/, ''),
              script: job.script.join('\n'),
              // Variables of the project are there for every job, those of the type File as paths.
              env: { ...filesOf(secrets, folder), ...mapped(job.variables, value) },
            },
          ],
    );
  },
  concourse: (file, { secrets }) => {
    const value = (text: string): string =>
      text.replace(/\(\((.*?)\)\)/g, (whole, name: string) =>
        known(secrets[name.toUpperCase().replaceAll('-', '_')], whole),
      );
    const { jobs, ...task } = parse(file) as { jobs?: { plan: Task[] }[] } & Task;
    const tasks =
      jobs === undefined ? [task as Task] : jobs.flatMap(({ plan }) => plan.filter((step) => 'task' in step));
    return tasks.map(({ task: name, config: { params, run } }) => ({
      name,
      script: run.args[1] ?? '',
      env: mapped(params, value),
    }));
  },
  jenkins: (file, { secrets, folder }) => {
    const paths = filesOf(secrets, folder);
    return file
      .split(/(?=stage\(')/)
      .slice(1)
      .map((stage) => {
        const [, name = ''] = /^stage\('([\w-]+)'\)/.exec(stage) ?? [];
        const [, script = ''] = /sh '''([\s\S]*?)'''/.exec(stage) ?? [];
        const credentials = [...stage.matchAll(/(\w+) = credentials\('([\w-]+)'\)/g)].map(
          ([whole, variable = '', id = '']) => {
            const secret = id.toUpperCase().replaceAll('-', '_');
            return [variable, known(id.endsWith('token') ? secrets[secret] : paths[secret], whole)];
          },
        );
        const told = [...stage.matchAll(/^ *([A-Z_]+) = '(.*)'$/gm)].map(([, variable, text]) => [variable, text]);
        const env = Object.fromEntries([...told, ...credentials]);
        return {
          name,
          script: script.replace(/\\(.)/g, '$1'),
          env: { ELEVENTH_REPO: secrets.ELEVENTH_REPO ?? '', ...env },
        };
      });
  },
  buildkite: (file, { secrets, expressions }) => {
    const value = (text: string): string =>
      text.replace(/\$(BUILDKITE_\w+)/g, (whole, name) => known(expressions[name], whole));
    const { steps } = parse(file) as { steps: BuildkiteStep[] };
    return steps.map(({ label, command, env, secrets: names = [] }) => ({
      name: label,
      // The agent puts in variables when it uploads the pipeline, and makes one dollar of two.
      script: command.replace(/\$\$|\$\w+/g, (found) => (found === '$$' ? '$' : '')),
      env: {
        ELEVENTH_REPO: secrets.ELEVENTH_REPO ?? '',
        ...mapped(env, value),
        ...Object.fromEntries(names.map((name) => [name, known(secrets[name], name)])),
      },
    }));
  },
};

function known(found: string | undefined, asked: string): string {
  if (found === undefined) throw new Error(`Nothing is known of ${asked}.`);
  return found;
}

function mapped(env: Env | undefined, value: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(env ?? {}).map(([name, text]) => [name, value(String(text))]));
}

/** Returns variables with the paths of files that hold them, but for what is no key. */
function filesOf(secrets: Readonly<Record<string, string>>, folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, text]) => {
      if (!/_KEY$|KNOWN_HOSTS$/.test(name)) return [name, text];
      const path = join(folder, name);
      writeFileSync(path, `${text}\n`);
      return [name, path];
    }),
  );
}
