import { usageError } from '../error.ts';
import { type Named, resolve } from '../history/resolve.ts';
import type { View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace } from '../history/workspace.ts';
import { quoted } from '../names/names.ts';
import { tagVersion } from '../names/version.ts';

/** A state of the repository, and the environment as which it is looked at. */
export interface EnvironmentState extends Named {
  readonly environment: string;
}

/**
 * Returns what a name means, as `resolve` takes it, and in which environment: the one that `to` says, else the one that is
 * named, whose branch it is, or whose release. Throws `ENVIRONMENT_UNCLEAR`.
 */
export async function environmentState(view: View, text: string, to: string | undefined): Promise<EnvironmentState> {
  const workspace = await readWorkspace(view);
  const named = await resolve(view, workspace, text);
  if (to !== undefined) return { ...named, environment: findEnvironment(workspace, to).name };
  const { environment, tag = '' } = named;
  if (environment !== undefined) return { ...named, environment };
  const fitting = workspace.environments.filter(
    ({ branch, release }) => branch === text || (release !== undefined && tagVersion(release.tag, tag) !== null),
  );
  const [only, another] = fitting;
  if (only !== undefined && another === undefined) return { ...named, environment: only.name };
  const names = workspace.environments.map(({ name }) => name);
  throw usageError(
    'ENVIRONMENT_UNCLEAR',
    `${quoted(text)} does not say for which environment.`,
    `--to ${names.join(', or --to ')}`,
  );
}
