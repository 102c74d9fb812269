import type { Person, Statement } from '../evidence/statement.ts';
import type { Environment } from '../files/environment.ts';
import type { Key } from '../files/workspace-file.ts';
import { plainEmail } from '../history/authors.ts';
import type { DeploymentKind } from '../history/deployment.ts';
import { matchesGlob } from '../names/glob.ts';
import type { ServiceId } from '../names/names.ts';

/** Who pushes, as the server knows the key. */
export interface Pusher {
  readonly name: string;
  /** What it may push; null where the workspace tells nobody apart. */
  readonly key: Key | null;
}

/** Returns why a key may push nothing at all, or undefined when it may something. */
export function readerObjection({ name, key }: Pusher): string | undefined {
  if (key === null) return undefined;
  const rights = [Object.keys(key.pin), key.promote, key.attest, key.write];
  return rights.every((some) => some.length === 0) ? `${name} may only read` : undefined;
}

/** Returns why a key may not pin a service in an environment, or undefined when it may. */
export function pinObjection({ name, key }: Pusher, environment: Environment, id: ServiceId): string | undefined {
  const globs = key?.pin[environment.name] ?? [];
  if (key === null || globs.some((glob) => matchesGlob(glob, id))) return undefined;
  return `${name} may not pin ${id} in ${environment.name}`;
}

/** Returns why a key may not queue for, or clear up after, an environment's pins. */
export function queueObjection({ name, key }: Pusher, environment: Environment): string | undefined {
  if (key === null || environment.name in key.pin || key.promote.includes(environment.name)) return undefined;
  return `${name} may pin nothing in ${environment.name}`;
}

/** Returns why a key may not make a deployment of some kind that is no pin. */
export function deploymentObjection(
  pusher: Pusher,
  environment: Environment,
  kind: DeploymentKind,
  author: Person,
): string | undefined {
  const { name, key } = pusher;
  if (key === null) return undefined;
  // An update brings what was reviewed and nothing else: whoever pins a new service brings one with it.
  if ((kind === 'update' || kind === 'root') && queueObjection(pusher, environment) === undefined) return undefined;
  if (!key.promote.includes(environment.name)) return `${name} may not change what ${environment.name} runs (${kind})`;
  return ownObjection(pusher, author.email, 'commit');
}

/** Returns why a key may not make a statement. */
export function statementObjection(pusher: Pusher, statement: Statement): string | undefined {
  const { name, key } = pusher;
  if (key === null) return undefined;
  const { kind, by } = statement;
  if (kind === 'break-glass') {
    // Whoever may bring a recipe in says so in the same push.
    if (key.promote.includes(statement.environment)) return ownObjection(pusher, by.email, 'say something');
    return `${name} may not change what ${statement.environment} runs`;
  }
  // Whoever lands what was reviewed on the host records the approvals that were given there.
  if (kind === 'approval' && statement.url !== undefined && key.attest.includes('landing')) return undefined;
  const needed = kind === 'unblock' ? 'block' : kind === 'review' ? 'approval' : kind;
  if (!(key.attest as readonly string[]).includes(needed))
    return `${name} may not record a statement of the kind ${kind}`;
  return ownObjection(pusher, by.email, 'say something');
}

/** Returns why a key may not write the attestations branch at all. */
export function attestObjection({ name, key }: Pusher): string | undefined {
  return key === null || key.attest.length > 0 ? undefined : `${name} may not record statements`;
}

/** Returns why a key may not write a branch that is neither an environment's nor the attestations branch. */
export function writeObjection({ name, key }: Pusher, branch: string): string | undefined {
  if (key === null || key.write.some((glob) => matchesGlob(glob, branch))) return undefined;
  return `${name} may not write ${branch}`;
}

/** A key that is somebody's speaks in nobody else's name. */
export function ownObjection({ name, key }: Pusher, email: string, what: string): string | undefined {
  if (key?.email === undefined || plainEmail(key.email) === plainEmail(email)) return undefined;
  return `${name} may ${what} as ${key.email} alone, and not as ${email}`;
}
