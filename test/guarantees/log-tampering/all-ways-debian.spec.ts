import { DebianPostgres } from '../../support/debian-postgres.js';
import { playAllWays } from './play-all-ways.js';

const DEBIAN = 15;

const describeWhereInstalled = DebianPostgres.isInstalled(DEBIAN) ? describe : describe.skip;

describeWhereInstalled(`with every right on the database and no key, on Debian's PostgreSQL ${DEBIAN}:`, () =>
  playAllWays(DEBIAN),
);
