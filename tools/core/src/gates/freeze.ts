import { environmentPath } from '../files/environment.ts';
import type { FreezeRule } from '../files/policy.ts';
import { parseWindow } from '../files/window.ts';
import { isoTime } from '../names/time.ts';
import { type Entry, type Gate, wholeGate } from './gate.ts';

/** Returns the gate of the times in which nothing enters. A window that cannot be told is one of them. */
export async function freezeGate(
  { environment, workspace, now }: Entry,
  windows: readonly FreezeRule[],
): Promise<Gate> {
  const problems = await Promise.all(
    windows.map(async ({ name, window }) => {
      try {
        const end = (await parseWindow(window)).endAt(now);
        return end === null ? [] : [`${name} lasts until ${isoTime(end / 1000)}`];
      } catch (error) {
        return [`${name} cannot be told: ${(error as Error).message}`];
      }
    }),
  );
  const frozen = problems.flat();
  const asks = `takes nothing during ${windows.map(({ name }) => name).join(', ')}`;
  return wholeGate('freeze', asks, frozen.length === 0 ? undefined : frozen.join('; '), {
    who: `whoever reviews ${workspace.branch}`,
    command: `git log -p ${workspace.branch} -- ${environmentPath(environment.name)}`,
  });
}
