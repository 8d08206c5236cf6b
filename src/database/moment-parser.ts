import pg from 'pg';

const parseAnyMoment = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (
  text: string,
) => Date;

/** Such as `2026-01-31 07:08:09.12+00`: a session in UTC leaves out zeros at the end. */
const LENGTH_MIN = '2026-01-31 07:08:09+00'.length;
const FRACTION_AT = '2026-01-31 07:08:09.'.length;
const ZERO = 48;

/**
 * A timestamptz in PostgreSQL's text, to the millisecond, as the driver's own parser makes it, in a third of its time
 * where the session is in UTC. All else (other zones, infinity, years of other than four digits) is left to that one.
 */
export function parseMoment(text: string): Date {
  if (text.length < LENGTH_MIN || text.charCodeAt(4) !== 45 || !text.endsWith('+00'))
    return parseAnyMoment(text);
  const two = (at: number): number => (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
  const year = two(0) * 100 + two(2);
  // Date.UTC takes the first years for those of the twentieth century.
  if (year < 100) return parseAnyMoment(text);
  const end = text.length - 3;
  let milliseconds = 0;
  for (let at = FRACTION_AT, unit = 100; at < end && unit >= 1; at++, unit /= 10)
    milliseconds += (text.charCodeAt(at) - ZERO) * unit;
  return new Date(Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17), milliseconds));
}
