import { execFile } from 'node:child_process';
import type { CheckSeverity } from '@eleventh/core';
import { EleventhError, type ExternalCheckers, type ServiceId } from '@eleventh/core';
import type { Finding } from './finding.ts';

/** A checker of somebody else's, as it is run on what a service renders to. */
export interface External {
  readonly name: keyof ExternalCheckers;
  readonly argv: readonly string[];
  /** What tells its version. */
  readonly version: readonly string[];
  /** In seconds. */
  readonly timeout: number;
}

/** What a checker says of an object: its place is looked up by kind and name. */
export interface ExternalProblem {
  readonly rule: string;
  readonly severity: CheckSeverity;
  readonly message: string;
  readonly hint?: string;
  readonly kind?: string;
  readonly name?: string;
}

/** The time that a checker may take unless the workspace says otherwise, in seconds. */
const TIMEOUT = 60;

/**
 * Returns the checkers that a workspace asks for, each with what it is started with. They read the rendered objects from
 * standard input. @param kubernetes the minor version that kubeconform holds them against
 */
export function externals(settings: ExternalCheckers, kubernetes: string): External[] {
  const { conftest, 'kube-linter': linter, kubeconform } = settings;
  const found: External[] = [];
  if (conftest !== undefined) {
    const argv = ['test', '--output', 'json', '--no-color', '--all-namespaces', '--policy', conftest.policy, '-'];
    found.push({ name: 'conftest', argv, version: ['--version'], timeout: conftest.timeout ?? TIMEOUT });
  }
  if (linter !== undefined) {
    const config = linter.config === undefined ? [] : ['--config', linter.config];
    found.push({
      name: 'kube-linter',
      argv: ['lint', '--format', 'json', ...config, '-'],
      version: ['version'],
      timeout: linter.timeout ?? TIMEOUT,
    });
  }
  if (kubeconform !== undefined) {
    const place = kubeconform.schemas === undefined ? [] : ['-schema-location', kubeconform.schemas];
    const argv = ['-strict', '-output', 'json', '-kubernetes-version', `${kubernetes}.0`, ...place, '-'];
    found.push({ name: 'kubeconform', argv, version: ['-v'], timeout: kubeconform.timeout ?? TIMEOUT });
  }
  return found;
}

/** Runs a program with a text as its input; returns what it printed, whatever its exit code. */
export type Run = (
  name: string,
  external: Pick<External, 'argv' | 'timeout'>,
  input: string,
) => Promise<{ stdout: string; stderr: string }>;

