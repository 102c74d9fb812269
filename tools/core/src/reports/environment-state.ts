import { usageError } from '../error.ts';
import { environmentOf } from '../history/environment-of.ts';
import { type Named, resolve } from '../history/resolve.ts';
import type { View } from '../history/snapshot.ts';
import { findEnvironment, readWorkspace } from '../history/workspace.ts';

/** A state of the repository, and the environment as which it is looked at. */
export interface EnvironmentState extends Named {
  readonly environment: string;
}

/**
 * Returns what a name means, as `resolve` takes it, and in which environment: the one that `to` says, else the one that it
 * belongs to by its name, its branch or the form of its tag. Throws `WHICH_ENVIRONMENT`.
 */
export async function environmentState(view: View, text: string, to: string | undefined): Promise<EnvironmentState> {
  const workspace = await readWorkspace(view);
  const named = await resolve(view, workspace, text);
  if (to !== undefined) return { ...named, environment: findEnvironment(workspace, to).name };
  const environment = await environmentOf(view, workspace, named, text);
  if (environment !== undefined) return { ...named, environment };
  const names = workspace.environments.map(({ name }) => name);
  throw usageError(
    'WHICH_ENVIRONMENT',
    `${named.label} belongs to no environment, so no overlays are its own.`,
    `--to ${names.join(', or --to ')}`,
  );
}
