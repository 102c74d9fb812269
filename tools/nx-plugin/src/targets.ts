import type { TargetConfiguration } from '@nx/devkit';

type Inputs = NonNullable<TargetConfiguration['inputs']>;

/**
 * What the outcome depends on besides files: which programs render, and which versions of them and of the command line
 * there are. That stands for all of npm's packages, a change of which would otherwise make every task run again.
 */
const PROGRAMS: Inputs = [{ runtime: 'node --require @eleventh/nx/versions --eval 0' }, { externalDependencies: [] }];

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
  /** The environments that it is rendered for, where that is written to, and of which service alone. */
  readonly renderings: readonly { readonly environment: string; readonly folder: string; readonly service?: string }[];
  /** What changes are seen against. */
  readonly base: string;
}

/** Returns the targets of a service or an environment, all of which run the command line on the files on disk. */
export function targetsOf(subject: Subject): Record<string, TargetConfiguration> {
  const { called, words, root, rendered, judged, renderings, base } = subject;
  const inputs = [...rendered, ...judged, ...PROGRAMS];
  const output = `dist/${root}`;
  return {
    check: {
      command: `eleventh check --worktree ${words}`,
      inputs,
      outputs: [],
      cache: true,
      metadata: { description: `Checks what the manifests of ${called} come to.` },
    },
    ...(renderings.length === 0
      ? {}
      : {
          render: {
            executor: 'nx:run-commands',
            options: {
              commands: renderings.map(({ environment, folder, service = '' }) =>
                `eleventh render --worktree --to ${environment} ${service} --output ${output}${folder}`.replace(
                  '  ',
                  ' ',
                ),
              ),
              parallel: false,
            },
            inputs: [...rendered, ...PROGRAMS],
            outputs: [`{workspaceRoot}/${output}`],
            cache: true,
            metadata: { description: `Writes what the clusters see of ${called} below ${output}.` },
          },
        }),
    ...(renderings.length === 0
      ? {}
      : {
          diff: {
            executor: 'nx:run-commands',
            options: {
              commands: renderings.map(({ environment, service = '' }) =>
                `eleventh diff ${base} --worktree --rendered --in ${environment} ${service}`.trimEnd(),
              ),
              parallel: false,
            },
            // What it is compared with moves.
            cache: false,
            metadata: { description: `Shows what differs from ${base} in what the clusters see of ${called}.` },
          },
        }),
  };
}

/** Returns the pattern of everything in a folder, in which no character of a name means anything else. */
export function everythingIn(folder: string): string {
  return `{workspaceRoot}/${folder.replace(/[^\w./@ -]/gu, '?')}/**/*`;
}
