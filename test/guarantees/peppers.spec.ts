import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rescind } from '../cli/rescind-command.js';
import { Api } from '../support/api.js';
import { freshDatabase, serviceUrlOf, sql, type TestDatabase } from '../support/databases.js';
import { exchange } from '../support/exchange.js';
import { aBusiness, aToken, type TestToken } from '../support/factories.js';
import { startRescind, type RescindProcess } from '../support/rescind-process.js';
import { testRun } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';

const aPepper = (): string => randomBytes(32).toString('base64');
const idOf = (pepper: string): string =>
  createHash('sha256').update(Buffer.from(pepper, 'base64')).digest('hex').slice(0, 8);

describe('the peppers of a database', () => {
  const first = testRun().secrets.RESCIND_PEPPER;
  let database: TestDatabase;
  const running: RescindProcess[] = [];
  beforeEach(async () => void (database = await freshDatabase()));
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
    await database.drop();
  });

  const start = async (env: Record<string, string> = {}): Promise<RescindProcess> => {
    const app = await startRescind({ databaseUrl: database.url, env });
    running.push(app);
    return app;
  };
  const refusal = async (env: Record<string, string>): Promise<string> => {
    const settings = { DATABASE_URL: serviceUrlOf(database.url), PORT: '0', ...env };
    const { code, stderr } = await rescind(['serve'], settings, true).ended;
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/\n\s+at /);
    return stderr;
  };
  const missing = (id: string): string =>
    `rescind: The tokens of this database are stored under the pepper ${id}, which is neither RESCIND_PEPPER nor in RESCIND_PEPPER_RETIRED: ` +
    `give it in one of them, or, if nobody has it any more, set RESCIND_PEPPER_LOST=${id} and issue these tokens anew.\n`;
  const aTokenOf = async (app: RescindProcess): Promise<TestToken> =>
    aToken(await aBusiness({ url: app.url }), { role: 'owner' });
  const statusWith = async (app: RescindProcess, { api, secret }: TestToken): Promise<number> =>
    (await new Api(app.url, secret, api.business).get('/api/v1/tokens')).status;

  it('that tokens use must be known: another one refuses to start, beside a running process and after it', async () => {
    const app = await start();
    await aTokenOf(app);
    expect(await refusal({ RESCIND_PEPPER: aPepper() })).toBe(missing(idOf(first)));
    await app.stop();
    expect(await refusal({ RESCIND_PEPPER: aPepper() })).toBe(missing(idOf(first)));
    const { code } = await rescind(
      ['bootstrap'],
      { DATABASE_URL: serviceUrlOf(database.url), RESCIND_PEPPER: aPepper() },
      true,
    ).ended;
    expect(code).toBe(1);
  });

  it('are known to the start that finds tokens of before, by their ids', async () => {
    const app = await start();
    const token = await aTokenOf(app);
    await app.stop();
    // As the migration leaves it.
    await sql(database.superuserUrl, 'UPDATE peppers SET check_value = NULL');
    expect(await refusal({ RESCIND_PEPPER: aPepper() })).toBe(missing(idOf(first)));
    expect(await statusWith(await start(), token)).toBe(200);
    expect(
      await sql(database.superuserUrl, 'SELECT id, octet_length(check_value) AS bytes FROM peppers'),
    ).toEqual([{ id: idOf(first), bytes: 32 }]);
  });

  it('are changed by giving the old one as retired; a running process that lacks the new one is not ready', async () => {
    const old = await start();
    const token = await aTokenOf(old);
    const next = { RESCIND_PEPPER: aPepper(), RESCIND_PEPPER_RETIRED: first };
    const changed = await start(next);
    expect(await statusWith(changed, token)).toBe(200);
    const report = await waitFor('the old process to notice', async () => {
      const { status, text } = await exchange(old.url, { method: 'GET', path: '/health/ready' });
      return status === 503 ? (JSON.parse(text) as { secrets: unknown }) : undefined;
    });
    expect(report.secrets).toEqual({
      status: 'down',
      detail: missing(idOf(next.RESCIND_PEPPER)).slice('rescind: '.length, -1),
    });
    await changed.ready();
    // Whoever knows both may be started again as it was.
    const unchanged = await start({ RESCIND_PEPPER: first, RESCIND_PEPPER_RETIRED: next.RESCIND_PEPPER });
    await unchanged.ready();
    await changed.ready();
    expect(await statusWith(unchanged, token)).toBe(200);
  });

  it('may be dropped when no active token is left under them, and not before', async () => {
    const app = await start({ RESCIND_BOOTSTRAP_TOKEN: randomBytes(24).toString('base64url') });
    await app.stop();
    const second = aPepper();
    await (await start({ RESCIND_PEPPER: second, RESCIND_PEPPER_RETIRED: first })).stop();
    expect(await refusal({ RESCIND_PEPPER: second })).toBe(missing(idOf(first)));
    await sql(
      database.superuserUrl,
      `UPDATE tokens SET revoked_at = now(), revoked_by = 'test', revocation_reason = 'test'`,
    );
    await (await start({ RESCIND_PEPPER: second })).stop();
    expect(await sql(database.superuserUrl, `SELECT id FROM peppers WHERE emptied_at IS NOT NULL`)).toEqual([
      { id: idOf(first) },
    ]);
  });

  it('that are lost stop no start that says so; their tokens stay refused', async () => {
    const app = await start();
    const token = await aTokenOf(app);
    await app.stop();
    const RESCIND_PEPPER = aPepper();
    const after = await start({ RESCIND_PEPPER, RESCIND_PEPPER_LOST: idOf(first) });
    await after.ready();
    expect(await statusWith(after, token)).toBe(401);
  });

  it('are found to be wrong also under a known id', async () => {
    await (await start()).stop();
    await sql(database.superuserUrl, 'UPDATE peppers SET check_value = $1', [randomBytes(32)]);
    expect(await refusal({})).toBe(
      `rescind: One of RESCIND_PEPPER and RESCIND_PEPPER_RETIRED has the id ${idOf(first)}, but is not the pepper that this database knows by it: give the one that it had.\n`,
    );
  });

  it('are one: of processes that start at once with different ones, all but one are refused', async () => {
    const starts = await Promise.allSettled([1, 2, 3].map(() => start({ RESCIND_PEPPER: aPepper() })));
    const refused = starts.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(String(reason)).toContain('are stored under the pepper');
  });
});
