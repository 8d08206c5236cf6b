import pg from 'pg';
import { databaseUrl } from '../../../src/config/database.config.js';
import { eachHostOf } from '../../../src/database/primary.js';
import { withSettings } from '../../../src/database/session-settings.js';

function addressOf(value: string): string {
  process.env['DATABASE_URL'] = value;
  return databaseUrl() as string;
}

/** Where the driver goes for each of them. */
function placesOf(value: string): string {
  const sessions = eachHostOf(addressOf(value)).map((each) => new pg.Client({ connectionString: each }));
  return sessions.map(({ host, port }) => `${host}:${port}`).join(' ');
}

afterEach(() => delete process.env['DATABASE_URL']);

describe('an address with several hosts', () => {
  it.each([
    ['postgres://u:p@h1:5432,h2:6000/db?target_session_attrs=read-write', 'h1:5432 h2:6000'],
    ['postgresql://u@h1,h2,h3/db', 'h1:5432 h2:5432 h3:5432'],
    ['postgres://u:p%2C@[::1]:5433,[2001:db8::7]/db?sslmode=disable', '::1:5433 2001:db8::7:5432'],
    ['postgres://u:a,b@h1:1,10.0.0.2:2/db', 'h1:1 10.0.0.2:2'],
  ])('%s', (value, hosts) => {
    expect(placesOf(value)).toBe(hosts);
  });

  it('keeps user, password, database and its other parameters', () => {
    const address = addressOf(
      'postgres://u:p%40@h1:1,h2:2/db?target_session_attrs=primary&options=-c%20a%3Db',
    );
    const url = new URL(address);
    expect([url.username, url.password, url.pathname]).toEqual(['u', 'p%40', '/db']);
    expect(withSettings(address, {}, false)['options']).toMatch(/^-c a=b /);
  });

  it('an address with one host is what it was', () => {
    for (const value of [
      'postgres://u:p@h1:5432/db?options=-c%20a%3Db',
      'postgres://h1/db?target_session_attrs=read-write',
      'postgresql:///db?host=/run/postgresql',
    ])
      expect(addressOf(value)).toBe(value);
  });

  it.each([
    'mysql://h1,h2/db',
    'postgres://h1:5432,/db',
    'postgres://,h2/db',
    'postgres://h1:x,h2/db',
    'postgres://h1:1,h2:99999/db',
    'h1,h2',
  ])('%s is refused', (value) => {
    expect(() => addressOf(value)).toThrow('must be a postgres:// address, or @file with one.');
  });

  it.each(['read-only', 'standby', 'prefer-standby'])(
    'target_session_attrs=%s is refused, for one host and for several',
    (asked) => {
      for (const hosts of ['h1', 'h1,h2'])
        expect(() => addressOf(`postgres://${hosts}/db?target_session_attrs=${asked}`)).toThrow(
          'must lead to the primary',
        );
    },
  );
});
