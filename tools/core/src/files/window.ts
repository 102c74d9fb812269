import type { RRuleTemporal } from 'rrule-temporal';

const START = /^DTSTART;TZID=([A-Za-z0-9_+/-]+):((?:19|20)\d{6}T\d{6})$/;
const DURATION = /^DURATION:P(?:(\d{1,2})W|(?:(\d{1,3})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,3})M)?)?)$/;
const DAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
/** What a rule may say, and how: the parts of RFC 5545 that mean the same to every calendar. */
const PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  BYDAY: new RegExp(`^(?:[+-]?[1-5])?${DAY}(?:,(?:[+-]?[1-5])?${DAY})*$`),
  BYMONTH: /^(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2]))*$/,
  BYMONTHDAY: /^-?(?:[1-9]|[12]\d|3[01])(?:,-?(?:[1-9]|[12]\d|3[01]))*$/,
  UNTIL: /^\d{8}T\d{6}Z$/,
  WKST: /^(?:MO|SU)$/,
};
const HOUR = 60 * 60 * 1000;
const LONGEST = 366 * 24 * HOUR;

/** A time that comes again and again. */
export interface Window {
  /** Returns when the window ends in which an instant lies, or null when it lies in none. Milliseconds since 1970. */
  endAt(instant: number): number | null;
}

/**
 * Returns the window that three lines of RFC 5545 describe: `DTSTART` with a time zone, `DURATION` and, unless it comes
 * but once, `RRULE`. Throws an `Error` with what is wrong with them. Days last as long as they do on the clock there.
 */
export async function parseWindow(text: string): Promise<Window> {
  const [first = '', second = '', third, ...more] = text.trim().split(/\s*\n\s*/);
  const start = START.exec(first);
  const duration = DURATION.exec(second);
  if (start === null) throw new Error('the first line is not DTSTART;TZID=Europe/Zurich:20261218T170000 or its like');
  if (duration === null || more.length > 0)
    throw new Error('it takes the lines DTSTART, DURATION such as P2DT15H and, if it comes again, RRULE');
  const [weeks = 0, days = 0, hours = 0, minutes = 0] = duration.slice(1).map((part) => Number(part ?? 0));
  const length = { days: weeks * 7 + days, hours, minutes };
  const most = (length.days * 24 + hours + minutes / 60) * HOUR;
  if (most <= 0 || most > LONGEST) throw new Error('a window lasts from a minute to 366 days');
  const rule = third === undefined ? 'FREQ=YEARLY;UNTIL=20991231T000000Z' : ruleOf(third);
  const { RRuleTemporal } = await import('rrule-temporal');
  const times = new RRuleTemporal({ rruleString: `${first}\nRRULE:${rule}`, strict: true, maxIterations: 2000 });
  refuseOtherStart(times, start[2] ?? '');
  const isOnce = third === undefined;
  const starts = (instant: number) =>
    isOnce
      ? times.all((_, index) => index < 1).slice(0, 1)
      : times.between(new Date(instant - most - 2 * HOUR), new Date(instant), true);
  return {
    endAt: (instant) => {
      const ends = starts(instant)
        .filter(({ epochMilliseconds }) => epochMilliseconds <= instant)
        .map((begin) => begin.add(length).epochMilliseconds);
      const last = Math.max(...ends);
      return last > instant ? last : null;
    },
  };
}

/** Returns the rule, or throws for what calendars disagree on. */
function ruleOf(line: string): string {
  const rule = line.replace(/^RRULE:/, '');
  const seen = new Map<string, string>();
  for (const part of rule.split(';')) {
    const [key = '', value = ''] = part.split('=');
    if (PARTS[key]?.test(value) !== true || seen.has(key)) throw new Error(`RRULE does not take ${part}`);
    seen.set(key, value);
  }
  const days = seen.get('BYDAY')?.split(',') ?? [];
  const numbered = days.filter((day) => day.length > 2).length;
  const isClear = seen.get('FREQ') === 'MONTHLY' && numbered === days.length && !seen.has('BYMONTHDAY');
  if (numbered > 0 && !isClear) throw new Error('numbered days such as 1MO go with FREQ=MONTHLY, all of them numbered');
  return rule;
}

/** Refuses a beginning that the rule does not give, or that the clock of the place jumps over. */
function refuseOtherStart(times: RRuleTemporal, written: string): void {
  const [first] = times.all((_, index) => index < 1);
  const clock = first?.toPlainDateTime().toString().replace(/[-:]/g, '').slice(0, 15).padEnd(15, '0');
  if (clock !== written) throw new Error('DTSTART is not the first time that RRULE gives');
}
