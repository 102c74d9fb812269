import type { Api } from './api.ts';
import type { ReviewRequest } from './forge.ts';

/** Milliseconds between looks: hosts see a push within seconds, and most of them at once. */
const PAUSES = [500, 1000, 2000, 4000, 8000];

/** Returns what became of a request by itself, `open` when nothing did within some seconds. */
export async function settled(api: Api, look: () => Promise<ReviewRequest>): Promise<ReviewRequest['state']> {
  for (const pause of PAUSES) {
    const { state } = await look();
    if (state !== 'open') return state;
    await api.wait(pause);
  }
  return (await look()).state;
}
