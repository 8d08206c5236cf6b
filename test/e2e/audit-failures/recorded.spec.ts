import { publicIdOf } from '../../../src/secrets/secret-format.js';
import { aBusiness, aToken, platform } from '../../support/factories.js';
import { ownAddress } from '../../support/own-address.js';
import { aSession } from '../../support/session.js';
import { waitFor } from '../../support/wait-for.js';

interface Failure {
  ip: string;
  outcome: string;
  details: { count: number; prefix: string | null; public_id: string | null; failure: string };
}

describe('a failed authentication', () => {
  it('is an event of the platform log within seconds, with a count and without the secret', async () => {
    const business = await aBusiness();
    const token = await aToken(business);
    const address = ownAddress();
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    for (let i = 0; i < 7; i += 1)
      expect((await token.api.call('GET', '/api/v1/tokens', { address })).status).toBe(401);
    const api = await platform();
    const events = await waitFor('the failures to be recorded', async () => {
      const { body } = await api.get('/api/v1/admin/audit/events', {
        business_id: 'platform',
        action: 'authentication.failed',
        ip: address,
      });
      const own = (body as { items: Failure[] }).items.filter(
        ({ details }) => details.public_id === token.jti,
      );
      return own.reduce((sum, { details }) => sum + details.count, 0) >= 7 ? own : null;
    });
    expect(events[0]).toMatchObject({ ip: address, outcome: 'failure', details: { failure: 'revoked' } });
    expect(events.reduce((sum, { details }) => sum + details.count, 0)).toBe(7);
    expect(JSON.stringify(events)).not.toContain(
      token.secret.slice(token.secret.indexOf(token.jti) + token.jti.length + 1),
    );
  });

  it('tells of a page of another origin that asks with the session of whoever looks at it', async () => {
    const business = await aBusiness();
    const session = await aSession((await aToken(business, { role: 'owner' })).api);
    const jti = publicIdOf(session.secret);
    const foreign = session.api.from({ 'sec-fetch-site': 'same-site' });
    const address = ownAddress();
    for (let i = 0; i < 3; i += 1)
      expect((await foreign.call('POST', '/api/v1/tokens', { body: {}, address })).status).toBe(403);
    const api = await platform();
    await waitFor('the attempts to be recorded', async () => {
      const { body } = await api.get('/api/v1/admin/audit/events', {
        business_id: 'platform',
        action: 'authentication.failed',
        ip: address,
      });
      const own = (body as { items: Failure[] }).items.filter(
        ({ details }) => details.public_id === jti && details.failure === 'cross_site',
      );
      return own.reduce((sum, { details }) => sum + details.count, 0) === 3;
    });
  });
});
