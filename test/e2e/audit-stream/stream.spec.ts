import { freshDatabase } from '../../support/databases.js';
import { aBusiness, aToken } from '../../support/factories.js';
import { startRescind } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { Tail } from './tail.js';

/** One that takes 10 s ends with 1. */
const STOP_MS_MAX = 12_000;

describe('GET /api/v1/audit/stream', () => {
  it('sends every event once and in order, also to a reader that was away', async () => {
    const business = await aBusiness();
    const tail = await Tail.open(business, business.api.secret);
    const tokens = await Promise.all(Array.from({ length: 5 }, () => aToken(business)));
    await waitFor('all issued tokens to be told of', () => tokens.every(({ id }) => tail.text.includes(id)));
    const seen = tail.sequences;
    expect(seen).toEqual(seen.map((_, index) => (seen[0] as number) + index));
    tail.close();
    const late = await aToken(business);
    const last = seen.at(-1) as number;
    const resumed = await Tail.open(business, business.api.secret, '', { 'last-event-id': String(last) });
    await waitFor('what was missed', () => resumed.text.includes(late.id));
    expect(resumed.sequences[0]).toBe(last + 1);
    resumed.close();
  });

  it('sends only what was asked for', async () => {
    const business = await aBusiness();
    const tail = await Tail.open(business, business.api.secret, '?action=token.revoked');
    const { id } = await aToken(business);
    await business.api.post(`/api/v1/tokens/${id}/revoke`);
    await waitFor('the revocation', () => tail.text.includes('event: token.revoked'));
    expect(tail.text).not.toContain('token.issued');
    tail.close();
  });

  it('tells a revoked token nothing more, and ends', async () => {
    const business = await aBusiness();
    const auditor = await aToken(business, { role: 'auditor' });
    const tail = await Tail.open(business, auditor.secret);
    await business.api.post(`/api/v1/tokens/${auditor.id}/revoke`);
    await waitFor('the end of the stream', () => tail.ended);
    expect(tail.text).not.toContain('token.revoked');
  });

  it('refuses a Last-Event-ID that is no sequence', async () => {
    const business = await aBusiness();
    const { status } = await business.api.call('GET', '/api/v1/audit/stream', {
      headers: { 'last-event-id': 'x' },
    });
    expect(status).toBe(422);
  });

  it('does not hold up a stop', async () => {
    const database = await freshDatabase();
    const app = await startRescind({ databaseUrl: database.url });
    try {
      await app.ready();
      const business = await aBusiness({ url: app.url });
      const tail = await Tail.open(business, business.api.secret);
      const { code, tookMs } = await app.stop();
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(STOP_MS_MAX);
      await waitFor('the end of the stream', () => tail.ended);
    } finally {
      await app.kill();
      await database.drop();
    }
  });
});
