import { randomUUID } from 'node:crypto';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';
import { Tail } from './tail.js';

const PAGE = 100;

describe('a live stream that filters', () => {
  let business: TestBusiness;
  let token: TestToken;
  let filters: Record<string, string>[];

  beforeAll(async () => {
    business = await aBusiness();
    const admin = await aMember(business, 'admin');
    token = await aToken(business, { member: admin });
    filters = [
      {},
      { action: 'token.*' },
      { action: 'access.denied' },
      { actor: admin.email },
      { actor: admin.id },
      { actor: 'nobody@example.com' },
      { actor_kind: 'user' },
      { target_kind: 'member' },
      { target_id: token.id.toUpperCase() },
      { target_id: token.id },
      { token_id: token.id },
      { outcome: 'denied' },
      { outcome: 'success' },
      { reason: 'LEFT' },
      { ip: '127.0.0.1' },
      { ip: '127.0.0.2' },
      { client_request_id: 'stream-filters-1' },
      { from: '2020-01-01', to: '2020-01-02' },
      { from: '2020-01-01' },
      { sequence_to: '8' },
      { action: 'token.revoked,member.*' },
      { action: 'token.*', not_action: 'token.revoked,token.rotated' },
      { not_action: 'token.*' },
      { not_actor: admin.email },
      { not_actor_kind: 'platform' },
      { not_target_kind: 'token' },
      { not_outcome: 'success' },
      { details: 'by the ADMIN' },
      { ip: '127.0.0.0/8' },
      { not_ip: '127.0.0.0/8' },
      { action: 'token.*', actor: admin.email, outcome: 'success' },
    ];
  });

  const act = async (): Promise<void> => {
    const { api } = token;
    const named = { headers: { 'x-request-id': 'stream-filters-1' } };
    await api.call('POST', '/api/v1/tokens', { body: { name: 'by the admin' }, ...named });
    const other = await aToken(business, { role: 'auditor' });
    await api.post(`/api/v1/tokens/${other.id}/revoke`, { reason: 'has left us' });
    await api.get('/api/v1/admin/businesses');
    await business.api.post('/api/v1/members', {
      email: `${randomUUID()}@example.com`,
      name: 'M',
      role: 'auditor',
    });
    await business.api.post(`/api/v1/tokens/${token.id}/rotate`, {});
  };

  it('sends what a search with the same filters finds', async () => {
    const tails = await Promise.all(
      filters.map((filter) =>
        Tail.open(business, business.api.secret, `?${new URLSearchParams(filter).toString()}`),
      ),
    );
    const opened = (await business.api.get('/api/v1/audit/events', { limit: 1 })).body.items[0]
      .sequence as number;
    await act();
    const all = await sequencesOf({});
    const after = all.filter((sequence) => sequence > opened);
    await waitFor('all of it', () => after.every((sequence) => tails[0]?.sequences.includes(sequence)));
    const last = after.at(-1) as number;
    for (const [index, filter] of filters.entries()) {
      const wanted = (await sequencesOf(filter)).filter((sequence) => sequence > opened && sequence <= last);
      const sent = () =>
        (tails[index] as Tail).sequences.filter((sequence) => sequence > opened && sequence <= last);
      await waitFor(`the stream of ${JSON.stringify(filter)}`, () => sent().length >= wanted.length);
      expect([filter, sent()]).toEqual([filter, wanted]);
    }
    for (const tail of tails) tail.close();
  });

  const sequencesOf = async (filter: Record<string, string>): Promise<number[]> => {
    const query = { ...filter, limit: PAGE, order: 'oldest' };
    const { body } = await business.api.get('/api/v1/audit/events', query);
    return (body.items as { sequence: number }[]).map(({ sequence }) => sequence);
  };
});
