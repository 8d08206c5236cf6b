import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import { verify, verifyFile } from '../../support/audit-export.js';
import { sql } from '../../support/databases.js';
import { platform } from '../../support/factories.js';
import { backdate, monthAgo, monthName } from '../../support/old-events.js';
import { platformSecret } from '../../support/test-run.js';
import { RetentionHouse } from '../../support/retention-house.js';

const PLATFORM_LOG = '00000000-0000-0000-0000-000000000000';
const ADMIN = '/api/v1/admin/audit';

describe('the rounds of retention', () => {
  let house: RetentionHouse;
  beforeAll(async () => void (house = await RetentionHouse.open()));
  afterAll(() => house.close());

  it("drop what has expired of the platform's own log, archived as any other", async () => {
    const api = await platform(house.app.url);
    await backdate(house.database, PLATFORM_LOG, (sequence) => (sequence === 1 ? monthAgo(20) : null));
    await api.put(`${ADMIN}/retention`, { months: 12 });
    await api.get(`${ADMIN}/checkpoint`);
    await house.applyUntil(async () => (await house.sequences(PLATFORM_LOG))[0] === 2);
    const { vkey } = (await api.get(`${ADMIN}/key`)).body as { vkey: string };
    const { items } = (
      await api.get(`${ADMIN}/events`, { business_id: 'platform', action: 'audit.retention_applied' })
    ).body as { items: AuditEvent[] };
    expect(items.map(({ details }) => details)).toMatchObject([{ archive: 'platform/1-1.ndjson.gz' }]);
    expect(await verifyFile(`${house.directory}/platform/1-1.ndjson.gz`, vkey)).toMatchObject({ code: 0 });
    const exported = await fetch(`${house.app.url}${ADMIN}/export`, {
      headers: { authorization: `Bearer ${platformSecret()}` },
    });
    expect(await verify([await exported.text()], vkey)).toMatchObject({ code: 0, dropped: 1 });
  });

  it('make the partitions of the months to come, so that each can be dropped by itself', async () => {
    const name = `audit_events_${monthName(monthAgo(-2)).replace('-', '_')}`;
    await sql(house.database.superuserUrl, `DROP TABLE ${name}`);
    await house.applyUntil(async () => (await house.partitions()).includes(name));
  });

  it('leave every event where nobody has set a policy', async () => {
    const log = await house.aLog((sequence) => (sequence <= 5 ? monthAgo(120) : null));
    const before = await house.sequences(log.business.id);
    const other = await house.aLog((sequence) => (sequence <= 5 ? monthAgo(20) : null));
    await other.business.api.put('/api/v1/audit/retention', { months: 12 });
    await house.applyUntil(async () => (await house.sequences(other.business.id))[0] === 6);
    expect(await house.sequences(log.business.id)).toEqual(before);
  });
});
