import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findService, nameHint, quoted, readWorkspace, type ServiceId, usageError } from '@eleventh/core';
import type { Context } from '../command.ts';
import { repositoryAddress } from '../repository-address.ts';
import { type Deployment, deploymentOf, STANDARD } from './deployment.ts';
import { sshAddress } from './ssh-address.ts';

/** What is known of the deployment repository that pipelines are made for. */
export interface Known {
  readonly deployment: Deployment;
  readonly address: string | null;
  /** The image repositories of the service that was asked for. */
  readonly images: readonly string[];
}

/**
 * Returns what the deployment repository says: the one that is named, or in whose checkout we are; without one, what
 * `init` starts with. Throws what reading it does, and `UNKNOWN_SERVICE`.
 */
export async function known(context: Context, service: ServiceId | undefined): Promise<Known> {
  const { io, options } = context;
  const isNamed = options.repo !== undefined || Boolean(io.env.ELEVENTH_REPO);
  if (!isNamed && !existsSync(join(io.cwd, 'environments/workspace.yaml')))
    return { deployment: STANDARD, address: null, images: [] };
  const { url, isCheckout } = await repositoryAddress(options.repo, io);
  const found = await context.read(async (view) => {
    const workspace = await readWorkspace(view);
    const images = service === undefined ? [] : (await findService(workspace, service)).images;
    return { deployment: deploymentOf(workspace), images };
  });
  return { ...found, address: isCheckout ? null : sshAddress(url) };
}

/** Throws `UNKNOWN_ENVIRONMENT` for a name that no environment has. */
export function requireEnvironments({ environments }: Deployment, names: readonly string[]): void {
  const known = environments.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw usageError('UNKNOWN_ENVIRONMENT', `There is no environment ${quoted(unknown)}.`, nameHint(unknown, known));
}
