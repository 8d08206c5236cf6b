import { randomUUID } from 'node:crypto';
import { aBusiness, type TestBusiness } from '../../support/factories.js';

const OURS = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;

interface Event {
  id: string;
  request_id: string;
  details: { client_request_id?: string };
}

describe('a request id that the caller gives', () => {
  let business: TestBusiness;

  beforeAll(async () => {
    business = await aBusiness();
  });

  const ask = (id: string) =>
    business.api.call('POST', '/api/v1/members', {
      body: { email: `${randomUUID()}@example.com`, name: 'M', role: 'auditor' },
      headers: { 'x-request-id': id },
    });

  const found = async (query: Record<string, string>): Promise<Event[]> =>
    (await business.api.get('/api/v1/audit/events', query)).body.items as Event[];

  it('is kept beside ours in the event and in the answer, and found by either', async () => {
    const id = `checkout-${randomUUID()}`;
    const { status, headers } = await ask(id);
    const ours = headers['x-request-id'] as string;
    expect([status, headers['x-client-request-id']]).toEqual([201, id]);
    expect(ours).toMatch(OURS);
    const byTheirs = await found({ client_request_id: id });
    expect(byTheirs).toMatchObject([{ request_id: ours, details: { client_request_id: id } }]);
    expect(await found({ request_id: ours })).toEqual(byTheirs);
  });

  it('cannot pass for that of another request', async () => {
    const first = (await ask(`a-${randomUUID()}`)).headers['x-request-id'] as string;
    const second = (await ask(first)).headers['x-request-id'] as string;
    expect(second).not.toBe(first);
    expect(await found({ request_id: first })).toHaveLength(1);
    expect(await found({ request_id: second })).toMatchObject([{ details: { client_request_id: first } }]);
  });

  it.each([
    ['too long', 'x'.repeat(129)],
    ['of other characters', 'two words'],
    ['like a line of the log', '"},{"request_id":"'],
    ['empty', ''],
  ])('is passed over when it is %s', async (_what, id) => {
    const { status, headers } = await ask(id);
    expect([status, headers['x-client-request-id']]).toEqual([201, undefined]);
    expect(headers['x-request-id']).toMatch(OURS);
    const [event] = await found({ request_id: headers['x-request-id'] as string });
    expect(event).toBeDefined();
    expect(event?.details).not.toHaveProperty('client_request_id');
  });

  it('of the greatest length is part of what is hashed and proven', async () => {
    const id = 'x'.repeat(128);
    await ask(id);
    const [event] = await found({ client_request_id: id });
    expect(event?.details.client_request_id).toBe(id);
    const proof = await business.api.get(`/api/v1/audit/events/${event?.id}/proof`);
    expect(proof.status).toBe(200);
  });
});
