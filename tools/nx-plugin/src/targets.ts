import type { TargetConfiguration } from '@nx/devkit';

export type Inputs = NonNullable<TargetConfiguration['inputs']>;

/**
 * Returns what the outcome depends on besides files: which programs render and check, and which versions of them and of
 * the command line there are. That stands for all of npm's packages, a change of which would otherwise make every task
 * run again.
 */
function programs(checkers: readonly string[] = []): Inputs {
  const words = ['node --require @eleventh/nx/versions --eval 0', ...checkers];
  return [{ runtime: words.join(' ') }, { externalDependencies: [] }];
}

/** What a task needs to know of a service or an environment. */
export interface Subject {
  /** How a person calls it. */
  readonly called: string;
  /** The words that name it to `check`. */
  readonly words: string;
  readonly root: string;
  /** The files that its rendering is made of. */
  readonly rendered: Inputs;
  /** The files that it is judged by. */
  readonly judged: Inputs;
  /** The names of the checkers of others that look at it. */
  readonly checkers: readonly string[];
  /** The environments that it is rendered for, where that is written to, and of which service alone. */
  readonly renderings: readonly { readonly environment: string; readonly folder: string; readonly service?: string }[];
  /** What changes are seen against. */
  readonly base: string;
}

/** Returns the targets of a service or an environment, all of which run the command line on the files on disk. */
export function targetsOf(subject: Subject): Record<string, TargetConfiguration> {
  const { called, words, rendered, judged, checkers, renderings } = subject;
  const check: TargetConfiguration = {
    command: `eleventh check --worktree ${words}`,
    inputs: [...rendered, ...judged, ...programs(checkers)],
    outputs: [],
    cache: true,
    metadata: { description: `Checks what the manifests of ${called} come to.` },
  };
  return renderings.length === 0 ? { check } : { check, render: renderOf(subject), diff: diffOf(subject) };
}

function renderOf({ called, root, rendered, renderings }: Subject): TargetConfiguration {
  const output = `dist/${root}`;
  return {
    executor: 'nx:run-commands',
    options: {
      commands: renderings.map(({ environment, folder, service }) =>
        command('eleventh render --worktree --to', environment, service, '--output', `${output}${folder}`),
      ),
      parallel: false,
    },
    inputs: [...rendered, ...programs()],
    outputs: [`{workspaceRoot}/${output}`],
    cache: true,
    metadata: { description: `Writes what the clusters see of ${called} below ${output}.` },
  };
}

function diffOf({ called, renderings, base }: Subject): TargetConfiguration {
  return {
    executor: 'nx:run-commands',
    options: {
      commands: renderings.map(({ environment, service }) =>
        command('eleventh diff', base, '--worktree --rendered --in', environment, service),
      ),
      parallel: false,
    },
    // What it is compared with moves.
    cache: false,
    metadata: { description: `Shows what differs from ${base} in what the clusters see of ${called}.` },
  };
}

/** Returns the words of a command, those left out that are not there. */
function command(...words: readonly (string | undefined)[]): string {
  return words.filter((word) => word !== undefined).join(' ');
}

/** Returns the pattern of everything in a folder. */
export function everythingIn(folder: string): string {
  return `${patternOf(folder)}/**/*`;
}

/** Returns the pattern of a path, in which no character of a name means anything else. */
export function patternOf(path: string): string {
  return `{workspaceRoot}/${path.replace(/[^\w./@ -]/gu, '?')}`;
}
