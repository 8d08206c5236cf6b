import { gunzipSync } from 'node:zlib';
import { exportOf, verify } from '../../support/audit-export.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';

interface Header {
  complete: boolean;
  first_sequence: number;
  filter: string | null;
}

describe('GET /api/v1/audit/export', () => {
  let business: TestBusiness;
  let vkey: string;

  beforeAll(async () => {
    business = await aBusiness();
    for (let i = 0; i < 4; i += 1) {
      const { id } = await aToken(business, { name: i === 0 ? '=1+1' : `token ${i}` });
      await business.api.post(`/api/v1/tokens/${id}/revoke`, {
        reason: i === 0 ? '=HYPERLINK("x","y")' : 'left',
      });
    }
    vkey = (await business.api.get('/api/v1/audit/key')).body.vkey as string;
  });

  it('gives every event, its own record included, and verifies offline', async () => {
    const lines = await exportOf(business);
    const report = await verify(lines, vkey);
    expect(report).toMatchObject({
      code: 0,
      failures: [],
      events: lines.length - 2,
      events_proven: lines.length - 2,
    });
    expect(lines.at(-2)).toContain('"audit.exported"');
  });

  it('verifies by any filter, and when resumed or cut to a range', async () => {
    for (const query of [
      '?action=token.revoked',
      '?reason=left',
      '?outcome=denied',
      '?token_id=0199c0de-0000-7000-8000-000000000000',
    ]) {
      const lines = await exportOf(business, query);
      expect(JSON.parse(lines[0] as string) as Header).toMatchObject({
        complete: false,
        filter: query.slice(1),
      });
      expect(await verify(lines, vkey)).toMatchObject({ code: 0, failures: [] });
    }
    for (const query of ['?sequence_from=5', '?sequence_from=3&sequence_to=7', '?sequence_from=900']) {
      const lines = await exportOf(business, query);
      expect(JSON.parse(lines[0] as string) as Header).toMatchObject({ complete: true, filter: null });
      expect(await verify(lines, vkey)).toMatchObject({ code: 0, failures: [] });
    }
  });

  it('only grew since a checkpoint that was kept', async () => {
    const kept = (await business.api.get<string>('/api/v1/audit/checkpoint')).body;
    await aToken(business);
    expect(await verify(await exportOf(business), vkey, [kept])).toMatchObject({ code: 0, failures: [] });
  });

  it('comes compressed in transit, or as a file', async () => {
    const get = (query: string, encoding: string): Promise<Response> =>
      fetch(`${business.api.url}/api/v1/audit/export${query}`, {
        headers: {
          authorization: `Bearer ${business.api.secret}`,
          'x-business-id': business.id,
          'accept-encoding': encoding,
        },
      });
    const inTransit = await get('', 'gzip');
    expect(inTransit.headers.get('content-encoding')).toBe('gzip');
    expect((await verify([await inTransit.text()], vkey)).code).toBe(0);
    const asFile = await get('?gzip=true', 'identity');
    expect(asFile.headers.get('content-type')).toBe('application/gzip');
    expect((await verify([gunzipSync(await asFile.arrayBuffer()).toString()], vkey)).code).toBe(0);
    expect((await get('', 'gzip;q=0')).headers.get('content-encoding')).toBeNull();
  });

  it('as CSV holds nothing that a spreadsheet would run', async () => {
    const lines = await exportOf(business, '?format=csv&action=token.*');
    expect(lines[0]).toMatch(/^sequence,id,occurred_at,/);
    expect(lines.length).toBe(10);
    const text = lines.join('');
    expect(text).toContain(`"'=HYPERLINK(""x"",""y"")"`);
    expect(text).not.toMatch(/(^|,)"?[=+@-]/m);
  });

  it('is refused without the scope, and with filters that are none', async () => {
    const developer = await aToken(business, { role: 'developer' });
    expect((await developer.api.get('/api/v1/audit/export')).status).toBe(403);
    expect((await business.api.get('/api/v1/audit/export', { format: 'xml' })).status).toBe(422);
  });
});
