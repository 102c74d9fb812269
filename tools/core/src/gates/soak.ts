import { formatDuration, parseDuration } from '../files/duration.ts';
import type { SoakRule } from '../files/policy.ts';
import { recipeOf } from '../history/deployment.ts';
import { ranFor } from '../history/ran-for.ts';
import { short } from '../names/object-id.ts';
import { type EnteringRecipe, type Entry, eachBuild, type Gate, wholeGate } from './gate.ts';

/** Returns the gate of the time that a recipe, or each build that enters, has to have run where it comes from. */
export async function soakGate(entry: Entry, source: EnteringRecipe, { time, of }: SoakRule): Promise<Gate> {
  const { view, workspace, now, entering, changes, recipe = '' } = entry;
  const { from } = source;
  const needed = parseDuration(time) ?? Number.POSITIVE_INFINITY;
  const tip = view.refs.branches.get(from.branch);
  const wanted = new Map(of === 'recipe' ? [['', recipe]] : changes.map(({ id, to }) => [id, to ?? '']));
  const ran =
    tip === undefined
      ? undefined
      : await ranFor(view, workspace, tip, wanted, needed, now, async (snapshot, id) =>
          id === '' ? recipeOf(snapshot) : ((await snapshot.entry(`apps/${id}`))?.oid ?? null),
        );
  const problem = (key: string): string | undefined => {
    if (ran?.future !== undefined) return `${short(ran.future.oid)} on ${from.branch} is dated in the future`;
    const seconds = ran?.seconds.get(key) ?? 0;
    if (seconds >= needed) return undefined;
    return `ran ${formatDuration(seconds)} in ${from.name}, ${formatDuration(needed - seconds)} less than ${time}`;
  };
  const remedy = { who: 'time', command: `eleventh log ${from.name}` };
  const asks = (what: string) => `takes ${what} that ran for ${time} in ${from.name}`;
  if (of === 'recipe') return wholeGate('soak', asks('recipes'), problem(''), remedy);
  return eachBuild('soak', asks('builds'), entering, (_, service) => problem(service), remedy);
}
