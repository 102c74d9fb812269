import { type Pin, type PinnedImage, pinnedReference } from '../files/pin.ts';
import type { Trailer } from '../history/message.ts';
import type { PinRequest, RecordedChanges } from './pin-request.ts';

/** Returns what a pin's commit records: the build, what it replaces, and what changed between the two. */
export function pinTrailers(
  request: PinRequest,
  before: Pin | null,
  after: Pin,
  recorded: RecordedChanges | null,
  downgrade: boolean,
): Trailer[] {
  const trailers: (Trailer | undefined)[] = [
    ['Service', request.id],
    ['Commit', after.commit],
    ['Branch', after.branch],
    after.version === undefined ? undefined : ['Version', after.version],
    ...after.images.map((image: PinnedImage): Trailer => ['Image', pinnedReference(image)]),
    before === null ? undefined : ['Replaces', before.commit],
    ...(recorded?.changes ?? []).map(({ commit, subject }): Trailer => ['Change', `${commit.slice(0, 12)} ${subject}`]),
    recorded === null || recorded.more === 0 ? undefined : ['Changes-Omitted', String(recorded.more)],
    ...(recorded?.authors ?? []).map(({ name, email }): Trailer => ['Change-Author', `${name} <${email}>`]),
    request.ticket === undefined ? undefined : ['Ticket', request.ticket],
    request.run === undefined ? undefined : ['Build-Run', request.run],
    downgrade ? ['Allowed-Downgrade', request.id] : undefined,
    request.requested === undefined ? undefined : ['Request', request.requested],
  ];
  return trailers.filter((item) => item !== undefined);
}
