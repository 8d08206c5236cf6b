const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Whether `text` is what `toISOString` writes of a date that PostgreSQL knows: no 30th of February, no year 0. */
export function isInstant(text: string): boolean {
  if (!INSTANT.test(text) || text.startsWith('0000')) return false;
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}

/** Whether the calendar has the day that `text` begins with, as `2026-02-28`: Date takes the 30th of February for the 2nd of March. */
export function beginsWithDay(text: string): boolean {
  const day = new Date(text.slice(0, 10));
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}

/** The first and the last millisecond that `toISOString` writes as PostgreSQL reads it: years of four digits, and no year 0. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether what `text` means, its offset counted, is between them. */
export function isWithinYears(text: string): boolean {
  const ms = Date.parse(text);
  return ms >= FIRST_MS && ms <= LAST_MS;
}

/** `moment` later by `ms`, or earlier; never beyond those. */
export function shifted(moment: Date, ms: number): Date {
  return new Date(Math.min(LAST_MS, Math.max(FIRST_MS, moment.getTime() + ms)));
}
