import pg from 'pg';
import { parseMoment } from '../../src/database/resilient-client.js';

const slowly = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (text: string) => unknown;

describe('a moment in the text of PostgreSQL', () => {
  it.each([
    '2026-01-31 07:08:09+00',
    '2026-12-31 23:59:59.9+00',
    '1999-02-28 00:00:00.123456+00',
    '2026-01-31 07:08:09.5+02',
    '2026-01-31 07:08:09-05:30',
    '0099-01-31 07:08:09+00',
    '0044-03-15 07:08:09+00 BC',
    '12026-01-31 07:08:09.25+00',
    'infinity',
    '-infinity',
  ])('%s is what the driver makes of it', (text) => {
    expect(parseMoment(text)).toEqual(slowly(text));
  });

  it('is exact to each millisecond', () => {
    for (let millisecond = 0; millisecond < 1000; millisecond++) {
      const moment = new Date(Date.UTC(2026, 10, 22, 19, 30, 7, millisecond));
      const text = `${moment.toISOString().slice(0, -1).replace('T', ' ')}+00`;
      expect(parseMoment(text)).toEqual(moment);
      expect(parseMoment(text.replace(/\.?0+\+/, '+')).getTime()).toBe(moment.getTime());
    }
  });
});
