import { sql } from '../../support/databases.js';
import type { TestBusiness } from '../../support/factories.js';
import { monthAgo } from '../../support/old-events.js';
import { RetentionHouse } from '../../support/retention-house.js';
import { aDrop, anEvent, attempt, everything, type Statement } from './attempt.js';

const OLD = 6;

describe('with the rights of the application', () => {
  let house: RetentionHouse;
  let expired: TestBusiness;
  let kept: TestBusiness;
  let before: unknown;

  beforeAll(async () => {
    house = await RetentionHouse.open();
    const old = (sequence: number): Date | null => (sequence <= OLD ? monthAgo(20) : null);
    expired = (await house.aLog(old, 12)).business;
    kept = (await house.aLog(old)).business;
  });
  afterAll(() => house.close());
  beforeEach(async () => (before = await everything(house.database)));
  afterEach(async () => expect(await everything(house.database)).toEqual(before));

  it('a policy does not change without an event that says from what to what', async () => {
    const set = (logId: string, months: number | null): Statement => [
      'UPDATE audit_retention SET months = $2 WHERE business_id = $1',
      [logId, months],
    ];
    const says = (before: unknown, after: unknown): Statement =>
      anEvent(expired.id, 'audit.retention_changed', { months_before: before, months_after: after });
    for (const statements of [
      [set(expired.id, 1)],
      [set(expired.id, null)],
      [set(expired.id, 1), says(12, 2)],
      [set(expired.id, 1), says(24, 1)],
      [set(expired.id, 1), says(null, 1)],
      [[`INSERT INTO audit_retention (business_id, months) VALUES ($1, 1)`, [kept.id]] as Statement],
    ])
      expect(await attempt(house.database, statements)).toBe(
        'the policy of the audit log changes together with its event',
      );
  });

  it('no policy goes below the minimum of the platform, and one that did before has no effect', async () => {
    const raise = (months: number): Promise<unknown> =>
      sql(house.database.url, 'UPDATE audit_retention_limit SET months = $1', [months]);
    await raise(24);
    try {
      expect(
        await attempt(house.database, [
          ['UPDATE audit_retention SET months = 18 WHERE business_id = $1', [expired.id]],
          anEvent(expired.id, 'audit.retention_changed', { months_before: 12, months_after: 18 }),
        ]),
      ).toBe('the platform asks for the audit log to be kept longer');
      expect(await attempt(house.database, [aDrop(expired.id, 1, 1)])).toMatch('have not expired');
    } finally {
      await raise(1);
    }
  });
});
