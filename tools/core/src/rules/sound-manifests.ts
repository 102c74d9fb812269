import { EleventhError, refusal } from '../error.ts';
import { asBadAs } from '../files/check-settings.ts';
import type { Environment } from '../files/environment.ts';
import type { ManifestFlaw, Snapshot } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';

/** How many of them a sentence names. */
const NAMED = 5;

/**
 * Refuses a build whose manifests have something wrong that the environment does not take (`MANIFESTS_REFUSED`), where it
 * says so. Throws `NO_RENDERER` where nothing here can look.
 */
export async function requireSoundManifests(
  workspace: Workspace,
  environment: Environment,
  state: Snapshot,
  service: ServiceId,
): Promise<void> {
  if (environment.check === undefined) return;
  if (state.inspect === undefined)
    throw new EleventhError(
      'NO_RENDERER',
      `${environment.name} takes no build whose manifests were not checked, and there is no kustomize here to do so.`,
      { hint: 'Install kubectl, or set KUSTOMIZE or KUBECTL to its path.' },
    );
  const counted = asBadAs(environment.check.refuse);
  const found = await state.inspect({ environment: environment.name, service }, workspace);
  const flaws = found.filter(({ severity }) => counted.includes(severity));
  const [first] = flaws;
  if (first === undefined) return;
  const more = flaws.length > NAMED ? `, and ${flaws.length - NAMED} more` : '';
  throw refusal(
    'MANIFESTS_REFUSED',
    `${environment.name} takes no build whose manifests are not sound, and those of ${service} are not: ${flaws.slice(0, NAMED).map(line).join(', ')}${more}.`,
    {
      hint: `Mend them, or except them in apps/${service}/service.yaml on ${workspace.branch}: spec.check.ignore: [{rule: ${first.rule}, reason: …}]`,
      details: { environment: environment.name, service, findings: flaws },
    },
  );
}

function line({ file, line, rule, message }: ManifestFlaw): string {
  return `${file}:${line} ${message.replace(/\.$/, '')} (${rule})`;
}
