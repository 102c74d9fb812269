import { describe, expect, it } from 'vitest';
import { parseWindow } from './window.ts';

const at = (text: string) => Date.parse(text);
const lines = (...text: string[]) => text.join('\n');

describe('a window', () => {
  it('comes again by its rule, on the clock of its place, also where that is put back in between', async () => {
    const friday = lines(
      'DTSTART;TZID=Europe/Zurich:20260102T170000',
      'DURATION:P2DT15H',
      'RRULE:FREQ=WEEKLY;BYDAY=FR',
    );
    const { endAt } = await parseWindow(friday);
    expect(endAt(at('2026-11-20T15:59:59Z'))).toBeNull();
    expect(endAt(at('2026-11-20T16:00:00Z'))).toBe(at('2026-11-23T07:00:00Z'));
    expect(endAt(at('2026-11-23T06:59:59Z'))).toBe(at('2026-11-23T07:00:00Z'));
    expect(endAt(at('2026-11-23T07:00:00Z'))).toBeNull();
    // Summer: an hour earlier in UTC, and over the weekend on which it ends an hour longer.
    expect(endAt(at('2026-07-03T15:00:00Z'))).toBe(at('2026-07-06T06:00:00Z'));
    expect(endAt(at('2026-10-23T15:00:00Z'))).toBe(at('2026-10-26T07:00:00Z'));
  });

  it('that has no rule comes once', async () => {
    const { endAt } = await parseWindow(lines('DTSTART;TZID=America/New_York:20261220T000000', 'DURATION:P2W'));
    expect(endAt(at('2026-12-20T04:59:59Z'))).toBeNull();
    expect(endAt(at('2026-12-25T00:00:00Z'))).toBe(at('2027-01-03T05:00:00Z'));
    expect(endAt(at('2027-12-25T00:00:00Z'))).toBeNull();
  });

  it('may be the last working days of a month', async () => {
    const { endAt } = await parseWindow(
      lines('DTSTART;TZID=Asia/Tokyo:20260130T000000', 'DURATION:P1D', 'RRULE:FREQ=MONTHLY;BYDAY=-1FR'),
    );
    expect(endAt(at('2026-11-27T03:00:00Z'))).toBe(at('2026-11-27T15:00:00Z'));
    expect(endAt(at('2026-11-20T03:00:00Z'))).toBeNull();
  });

  it.each([
    ['every day'],
    [lines('DTSTART:20260102T170000', 'DURATION:PT1H')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000Z', 'DURATION:PT1H')],
    [lines('DTSTART;TZID=Mars/Base:20260102T170000', 'DURATION:PT1H')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000', 'DURATION:P')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000', 'DURATION:P999D')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000', 'DURATION:PT1H', 'RRULE:FREQ=HOURLY')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=3')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;BYDAY=MO')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000', 'DURATION:PT1H', 'RRULE:FREQ=YEARLY;BYDAY=1MO,TU')],
    [lines('DTSTART;TZID=Europe/Zurich:20260102T170000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY', 'EXDATE:20260103')],
    [lines('DTSTART;TZID=Europe/Zurich:20260230T170000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY')],
  ])('that is not clear is refused: %j', async (text) => {
    await expect(parseWindow(text)).rejects.toThrow();
  });
});
