import { knownLanding } from '../evidence/landing.ts';
import type { DeploymentKind } from '../history/deployment.ts';
import { deploymentKind, recipeOf } from '../history/deployment.ts';
import { parseMessage } from '../history/message.ts';
import { resolve } from '../history/resolve.ts';
import type { View } from '../history/snapshot.ts';
import { readWorkspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import { type ServiceStatus, serviceStatuses } from './service-status.ts';

/** One recipe: what it holds, who made it, and where it runs. */
export interface Shown {
  readonly name: string;
  readonly commit: Oid;
  readonly recipe: Oid;
  readonly kind: DeploymentKind;
  readonly subject: string;
  readonly body: string;
  readonly author: { readonly name: string; readonly email: string };
  /** RFC 3339 in UTC. */
  readonly time: string;
  readonly trailers: readonly (readonly [string, string])[];
  readonly tags: readonly string[];
  /** Environments whose branch has exactly this recipe now. */
  readonly runsIn: readonly string[];
  readonly services: readonly ServiceStatus[];
}

/** Returns everything the repository says of a recipe, by any name that `resolve` takes. */
export async function show(view: View, text: string): Promise<Shown> {
  const workspace = await readWorkspace(view);
  const { label, commit, snapshot } = await resolve(view, workspace, text);
  const recipe = await recipeOf(snapshot);
  const runsIn: string[] = [];
  for (const { name, branch } of workspace.environments) {
    const head = view.refs.branches.get(branch);
    if (head !== undefined && (await recipeOf(await view.snapshot((await view.commit(head)).tree))) === recipe)
      runsIn.push(name);
  }
  const { subject, body, trailers } = parseMessage(commit.message);
  return {
    name: label,
    commit: commit.oid,
    recipe,
    kind: deploymentKind(commit),
    subject,
    body,
    author: { name: commit.author.name, email: commit.author.email },
    time: (await knownLanding(view, workspace, commit))?.time ?? isoTime(commit.committer.time),
    trailers,
    tags: [...view.refs.tags].filter(([, tag]) => tag.commit === commit.oid).map(([tag]) => tag),
    runsIn,
    services: (await serviceStatuses(snapshot)).statuses,
  };
}
