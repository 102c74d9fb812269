import { EMPTY_TREE } from '../names/object-id.ts';
import { recipeBreaks } from '../rules/recipe-breaks.ts';
import { type Break, breakReason, pinCommand } from '../rules/requires.ts';
import { type Entry, type Gate, gate } from './gate.ts';

const ASKS = 'takes services only with what they require';

/**
 * Returns the gate of what services require of each other; null where nobody requires anything, and where builds enter one
 * by one: who brings one cannot wait for another's. Of some services alone it asks what they take part in: what was
 * broken before is no reason to keep a repair of something else out.
 */
export async function requiresGate(entry: Entry): Promise<Gate | null> {
  const { view, workspace, source, recipe, asksRequires, way, changes } = entry;
  if (source === undefined || recipe === undefined || recipe === EMPTY_TREE || asksRequires === false) return null;
  const state = await (await view.snapshot(EMPTY_TREE)).with([{ path: 'apps', put: { tree: recipe } }]);
  const breaks = await recipeBreaks(workspace, state);
  if (breaks === null) return null;
  const changed = new Set(changes.map(({ id }) => id));
  const isAsked = (id: string) => way === 'promotion' || changed.has(id);
  const asked = breaks.filter(({ service, requires }) => isAsked(service) || isAsked(requires));
  const reasons = asked.map((one) => ({ service: one.service, reason: breakReason(one) }));
  const [first] = asked;
  return gate('requires', ASKS, reasons, first === undefined ? null : remedyOf(entry, source.from.name, first));
}

function remedyOf({ way, workspace, environment }: Entry, from: string, found: Break): Gate['remedy'] {
  const pin = pinCommand(found, workspace.first.name);
  if (pin !== null) return { who: `the CI of ${found.requires}`, command: pin };
  if (way === 'rollback') return { who: 'whoever rolls back', command: `eleventh rollback ${environment.name}` };
  return { who: 'whoever composes', command: `eleventh compose --from ${from} --newest-compatible` };
}
