import { Api } from '../../support/api.js';
import { aMember, aToken } from '../../support/factories.js';
import { Child } from '../../support/stream-child.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const UNDER_WAY_MAX = 500;
const REFUSALS_MAX = 256;
const TOO_MANY = 50;
/** Long enough for all of them to be on their way, on any machine. */
const LEASE_MS = 30_000;

describe('R2: calls that wait for verifiers are bounded for each token, and nobody else is refused for them', () => {
  let world: Verifiers;
  let deaf: Child;
  beforeAll(async () => {
    world = await startVerifiers(1, {
      RESCIND_LEASE_MS: String(LEASE_MS),
      RESCIND_BUSINESS_CALL_LIMIT: '10000',
    });
  }, 120_000);
  afterAll(() => world?.end());
  beforeEach(async () => {
    deaf = await Child.join((world.all[0] as Verifier).url);
  });
  afterEach(() => deaf.break());

  const through = (secret: string): Api => new Api((world.all[0] as Verifier).url, secret, world.business.id);

  /** Has `count` calls made at once while a client verifier hears nothing of a revocation; then `others`. */
  async function whileDeaf(
    count: number,
    call: (revoked: string, address: string) => Promise<{ status: number }>,
    others: () => Promise<void>,
  ): Promise<Record<number, number>> {
    const token = await aToken(world.business);
    await deaf.remember(token.secret);
    deaf.acknowledges = false;
    const first = world.business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    await deaf.stream.hear('evict');
    const statuses: Record<number, number> = {};
    // The tests' own connections are bounded for each address.
    const calls = Array.from({ length: count }, async (_, index) => {
      const { status } = await call(token.id, `127.0.0.${2 + (index % 10)}`);
      statuses[status] = (statuses[status] ?? 0) + 1;
    });
    await waitFor(
      'those over the bound to be refused',
      () => {
        if (statuses[429] !== TOO_MANY) throw new Error(JSON.stringify(statuses));
        return true;
      },
      LEASE_MS,
    );
    // All others wait.
    expect(statuses).toEqual({ 429: TOO_MANY });
    await others();
    deaf.break();
    await Promise.all([first, ...calls]);
    return statuses;
  }

  it('of calls that revoke', async () => {
    const rogue = through((await aToken(world.business, { role: 'admin' })).secret);
    const owner = through((await aToken(world.business, { role: 'owner' })).secret);
    const member = await aMember(world.business, 'developer');
    const fresh = await aToken(world.business, { member });
    const statuses = await whileDeaf(
      UNDER_WAY_MAX + TOO_MANY,
      (revoked, address) => rogue.call('POST', `/api/v1/tokens/${revoked}/revoke`, { address }),
      async () => {
        expect((await owner.post(`/api/v1/tokens/${fresh.id}/revoke`)).status).toBe(201);
        expect((await owner.delete(`/api/v1/members/${member.id}`)).status).toBe(200);
      },
    );
    // Their own turn may not come in time on a busy machine: that is told to them, and to nobody else.
    const { 201: revoked = 0, 503: tooLate = 0, ...others } = statuses;
    expect(revoked + tooLate).toBe(UNDER_WAY_MAX);
    expect(others).toEqual({ 429: TOO_MANY });
  }, 120_000);

  it('of calls that are refused', async () => {
    const auditor = through((await aToken(world.business, { role: 'auditor' })).secret);
    const admin = through((await aToken(world.business, { role: 'admin' })).secret);
    const member = await aMember(world.business, 'developer');
    const statuses = await whileDeaf(
      REFUSALS_MAX + TOO_MANY,
      (_, address) =>
        auditor.call('PATCH', `/api/v1/members/${member.id}`, { body: { role: 'auditor' }, address }),
      async () => {
        expect((await admin.patch(`/api/v1/members/${member.id}`, { role: 'auditor' })).status).toBe(200);
      },
    );
    expect(statuses).toEqual({ 403: REFUSALS_MAX, 429: TOO_MANY });
  }, 120_000);
});
