import { aBusiness, aMember, aToken, platform } from '../../support/factories.js';
import type { Api } from '../../support/api.js';
import { ownAddress } from '../../support/own-address.js';
import { aSession } from '../../support/session.js';
import { waitFor } from '../../support/wait-for.js';

interface Event {
  action: string;
  actor: { id: string | null; token_id: string | null };
  target: { kind: string; id: string };
  reason: string | null;
  details: Record<string, unknown>;
  outcome: string;
  sequence: number;
}

const eventsOf = async (api: Api, id: string): Promise<Event[]> =>
  (await api.get('/api/v1/audit/events', { target_id: id })).body.items as Event[];

it('tells in the log of the business who signed in, with what, and how the session ended', async () => {
  const business = await aBusiness();
  const member = await aMember(business, 'admin');
  const token = await aToken(business, { member });
  const session = await aSession(token.api);
  await session.api.post('/api/v1/sessions/current/end', {});
  const events = await eventsOf(business.api, session.id);
  expect(events.map(({ action }) => action).sort()).toEqual([
    'session.ended',
    'session.opened',
    'token.revoked',
  ]);
  const [opened, ended, revoked] = ['session.opened', 'session.ended', 'token.revoked'].map((action) =>
    events.find((event) => event.action === action),
  ) as [Event, Event, Event];
  expect(opened).toMatchObject({
    actor: { id: member.id, token_id: token.id },
    target: { kind: 'token', id: session.id },
    details: {
      owner: member.email,
      owner_id: member.id,
      method: 'token',
      issued_by_token: token.id,
      expires_at: session.body.expires_at,
      idle_seconds: 1800,
    },
  });
  expect(ended).toMatchObject({
    actor: { id: member.id, token_id: session.id },
    details: { owner: member.email, method: 'token' },
  });
  expect(revoked).toMatchObject({
    actor: { id: member.id, token_id: session.id },
    reason: 'signed out',
    details: { cause: 'signed_out', is_session: true, owner: member.email },
  });
  // No event of the session follows its revocation.
  expect(revoked.sequence).toBe(ended.sequence + 1);
});

it('names the session as the one that acted', async () => {
  const business = await aBusiness();
  const session = await aSession((await aToken(business, { role: 'admin' })).api);
  const { body } = await session.api.post('/api/v1/tokens', { name: 'deploy' });
  const [issued] = await eventsOf(business.api, body.token_info.id as string);
  expect(issued).toMatchObject({
    action: 'token.issued',
    actor: { token_id: session.id },
    details: { issued_by_token: session.id },
  });
});

it('tells of a session of the platform in its own log', async () => {
  const session = await aSession(await platform());
  await session.api.post('/api/v1/sessions/current/end', {});
  const { body } = await (await platform()).get('/api/v1/admin/audit/events', { target_id: session.id });
  expect((body.items as Event[]).map(({ action }) => action).sort()).toEqual([
    'session.ended',
    'session.opened',
    'token.revoked',
  ]);
});

it('tells of a bad secret in the cookie as of every other', async () => {
  const business = await aBusiness();
  const token = await aToken(business);
  const headers = { cookie: `__Host-rescind=${token.secret}` };
  const address = ownAddress();
  expect((await token.api.as(null).call('GET', '/api/v1/tokens', { headers, address })).status).toBe(401);
  await waitFor('the failed authentication in the log', async () => {
    const { body } = await (
      await platform()
    ).get('/api/v1/admin/audit/events', {
      action: 'authentication.failed',
      ip: address,
    });
    return (body.items as Event[]).some(({ details }) => details.public_id === token.jti);
  });
});
