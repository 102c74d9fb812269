import { refusal } from '../error.ts';
import type { Environment } from '../files/environment.ts';
import { neverHad } from '../history/deployment.ts';
import type { ServiceChange } from '../history/release.ts';
import type { View } from '../history/snapshot.ts';
import { listed } from '../names/listed.ts';
import type { ServiceId } from '../names/names.ts';
import type { Source } from '../plans/source.ts';
import { buildLabel, buildOrder } from './build-order.ts';

/**
 * Throws `BACKWARDS` naming every service that a promotion would take back: to an older build than the target runs,
 * or away from a change that the source's history never had (a hotfix). Those in `allowed` may.
 * Returns the services whose permission was needed.
 */
export async function refuseBackwards(
  view: View,
  source: Source,
  target: Environment,
  changes: readonly ServiceChange[],
  allowed: readonly ServiceId[],
): Promise<ServiceId[]> {
  const older = new Map<ServiceId, string>();
  for (const { id, before, after } of changes) {
    if (before === null || after === null || buildOrder(after, before) !== 'older') continue;
    older.set(id, `${id} would go back from ${buildLabel(before)} to ${buildLabel(after)}`);
  }
  const rest = changes.flatMap(({ id, from }) => (from === null || older.has(id) ? [] : [[id, from] as const]));
  const hotfixes = await neverHad(view, view.line(source.commit.oid), new Map(rest));
  const problems = new Map([
    ...older,
    ...hotfixes.map((id) => [id, `${id} in ${target.name} has a change that ${source.from.name} never had`] as const),
  ]);
  const refused = [...problems.keys()].filter((id) => !allowed.includes(id));
  if (refused.length === 0) return [...problems.keys()];
  throw refusal(
    'BACKWARDS',
    `${listed(
      refused.map((id) => problems.get(id) ?? id),
      NAMED,
      '; ',
    )}.`,
    {
      hint: `Bring the change to ${source.from.name} first, or let it go: ${permissions(refused)}`,
      details: { older: [...older.keys()], hotfixes },
    },
  );
}

/** How many services a refusal names. Its details name them all. */
const NAMED = 20;

function permissions(ids: readonly ServiceId[]): string {
  if (ids.length > NAMED) return `--allow-downgrade <service>, once for each of the ${ids.length}`;
  return ids.map((id) => `--allow-downgrade ${id}`).join(' ');
}
