const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The largest first: the first that the distance reaches is used. */
const UNITS = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });
const short = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** "3 hours ago", "in 2 days"; "now" within ten seconds. Short: "3 hr. ago". */
export function relativeMoment(moment: Date, now: number, isShort = false): string {
  const distance = moment.getTime() - now;
  if (Math.abs(distance) < 10 * SECOND) return 'now';
  const [unit, length] = UNITS.find(([, ms]) => Math.abs(distance) >= ms) ?? ['second', SECOND];
  return (isShort ? short : relative).format(Math.round(distance / length), unit);
}

/** With date, second and zone, in the reader's zone. */
export function exactMoment(moment: Date): string {
  return exact.format(moment);
}

export function dayOf(moment: Date): string {
  return day.format(moment);
}

export function clockTime(moment: Date): string {
  return clock.format(moment);
}

/** How long the words of a relative moment stay true, in milliseconds. */
export function freshFor(moment: Date, now: number): number {
  const distance = Math.abs(moment.getTime() - now);
  if (distance < 2 * MINUTE) return 5 * SECOND;
  return distance < 2 * HOUR ? 30 * SECOND : 5 * MINUTE;
}
