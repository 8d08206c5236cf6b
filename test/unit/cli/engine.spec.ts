import { demandPostgres } from '../../../src/database/database-identity.js';

it.each([
  'CockroachDB CCL v25.2.1 (x86_64-pc-linux-gnu, built 2025/05/28 14:41:31, go1.23.7 X:nocoverageredesign)',
  'PostgreSQL 15.12-YB-2025.1.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 17.0.6, 64-bit',
])('refuses %s, with the way out', (version) => {
  expect(() => demandPostgres(version)).toThrow(
    /^The database is (CockroachDB|YugabyteDB), .+: give Rescind a PostgreSQL from 15 on\.$/,
  );
});

it.each([
  'PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit',
  'PostgreSQL 18.4 on aarch64-unknown-linux-gnu, compiled by gcc, 64-bit',
])('takes %s', (version) => expect(() => demandPostgres(version)).not.toThrow());
