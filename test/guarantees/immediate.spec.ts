import { PATCH_OP } from '../../src/dialects/scim/scim-urns.js';
import { Api } from '../support/api.js';
import { sql } from '../support/databases.js';
import { aMember, anIdentity, aToken, type TestToken } from '../support/factories.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from './verifiers.js';

const LEASE_MS = 1000;

describe('R1: what was answered as revoked is refused at once, on every verifier', () => {
  let verifiers: Verifiers;
  beforeAll(async () => {
    verifiers = await startVerifiers(3, { RESCIND_LEASE_MS: String(LEASE_MS) });
  });
  afterAll(() => verifiers.end());

  const through = (index: number) => {
    const verifier = verifiers.all[index % verifiers.all.length] as Verifier;
    return { ...verifiers.business, api: new Api(verifier.url, platformSecret(), verifiers.business.id) };
  };
  const remembered = async (options: Parameters<typeof aToken>[1] = {}): Promise<TestToken> => {
    const token = await aToken(verifiers.business, options);
    await verifiers.remember(token);
    return token;
  };

  it('by a revoke call to any of them', async () => {
    for (let index = 0; index < 12; index++) {
      const token = await remembered();
      const { status, body } = await through(index).api.post(`/api/v1/tokens/${token.id}/revoke`);
      expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
      expect(status).toBe(201);
      expect(body.receipt.verifiers_registered).toBe(3);
      expect(body.receipt.verifiers_acknowledged + body.receipt.verifiers_waited_out).toBe(3);
    }
  });

  it('by a rotation without grace', async () => {
    const token = await remembered();
    await through(1).api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 0 });
    expect(await verifiers.verdicts(token)).toEqual(['expired', 'expired', 'expired']);
  });

  it('by the removal of the member', async () => {
    const member = await aMember(verifiers.business);
    const token = await remembered({ member });
    await through(2).api.delete(`/api/v1/members/${member.id}`);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
  });

  it('by a directory that deactivates the user, who comes back without it', async () => {
    const member = await aMember(verifiers.business);
    const token = await remembered({ member });
    const user = `/scim/v2/Users/${member.id}`;
    const set = (index: number, active: unknown) =>
      through(index).api.patch(user, {
        schemas: [PATCH_OP],
        Operations: [{ op: 'Replace', path: 'active', value: active }],
      });
    expect((await set(2, 'False')).status).toBe(200);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
    expect((await set(1, 'True')).status).toBe(200);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
  });

  it('by disabling the identity, and for good', async () => {
    const identity = await anIdentity(verifiers.business);
    const token = await remembered({ identityId: identity.id });
    await through(1).api.post(`/api/v1/identities/${identity.id}/disable`);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
    await through(2).api.post(`/api/v1/identities/${identity.id}/enable`);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
  });

  it('by suspending the business, until it is resumed', async () => {
    const token = await remembered();
    const path = `/api/v1/admin/businesses/${verifiers.business.id}`;
    await through(1).api.post(`${path}/suspend`, {});
    expect(await verifiers.verdicts(token)).toEqual(['suspended', 'suspended', 'suspended']);
    await through(2).api.post(`${path}/resume`);
    expect(await verifiers.verdicts(token)).toEqual(['active', 'active', 'active']);
  });

  it("by an operator's UPDATE in psql, within a lease term", async () => {
    const token = await remembered();
    const startedMs = performance.now();
    await sql(verifiers.database.superuserUrl, 'UPDATE tokens SET revoked_at = now() WHERE id = $1', [
      token.id,
    ]);
    const answeredMs = performance.now();
    await waitFor('everyone to refuse', async () => {
      const askedMs = performance.now();
      const outcomes = await verifiers.verdicts(token);
      if (askedMs > answeredMs + LEASE_MS) expect(outcomes).toEqual(['revoked', 'revoked', 'revoked']);
      return outcomes.every((outcome) => outcome === 'revoked');
    });
    expect(startedMs).toBeLessThan(answeredMs);
  });

  it('without notifications, as through a pooler in transaction mode: verifiers ask by themselves', async () => {
    for (const { proxy } of verifiers.all) proxy.dropNotifications = true;
    const token = await remembered();
    const { body } = await through(0).api.post(`/api/v1/tokens/${token.id}/revoke`);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
    expect(body.receipt.verifiers_registered).toBe(3);
    for (const { proxy } of verifiers.all) proxy.dropNotifications = false;
  });

  it('while hundreds of requests hold every session of the pool', async () => {
    const token = await remembered();
    const lists = Array.from({ length: 200 }, () => through(0).api.get('/api/v1/tokens'));
    await through(0).api.post(`/api/v1/tokens/${token.id}/revoke`);
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked', 'revoked']);
    await Promise.all(lists);
  });
});
