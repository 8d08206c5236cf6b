import { sql } from '../../support/databases.js';
import { Api } from '../../support/api.js';
import { aMember, aToken, type TestMember, type TestToken } from '../../support/factories.js';
import { aSession, type TestSession } from '../../support/session.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const LEASE_MS = 1000;

interface Signed {
  member: TestMember;
  token: TestToken;
  session: TestSession;
}

describe('R1: a session that was ended on one process is refused at once on every other', () => {
  let verifiers: Verifiers;
  let first: Verifier;
  let second: Verifier;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: String(LEASE_MS) });
    [first, second] = verifiers.all as [Verifier, Verifier];
  });
  afterAll(() => verifiers.end());

  /** The platform, on the second process. */
  const onSecond = () => new Api(second.url, platformSecret(), verifiers.business.id);
  const statuses = ({ session }: Signed): Promise<number[]> =>
    Promise.all(
      verifiers.all.map(
        async ({ url }) => (await session.api.at(url).get('/api/v1/sessions/current')).status,
      ),
    );

  /** In the memory of both processes. */
  async function signedIn(role: 'owner' | 'admin' = 'admin'): Promise<Signed> {
    const member = await aMember(verifiers.business, role);
    const token = await aToken(verifiers.business, { member });
    const signed = {
      member,
      token,
      session: await aSession(new Api(first.url, token.secret, verifiers.business.id)),
    };
    await waitFor('a session that is known everywhere', async () =>
      (await statuses(signed)).every((status) => status === 200),
    );
    return signed;
  }

  const refused = [401, 401];

  it('by revoking it', async () => {
    for (let round = 0; round < 8; round++) {
      const signed = await signedIn();
      const { status, body } = await onSecond().post(`/api/v1/sessions/${signed.session.id}/revoke`, {
        reason: 'lost',
      });
      expect(await statuses(signed)).toEqual(refused);
      expect([status, body.code, body.data.id]).toEqual([201, 'token.revoked', signed.session.id]);
      expect(body.receipt).toMatchObject({ verifiers_registered: 2 });
    }
  });

  it('by signing out', async () => {
    const signed = await signedIn();
    const answer = await signed.session.api.at(second.url).post('/api/v1/sessions/current/end', {});
    expect(await statuses(signed)).toEqual(refused);
    expect(answer.status).toBe(200);
  });

  it('by revoking the token that it was opened with', async () => {
    const signed = await signedIn();
    await onSecond().post(`/api/v1/tokens/${signed.token.id}/revoke`, {});
    expect(await statuses(signed)).toEqual(refused);
  });

  it('by revoking that token with others, by a selector', async () => {
    const signed = await signedIn();
    await onSecond().patch(`/api/v1/tokens/${signed.token.id}`, { external_id: signed.token.id });
    const selector = { external_id: signed.token.id };
    await onSecond().post('/api/v1/revocations', { selector, reason: 'lost' });
    expect(await statuses(signed)).toEqual(refused);
  });

  it('by cutting off what its person had', async () => {
    const signed = await signedIn();
    await onSecond().post('/api/v1/revocations', {
      selector: { owner: signed.member.email },
      reason: 'lost',
    });
    expect(await statuses(signed)).toEqual(refused);
  });

  it('by cutting off what was issued before it, with the token that it was opened with', async () => {
    const member = await aMember(verifiers.business, 'admin');
    const token = await aToken(verifiers.business, { member });
    const [row] = await sql<{ now: Date }>(verifiers.database.url, 'SELECT clock_timestamp() AS now');
    const session = await aSession(new Api(first.url, token.secret, verifiers.business.id));
    const signed = { member, token, session };
    expect(await statuses(signed)).toEqual([200, 200]);
    const { status } = await onSecond().post('/api/v1/revocations', {
      selector: { owner: member.email },
      reason: 'lost',
      issued_before: row?.now.toISOString(),
    });
    expect(status).toBeLessThan(300);
    expect(await statuses(signed)).toEqual(refused);
  });

  it('by rotating that token without a grace', async () => {
    const signed = await signedIn();
    await onSecond().post(`/api/v1/tokens/${signed.token.id}/rotate`, { grace_seconds: 0 });
    expect(await statuses(signed)).toEqual(refused);
  });

  it("by an operator's UPDATE of that token in psql, within a lease term", async () => {
    const signed = await signedIn();
    await sql(verifiers.database.superuserUrl, 'UPDATE tokens SET revoked_at = now() WHERE id = $1', [
      signed.token.id,
    ]);
    const answeredMs = performance.now();
    await waitFor('everyone to refuse', async () => {
      const askedMs = performance.now();
      const outcomes = await statuses(signed);
      if (askedMs > answeredMs + LEASE_MS) expect(outcomes).toEqual(refused);
      return outcomes.every((status) => status === 401);
    });
  });

  it('by removing its person', async () => {
    const signed = await signedIn();
    await onSecond().delete(`/api/v1/members/${signed.member.id}`);
    expect(await statuses(signed)).toEqual(refused);
  });

  it('by suspending its business, until it is resumed', async () => {
    const signed = await signedIn();
    const path = `/api/v1/admin/businesses/${verifiers.business.id}`;
    await onSecond().post(`${path}/suspend`, {});
    expect(await statuses(signed)).toEqual(refused);
    await onSecond().post(`${path}/resume`, {});
    expect(await statuses(signed)).toEqual([200, 200]);
  });

  it('as far as its person may do less', async () => {
    const signed = await signedIn();
    const lists = () =>
      Promise.all(
        verifiers.all.map(
          async ({ url }) => (await signed.session.api.at(url).get('/api/v1/members')).status,
        ),
      );
    expect(await lists()).toEqual([200, 200]);
    await onSecond().patch(`/api/v1/members/${signed.member.id}`, { role: 'developer' });
    expect(await lists()).toEqual([403, 403]);
  });

  it('and revoked together with what was issued with it, when it has leaked', async () => {
    const signed = await signedIn();
    const { body } = await signed.session.api.post('/api/v1/tokens', { name: 'made by the thief' });
    const child = { ...signed.token, id: body.token_info.id as string, secret: body.token as string };
    await verifiers.remember(child);
    await onSecond().post(`/api/v1/sessions/${signed.session.id}/revoke`, { reason: 'leaked' });
    expect(await statuses(signed)).toEqual(refused);
    expect(await verifiers.verdicts(child)).toEqual(['revoked', 'revoked']);
  });
});