/** Returns a way of running checkers in a folder. Throws `NO_CHECKER` where one is not installed, `CHECKER_TIMEOUT` after its time. */
export function runner(cwd: string, env: NodeJS.ProcessEnv): Run {
  return (name, { argv, timeout }, input) =>
    new Promise((settle, fail) => {
      const child = execFile(
        name,
        [...argv],
        { cwd, env, timeout: timeout * 1000, maxBuffer: 2 ** 28, encoding: 'utf8' },
        (error, stdout, stderr) => {
          if (error !== null && (error as NodeJS.ErrnoException).code === 'ENOENT') {
            const hint = `Install ${name}, or remove it from spec.check.external in environments/workspace.yaml`;
            fail(
              new EleventhError('NO_CHECKER', `${name} is asked for, and is not installed.`, { hint, cause: error }),
            );
          } else if (error?.killed === true) {
            const hint = `spec.check.external.${name}.timeout in environments/workspace.yaml`;
            fail(
              new EleventhError('CHECKER_TIMEOUT', `${name} did not end within ${timeout} s.`, { hint, cause: error }),
            );
          } else settle({ stdout, stderr });
        },
      );
      // A checker that does not read all of it is no reason to fail: what it says is.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
}

/** Returns what a checker says of its version. Throws as `runner` does. */
export async function versionOf(run: Run, external: External): Promise<string> {
  const { stdout, stderr } = await run(external.name, { ...external, argv: external.version }, '');
  return stdout + stderr;
}

/** Runs a checker on what a service renders to; returns its problems. Throws `CHECKER_FAILED` for output that is not understood, and where it could not look. */
export async function runExternal(run: Run, external: External, rendered: string): Promise<ExternalProblem[]> {
  const { stdout, stderr } = await run(external.name, external, rendered);
  try {
    return READERS[external.name](JSON.parse(stdout));
  } catch (cause) {
    if (cause instanceof EleventhError) throw cause;
    const said = (stderr.trim() || stdout.trim()).split('\n')[0]?.slice(0, 200) ?? '';
    const what = said === '' ? 'It said nothing.' : `It said: ${said}`;
    throw new EleventhError('CHECKER_FAILED', `${external.name} gave no report that is understood. ${what}`, {
      hint: `${external.name} ${external.argv.join(' ')}`,
      cause,
    });
  }
}

const READERS: Readonly<Record<keyof ExternalCheckers, (report: unknown) => ExternalProblem[]>> = {
  conftest: readConftest,
  'kube-linter': readKubeLinter,
  kubeconform: readKubeconform,
};

interface ConftestResult {
  readonly msg: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** @throws Error for anything but conftest's list */
function readConftest(report: unknown): ExternalProblem[] {
  if (!Array.isArray(report)) throw new Error('no list');
  return (report as { namespace?: string; failures?: ConftestResult[]; warnings?: ConftestResult[] }[]).flatMap(
    ({ namespace = 'main', failures = [], warnings = [] }) => [
      ...failures.map((result) => policyProblem(namespace, 'error', result)),
      ...warnings.map((result) => policyProblem(namespace, 'warning', result)),
    ],
  );
}

function policyProblem(
  namespace: string,
  severity: CheckSeverity,
  { msg, metadata = {} }: ConftestResult,
): ExternalProblem {
  const { kind, name, rule } = metadata;
  return {
    rule: `conftest/${typeof rule === 'string' ? rule : namespace}`,
    severity,
    message: sentence(msg),
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
}

function readKubeLinter(report: unknown): ExternalProblem[] {
  const { Reports: reports, Checks: checks } = report as { Reports?: unknown; Checks?: unknown };
  if (!Array.isArray(reports) && !Array.isArray(checks)) throw new Error('no reports');
  return ((reports ?? []) as KubeLinterReport[]).map(({ Check, Diagnostic, Remediation, Object: object }) => ({
    rule: `kube-linter/${Check}`,
    severity: 'warning',
    message: sentence(Diagnostic.Message),
    ...(Remediation ? { hint: Remediation } : {}),
    kind: object.K8sObject.GroupVersionKind.Kind,
    name: object.K8sObject.Name,
  }));
}

interface KubeLinterReport {
  readonly Check: string;
  readonly Remediation?: string;
  readonly Diagnostic: { readonly Message: string };
  readonly Object: {
    readonly K8sObject: { readonly Name: string; readonly GroupVersionKind: { readonly Kind: string } };
  };
}

function readKubeconform(report: unknown): ExternalProblem[] {
  const { resources } = report as { resources?: { status: string; msg: string; kind: string; name: string }[] };
  if (!Array.isArray(resources)) throw new Error('no resources');
  // It could not look: that says nothing of the manifests, and another time it may.
  const unread = resources.find(({ status, msg }) => status === 'statusError' && /downloading schema/.test(msg));
  if (unread !== undefined) {
    throw new EleventhError('CHECKER_FAILED', `kubeconform could not look: ${sentence(unread.msg)}`, {
      hint: 'spec.check.external.kubeconform.schemas in environments/workspace.yaml names a folder with schemas',
    });
  }
  return resources
    .filter(({ status }) => status === 'statusInvalid' || status === 'statusError')
    .map(({ status, msg, kind, name }) => ({
      rule: `kubeconform/${status === 'statusInvalid' ? 'invalid' : 'error'}`,
      severity: 'error',
      message: sentence(msg),
      ...(kind === '' ? {} : { kind }),
      ...(name === '' ? {} : { name }),
    }));
}

function sentence(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/** Where the objects of a service stand. */
export interface ExternalPlaces {
  readonly environment: string;
  readonly service: ServiceId;
  /** Returns where an object stands and its key; without kind and name, where the service does. */
  readonly find: (kind?: string, name?: string) => Pick<Finding, 'file' | 'line' | 'column' | 'object'>;
}

/** Returns a checker's problems as findings of a service. */
export function externalFindings(
  problems: readonly ExternalProblem[],
  { environment, service, find }: ExternalPlaces,
): Finding[] {
  return problems.map(({ kind, name, ...problem }) => ({ ...problem, ...find(kind, name), environment, service }));
}
