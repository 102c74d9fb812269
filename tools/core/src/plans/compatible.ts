import { type EleventhError, refusal } from '../error.ts';
import type { Pin } from '../files/pin.ts';
import { servicePath } from '../files/service.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { buildLabel } from '../rules/build-order.ts';
import { fewestExcluding } from '../rules/conflict.ts';
import {
  type Break,
  breakReason,
  type Demand,
  demandsOn,
  meets,
  pinCommand,
  type Requirements,
} from '../rules/requires.ts';
import type { FoundBuild, Search, Wanted } from './build-search.ts';

/** How many states of an environment are looked at for a build that goes with the others. */
export const LOOK_BACK = 10_000;

/** What of a candidate a search for what goes together may change, and where it looks. */
export interface Choosing {
  /** The builds that would go. */
  readonly going: ReadonlyMap<ServiceId, Pin>;
  /** Those that stay, whatever they break: somebody named them. */
  readonly fixed: ReadonlySet<ServiceId>;
  readonly requirements: Requirements;
  readonly enters: (id: ServiceId, pin: Pin) => Promise<boolean>;
  /** Returns the newest build of each service that is accepted, of those that ran. */
  readonly search: (wanted: ReadonlyMap<ServiceId, Wanted>) => Promise<Search>;
  /** The name of the environment that they ran in. */
  readonly from: string;
}

/**
 * Returns the builds that have to go instead, so that all services have what they require; throws `NOTHING_COMPATIBLE`.
 * What a service requires is the default branch's word and the same for all its builds. So each requirement is a range for
 * one service alone, no choice depends on another, and the newest build of each service in its ranges makes the newest
 * set there is, by whatever order: most services at their newest, each as new as can be. Services are never left out.
 */
export async function newestCompatible(choosing: Choosing): Promise<Map<ServiceId, FoundBuild>> {
  const { going, fixed, requirements, enters, search, from } = choosing;
  const demands = demandsOn(requirements, going.keys());
  const wanted = new Map<ServiceId, Wanted>();
  const looked = new Map<ServiceId, Looked>();
  for (const [id, asked] of demands) {
    const goes = going.get(id);
    if (goes === undefined || fixed.has(id) || asked.every((demand) => meets(goes, demand))) continue;
    const seen: Looked = { unfit: new Map(), barred: new Map() };
    looked.set(id, seen);
    const accepts = async (pin: Pin) => {
      const isFit = asked.every((demand) => meets(pin, demand));
      const isTaken = isFit && (await enters(id, pin));
      if (!isTaken) (isFit ? seen.barred : seen.unfit).set(pin.commit, pin);
      return isTaken;
    };
    wanted.set(id, { isNamed: false, accepts });
  }
  if (wanted.size === 0) return new Map();
  const { found, isWhole } = await search(wanted);
  for (const [id, { unfit, barred }] of looked) {
    if (found.has(id)) continue;
    const sides = fewestExcluding([...unfit.values()], demands.get(id) ?? []);
    throw nothingCompatible({
      id,
      sides,
      unfit,
      barred,
      where: isWhole ? from : `${from} (its newest ${LOOK_BACK} states)`,
    });
  }
  return new Map(found);
}

/** The builds of a service by commit that do not go: since somebody requires another, or since policy keeps them out. */
interface Looked {
  readonly unfit: Map<Oid, Pin>;
  readonly barred: Map<Oid, Pin>;
}

interface Lacking extends Looked {
  readonly id: ServiceId;
  /** The fewest who require what none of the builds is. */
  readonly sides: readonly Demand[];
  readonly where: string;
}

function nothingCompatible({ id, sides, unfit, barred, where }: Lacking): EleventhError {
  const asked = `${sides.map(({ by, range }) => `${by} (${range})`).join(' and ')} ${sides.length > 1 ? 'require' : 'requires'}`;
  const unversioned = [...unfit.values()].filter(({ version }) => version === undefined).length;
  const [fit] = barred.values();
  const but = fit === undefined ? '' : `, but ${buildLabel(fit)}, which may not go on`;
  const untold = unversioned === 0 ? '' : ` ${unversioned} of ${unfit.size} have no version.`;
  return refusal('NOTHING_COMPATIBLE', `No build of ${id} that ran in ${where} is what ${asked}${but}.${untold}`, {
    hint: `eleventh log --service ${id}`,
    details: { service: id, requiredBy: sides, change: sides.map(({ by }) => servicePath(by)) },
  });
}

/** How many requirements a refusal names. Its details name them all. */
const NAMED = 20;

/** Returns the refusal of a candidate whose services do not have what they require. */
export function requiresBroken(
  breaks: readonly Break[],
  from: string,
  first: string,
  isCompatible: boolean,
): EleventhError {
  const [one] = breaks;
  const pin = one === undefined ? null : pinCommand(one, first);
  const compose = `eleventh compose --from ${from} --newest-compatible`;
  const shown = breaks.slice(0, NAMED).map((each) => `${each.service} ${breakReason(each)}`);
  const more = breaks.length > NAMED ? [`and ${breaks.length - NAMED} more`] : [];
  const breaksText = [...shown, ...more].join('; ');
  return refusal('REQUIRES_BROKEN', `The candidate would not hold together: ${breaksText}.`, {
    hint: pin ?? (isCompatible ? `eleventh log --service ${one?.requires}` : compose),
    details: { breaks },
  });
}
