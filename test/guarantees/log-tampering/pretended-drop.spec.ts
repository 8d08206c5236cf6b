import { rescind } from '../../cli/rescind-command.js';
import { serviceUrlOf, sql } from '../../support/databases.js';
import { aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { monthAgo, tamper } from '../../support/old-events.js';
import { madeThen, RETENTION, RetentionHouse, type OldLog } from '../../support/retention-house.js';
import type { RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { outcomeOf, verify } from '../verifiers.js';
import { TamperedHouse } from './house.js';

const LIMIT_MS = 300_000;

/** Deletes events of a log, and makes the database say that retention has dropped all that there are. */
const pretend = (logId: string, which = 'true'): string => `
  INSERT INTO audit_retention (business_id, dropped_through, purged_through, dropped_at)
    SELECT business_id, size, size, now() FROM audit_heads WHERE business_id = '${logId}'
    ON CONFLICT (business_id) DO UPDATE SET dropped_through = excluded.dropped_through, purged_through = excluded.purged_through;
  DELETE FROM audit_sequences s USING audit_events e WHERE e.business_id = '${logId}' AND ${which}
    AND s.business_id = e.business_id AND s.sequence = e.sequence;
  DELETE FROM audit_events WHERE business_id = '${logId}' AND ${which}`;

const keep = (id: string): string => `CREATE TABLE kept AS SELECT * FROM tokens WHERE id = '${id}'`;

const putBack = (id: string): string => `
  DELETE FROM tokens WHERE id = '${id}'; INSERT INTO tokens SELECT * FROM kept; DROP TABLE kept;
  DELETE FROM audit_token_ends WHERE token_id = '${id}'; DELETE FROM revocation_barriers WHERE token_id = '${id}'`;

const ways: [string, boolean][] = [
  ['under a running process', false],
  ['between two processes', true],
];

describe('a drop that no event of the log records is believed by nobody:', () => {
  let house: TamperedHouse;
  beforeEach(async () => {
    house = await TamperedHouse.start();
  });
  afterEach(() => house.end());

  const outcome = async (log: TestBusiness, token: TestToken): Promise<string> =>
    outcomeOf(await verify(house.app, log, token));
  const attack = async (statements: string, restarts: boolean): Promise<void> => {
    const tampering = (): Promise<void> => house.tamper(statements);
    await (restarts ? house.restart(tampering) : tampering());
  };
  const reconcile = (logId: string): Promise<{ code: number | null; stdout: string }> =>
    rescind(
      ['audit', 'reconcile', '--business', logId],
      { DATABASE_URL: serviceUrlOf(house.database.url) },
      true,
    ).ended;

  it.each(ways)(
    'a token whose revocation it is to hide is refused: %s',
    async (_, restarts) => {
      const log = await house.aLog(1);
      const [token] = log.tokens as [TestToken];
      await house.tamper(keep(token.id));
      await log.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
      await house.sealed(log.id);
      await attack(`${putBack(token.id)}; ${pretend(log.id)}`, restarts);
      await house.alarm('drop_forged', log.id);
      await house.alarm('event_missing', log.id);
      await waitFor('the token to be refused', async () => (await outcome(log, token)) === 'revoked');
      const { code, stdout } = await reconcile(log.id);
      expect(stdout).toContain(`${log.id} ${token.id} token that was never issued`);
      expect(code).toBe(1);
    },
    LIMIT_MS,
  );

  it.each(ways)(
    'the tokens of a developer who was made an owner are refused: %s',
    async (_, restarts) => {
      const log = await house.aLog(1);
      const member = await aMember(log);
      const token = await aToken(log, { member });
      await house.sealed(log.id);
      await attack(
        `UPDATE members SET role = 'owner' WHERE id = '${member.id}'; ${pretend(log.id)}`,
        restarts,
      );
      await house.alarm('drop_forged', log.id);
      await house.alarm('member_differs', log.id);
      await waitFor('the token to be refused', async () => (await outcome(log, token)) === 'revoked');
    },
    LIMIT_MS,
  );

  it(
    'a claim alone, with every event in its place',
    async () => {
      const log = await house.aLog(1);
      await house.sealed(log.id);
      await house.tamper(pretend(log.id, 'false'));
      await house.alarm('drop_forged', log.id);
    },
    LIMIT_MS,
  );
});

describe('where retention has dropped events,', () => {
  /** The first are twenty months old, the next thirteen. */
  const [OLDEST, OLD] = [4, 7];
  let house: RetentionHouse;
  let log: OldLog;
  let applier: RescindProcess;
  beforeEach(async () => {
    house = await RetentionHouse.open();
    const ages: [number, number][] = [
      [OLDEST, 20],
      [OLD, 13],
    ];
    const dateOf = (sequence: number): Date | null => {
      const age = ages.find(([last]) => sequence <= last)?.[1];
      return age === undefined ? null : monthAgo(age);
    };
    log = await house.aLog(dateOf);
    await madeThen(
      house.database,
      log,
      [OLDEST, OLD].map((sequence) => dateOf(sequence) as Date),
    );
    applier = await startApplier();
  });
  afterEach(async () => {
    await applier.stop();
    await house.close();
  });

  const startApplier = (): Promise<RescindProcess> =>
    house.startApplier({ RESCIND_SEAL_MS: '200', RESCIND_AUDIT_SAMPLE_ROWS: '500' });
  const faults = (): Promise<{ log: string; fault: string }[]> =>
    sql(house.database.superuserUrl, 'SELECT business_id AS log, fault FROM integrity_faults');
  const keepFor = async (months: number, first: number): Promise<void> => {
    const { status } = await log.business.api.put(RETENTION, { months });
    expect(status).toBe(200);
    // The notice that a shorter retention is given has passed.
    await tamper(house.database, 'UPDATE audit_retention SET effective_at = NULL WHERE business_id = $1', [
      log.business.id,
    ]);
    await waitFor('the drop', async () => (await house.sequences(log.business.id))[0] === first);
  };
  /** Once another log, which is looked at later, is found to be tampered with, nothing was found in this one. */
  const isAccusedByNobody = async (): Promise<void> => {
    const other = await house.aLog(() => null);
    const token = await aToken(other.business);
    await tamper(house.database, 'DELETE FROM audit_events WHERE business_id = $1 AND sequence = 2', [
      other.business.id,
    ]);
    await tamper(house.database, `UPDATE tokens SET revoked_at = now(), revoked_by = 'x' WHERE id = $1`, [
      token.id,
    ]);
    for (const fault of ['event_missing', 'token_differs'])
      await waitFor(`${fault} in the other log`, async () =>
        (await faults()).some((found) => found.log === other.business.id && found.fault === fault),
      );
    expect((await faults()).filter((found) => found.log === log.business.id)).toEqual([]);
  };

  it(
    'once and again, nobody is accused, neither before nor after a restart',
    async () => {
      await keepFor(19, OLDEST + 1);
      await isAccusedByNobody();
      await keepFor(12, OLD + 1);
      await isAccusedByNobody();
      // As those that were written before events had MACs: their leaves are in the tree.
      await tamper(
        house.database,
        `UPDATE audit_events SET mac = NULL WHERE action = 'audit.retention_applied'`,
        [],
      );
      await isAccusedByNobody();
      await applier.stop();
      applier = await startApplier();
      await isAccusedByNobody();
    },
    LIMIT_MS,
  );

  it(
    'a claim to have dropped more hides no revocation, nor who was issued a token, though the genuine drop is on record',
    async () => {
      await keepFor(12, OLD + 1);
      const token = await aToken(log.business);
      await tamper(house.database, keep(token.id), []);
      await log.business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'lost' });
      await log.business.api.get('/api/v1/audit/checkpoint');
      const others = `action <> 'audit.retention_applied'`;
      const statements = `${putBack(token.id)}; ${pretend(log.business.id, others)}`;
      await tamper(house.database, statements, []);
      // By different rounds, whichever comes first.
      for (const fault of ['drop_forged', 'token_invented'])
        await waitFor(`${fault} to be found`, async () =>
          (await faults()).some(({ fault: found }) => found === fault),
        );
      await waitFor('the token to be refused', async () => {
        const answer = await verify(applier, log.business, token);
        return outcomeOf(answer) === 'revoked';
      });
      const invented = await sql<{ subject: string }>(
        house.database.superuserUrl,
        `SELECT subject FROM integrity_faults WHERE fault = 'token_invented'`,
      );
      expect(invented.map(({ subject }) => subject)).not.toContain(log.tokens[0]!.id);
    },
    LIMIT_MS,
  );
});
