import { readdirSync, readFileSync } from 'node:fs';
import { freshDatabase, sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken } from '../../support/factories.js';
import { startRescind } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';

/** One that takes 10 s ends with 1. */
const STOP_MS_MAX = 12_000;

/** Processes of the group that a service leads, itself included. */
function groupOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const [, state, , group] = /\) (\S) (\S+) (\S+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      return Number(group) === pid && state !== 'Z' ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

describe('a service that is asked to stop', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s answers what it has begun, ends with 0 within seconds, and leaves no process',
    async (signal) => {
      const app = await startRescind({ databaseUrl: database.url });
      const business = await aBusiness({ url: app.url });
      const member = await aMember(business);
      const tokens = await Promise.all(Array.from({ length: 20 }, () => aToken(business, { member })));
      const answers = Promise.allSettled(
        tokens.map(({ id }) => business.api.post(`/api/v1/tokens/${id}/revoke`)),
      );
      const exit = await app.kill(signal);
      expect(exit).toMatchObject({ code: 0, signal: null });
      expect(exit.tookMs).toBeLessThan(STOP_MS_MAX);
      expect(groupOf(app.pid)).toEqual([]);
      const acknowledged = (await answers).filter(
        (each) => each.status === 'fulfilled' && each.value.status === 201,
      );
      const [row] = await sql<{ revoked: number }>(
        database.url,
        'SELECT count(*)::int AS revoked FROM tokens WHERE revoked_at IS NOT NULL AND member_id = $1',
        [member.id],
      );
      expect(row?.revoked).toBeGreaterThanOrEqual(acknowledged.length);
      // A backend learns some time later that its client has gone.
      await waitFor('its sessions to end', async () => {
        const sessions = await sql(
          database.superuserUrl,
          `SELECT 1 FROM pg_stat_activity
           WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
        );
        return sessions.length === 0;
      });
    },
  );

  it('with several workers takes all of them along', async () => {
    const app = await startRescind({ databaseUrl: database.url, env: { RESCIND_WORKERS: '2' } });
    expect(groupOf(app.pid).length).toBeGreaterThanOrEqual(3);
    const exit = await app.stop();
    expect(exit).toMatchObject({ code: 0 });
    expect(exit.tookMs).toBeLessThan(STOP_MS_MAX);
    expect(groupOf(app.pid)).toEqual([]);
  });
});
