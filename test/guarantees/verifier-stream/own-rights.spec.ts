import pg from 'pg';
import { GROUP_SCHEMA, PATCH_OP } from '../../../src/dialects/scim/scim-urns.js';
import { Api } from '../../support/api.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { Child, type Fact } from '../../support/stream-child.js';
import { sql } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

/** Long enough that a refusal which waits for nothing is answered within it, on any machine. */
const LEASE_MS = 3000;

interface Actor {
  business: TestBusiness;
  secret: string;
  tokenId: string;
  /** Of the owner of the token: a member or an identity. */
  ownerId: string;
}

/** What somebody lowers or ends their own rights by. */
type Call = (api: Api, actor: Actor) => Promise<{ status: number }>;

const ofMember = async (business: TestBusiness): Promise<Actor> => {
  const member = await aMember(business, 'admin');
  const { id, secret } = await aToken(business, { member });
  return { business, secret, tokenId: id, ownerId: member.id };
};

const ofIdentity = async (business: TestBusiness): Promise<Actor> => {
  const { id: ownerId } = await anIdentity(business, 'admin');
  const { id, secret } = await aToken(business, { identityId: ownerId, role: 'admin' });
  return { business, secret, tokenId: id, ownerId };
};

/** A member whose role comes from a group that they can change themselves. */
async function ofGroup(business: TestBusiness): Promise<Actor & { groupId: string }> {
  const member = await aMember(business, 'admin');
  const { body } = await business.api.post('/scim/v2/Groups', {
    schemas: [GROUP_SCHEMA],
    displayName: 'admins',
    members: [{ value: member.id }],
  });
  await business.api.put('/api/v1/role-mapping', {
    groups: [{ group: 'admins', role: 'admin' }],
    default_role: 'auditor',
  });
  const { id, secret } = await aToken(business, { member });
  return { business, secret, tokenId: id, ownerId: member.id, groupId: body.id as string };
}

const told = (fact: Fact | null): unknown =>
  fact && { verdict: { ...fact.verdict, name: null }, trusted_ips: fact.trusted_ips };

describe('R1: who lowers their own rights, repeats the call, and is refused for that', () => {
  let world: Verifiers;
  beforeAll(async () => {
    world = await startVerifiers(2, { RESCIND_LEASE_MS: String(LEASE_MS) });
  }, 120_000);
  afterAll(() => world?.end());

  const urlOf = (index: number): string => (world.all[index] as Verifier).url;

  it.each<[string, (business: TestBusiness) => Promise<Actor>, Call, number]>([
    [
      'their role',
      ofMember,
      (api, { ownerId }) => api.patch(`/api/v1/members/${ownerId}`, { role: 'auditor' }),
      403,
    ],
    [
      'the role of their identity',
      ofIdentity,
      (api, { ownerId }) => api.patch(`/api/v1/identities/${ownerId}`, { role: 'auditor' }),
      403,
    ],
    [
      'the addresses of their token',
      ofMember,
      (api, { tokenId }) => api.patch(`/api/v1/tokens/${tokenId}`, { trusted_ips: ['192.0.2.7'] }),
      403,
    ],
    [
      'the role of their group',
      ofGroup,
      (api) => api.put('/api/v1/role-mapping', { groups: [], default_role: 'auditor' }),
      403,
    ],
    [
      'their group',
      ofGroup,
      (api, actor) =>
        api.within(null).call('PATCH', `/scim/v2/Groups/${(actor as Actor & { groupId: string }).groupId}`, {
          body: {
            schemas: [PATCH_OP],
            Operations: [{ op: 'remove', path: `members[value eq "${actor.ownerId}"]` }],
          },
        }),
      403,
    ],
    ['their membership', ofMember, (api, { ownerId }) => api.delete(`/api/v1/members/${ownerId}`), 401],
    [
      'their user of the directory',
      ofMember,
      (api, { ownerId }) => api.within(null).delete(`/scim/v2/Users/${ownerId}`),
      401,
    ],
    [
      'their identity',
      ofIdentity,
      (api, { ownerId }) => api.post(`/api/v1/identities/${ownerId}/disable`),
      401,
    ],
    [
      'their identity, in Infisical',
      ofIdentity,
      (api, { ownerId }) => api.within(null).delete(`/api/v1/identities/${ownerId}`),
      401,
    ],
    [
      'their token, by rotation',
      ofMember,
      (api, { tokenId }) => api.post(`/api/v1/tokens/${tokenId}/rotate`, { grace_seconds: 0 }),
      401,
    ],
  ])(
    'is answered when no verifier goes by the rights of before: %s',
    async (_, aActor, call, refused) => {
      const business = await aBusiness({ url: urlOf(0) });
      await aMember(business, 'owner');
      const actor = await aActor(business);
      const [deaf, judge] = [await Child.join(urlOf(1)), await Child.join(urlOf(0))];
      await deaf.remember(actor.secret);
      deaf.acknowledges = false;
      const as = (index: number): Api => new Api(urlOf(index), actor.secret, business.id);
      const first = call(as(0), actor);
      await deaf.stream.hear('evict');
      const again = async (index: number): Promise<void> => {
        const { status } = await call(as(index), actor);
        const recalled = deaf.recalled(actor.secret);
        expect([status, told(recalled)]).toEqual([refused, recalled && told(await judge.ask(actor.secret))]);
      };
      await Promise.all([again(0), again(1)]);
      expect((await first).status).toBeLessThan(300);
      deaf.break();
      judge.break();
    },
    60_000,
  );

  it('and who was let in before, and is refused behind the change that lowers them', async () => {
    const business = await aBusiness({ url: urlOf(0) });
    await aMember(business, 'owner');
    const actor = await ofMember(business);
    const deaf = await Child.join(urlOf(1));
    await deaf.remember(actor.secret);
    deaf.acknowledges = false;
    const holder = new pg.Client({ connectionString: world.database.superuserUrl });
    await holder.connect();
    const waiting = async (): Promise<number> => {
      const [row] = await sql<{ count: number }>(
        world.database.superuserUrl,
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return row?.count ?? 0;
    };
    await holder.query('BEGIN');
    await holder.query('SELECT FROM audit_heads WHERE business_id = $1 FOR UPDATE', [business.id]);
    const lower = (index: number) =>
      new Api(urlOf(index), actor.secret, business.id).patch(`/api/v1/members/${actor.ownerId}`, {
        role: 'auditor',
      });
    const first = lower(0);
    await waitFor('the first to wait for the log', async () => (await waiting()) === 1);
    const second = lower(1).then(({ status }) => [status, deaf.recalled(actor.secret)]);
    await waitFor('the second one, too', async () => (await waiting()) === 2);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await second).toEqual([403, null]);
    expect((await first).status).toBe(200);
    deaf.break();
  }, 60_000);
});
