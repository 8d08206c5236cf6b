import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rescind, type Outcome } from '../../cli/rescind-command.js';
import { exportOf } from '../../support/audit-export.js';
import { serviceUrlOf } from '../../support/databases.js';
import type { TestBusiness, TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse, tokensGoodAgain } from './house.js';

const LIMIT_MS = 300_000;

/** Everything that the database has of a log and its tokens, by the column that says whose it is. */
const TABLES = ['audit_events', 'audit_sequences', 'audit_heads', 'audit_trees', 'audit_tiles', 'tokens'];

describe('what was kept outside of the database is held against it:', () => {
  let house: TamperedHouse;
  let log: TestBusiness & { tokens: TestToken[] };
  let token: TestToken;
  beforeEach(async () => {
    house = await TamperedHouse.start();
    log = await house.aLog(1);
    [token] = log.tokens as [TestToken];
  });
  afterEach(() => house.end());

  const reconcile = (...args: string[]): Promise<Outcome> =>
    rescind(
      ['audit', 'reconcile', '--business', log.id, ...args],
      { DATABASE_URL: serviceUrlOf(house.database.url) },
      true,
    ).ended;
  const outcome = async (): Promise<string> => outcomeOf(await verify(house.app, house.as(log), token));
  const kept = async (name: string, text: string): Promise<string> => {
    const path = join(house.directory, name);
    await writeFile(path, text);
    return path;
  };
  const revoke = async (): Promise<void> => {
    const { status } = await log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
    expect(status).toBe(201);
    await house.sealed(log.id);
  };

  it(
    'a token that an export knows to be revoked is refused from then on, though its revocation is gone from the log',
    async () => {
      await revoke();
      const lines = await exportOf(log);
      const file = await kept('export.ndjson', lines.join(''));
      const changed = lines.map((line) => line.replace('"reason":"lost"', '"reason":"left"'));
      const forged = await kept('forged.ndjson', changed.join(''));
      await house.restart(() => {
        const event = `e.business_id = '${log.id}' AND e.action = 'token.revoked'`;
        return house.tamper(`${tokensGoodAgain([token.id])};
          DELETE FROM revocation_barriers WHERE token_id = '${token.id}';
          DELETE FROM audit_sequences s USING audit_events e WHERE ${event} AND s.business_id = e.business_id AND s.sequence = e.sequence;
          DELETE FROM audit_events e WHERE ${event}`);
      });
      await house.app.ready();
      // The log misses an event, but nothing in the database says which token it was of.
      expect(await outcome()).toBe('active');
      expect(await reconcile('--export', forged)).toMatchObject({ code: 2, stdout: '' });
      expect(await outcome()).toBe('active');
      const { code, stdout } = await reconcile('--export', file);
      expect(stdout).toContain(`${log.id} ${token.id} un-revoked\n`);
      expect(stdout).toMatch(new RegExp(`^${log.id} \\d+ event_missing$`, 'm'));
      expect(code).toBe(1);
      await waitFor('the token to be refused', async () => (await outcome()) === 'revoked');
      await house.restart(() => Promise.resolve());
      await house.app.ready();
      expect(await outcome()).toBe('revoked');
    },
    LIMIT_MS,
  );

  it(
    'a log that was put back as a whole is shorter than a checkpoint, and than an export, which names the token too',
    async () => {
      await house.sealed(log.id);
      await house.tamper(
        TABLES.map(
          (table) => `CREATE TABLE kept_${table} AS SELECT * FROM ${table} WHERE business_id = '${log.id}'`,
        ).join(';'),
      );
      await revoke();
      const file = await kept('export.ndjson', (await exportOf(log)).join(''));
      const note = (await log.api.get<string>('/api/v1/audit/checkpoint')).body;
      const checkpoint = await kept('kept.checkpoint', note);
      const foreign = await kept('foreign.checkpoint', note.replace(/\n\d+\n/, '\n999\n'));
      await house.app.stop();
      await house.tamper(
        `DELETE FROM audit_token_ends WHERE token_id = '${token.id}'; DELETE FROM revocation_barriers WHERE token_id = '${token.id}';` +
          TABLES.map(
            (table) =>
              `DELETE FROM ${table} WHERE business_id = '${log.id}'; INSERT INTO ${table} SELECT * FROM kept_${table}; DROP TABLE kept_${table}`,
          ).join(';'),
      );
      expect(await reconcile('--checkpoint', foreign)).toMatchObject({ code: 2, stdout: '' });
      const byCheckpoint = await reconcile('--checkpoint', checkpoint);
      expect(byCheckpoint.stdout).toMatch(new RegExp(`^${log.id} \\d+ log_shortened$`, 'm'));
      expect(byCheckpoint.code).toBe(1);
      const { code, stdout } = await reconcile('--export', file);
      expect(stdout).toContain(`${log.id} ${token.id} un-revoked\n`);
      expect(code).toBe(1);
    },
    LIMIT_MS,
  );
});
