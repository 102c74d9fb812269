import type { Environment } from '../files/environment.ts';
import { plainEmail } from '../history/authors.ts';
import type { ServiceChange } from '../history/release.ts';
import { readService, type Workspace } from '../history/workspace.ts';

/** Who should look at a change. */
export interface Reviewers {
  /** By the names that the host knows them by, as far as the workspace says those. */
  readonly logins: readonly string[];
  /** The teams whose people count where approvals are asked for, and those that own the services that change. */
  readonly teams: readonly string[];
}

/** Returns who should look at a change of an environment. @param proposer their e-mail address: nobody reviews their own. */
export async function reviewersOf(
  workspace: Workspace,
  environment: Environment | null,
  changes: readonly Pick<ServiceChange, 'id'>[],
  proposer: string | undefined,
): Promise<Reviewers> {
  const services = await Promise.all(changes.map(({ id }) => readService(workspace, id)));
  const owners = services.flatMap((service) => service?.owner ?? []);
  const teams = [...new Set([...(environment?.policy.approvals?.from ?? []), ...owners])];
  const people = new Set(
    teams
      .flatMap((team) => (Object.hasOwn(workspace.teams, team) ? (workspace.teams[team] ?? []) : []))
      .map(plainEmail),
  );
  if (proposer !== undefined) people.delete(plainEmail(proposer));
  const logins = Object.entries(workspace.logins).flatMap(([login, email]) =>
    people.has(plainEmail(email)) ? [login] : [],
  );
  return { logins, teams };
}
