import { sql } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { sharedApp } from '../../support/shared-app.js';
import { waitFor } from '../../support/wait-for.js';

describe('POST /api/v1/tokens/{id}/rotate', () => {
  let business: TestBusiness;
  beforeAll(async () => {
    business = await aBusiness();
  });

  const rotate = async (token: { id: string }, grace_seconds?: number) => {
    const answer = await business.api.post(
      `/api/v1/tokens/${token.id}/rotate`,
      grace_seconds === undefined ? undefined : { grace_seconds },
    );
    return {
      ...answer,
      successor: { id: answer.body.token_info?.id as string, secret: answer.body.token as string },
    };
  };
  const isGood = async (secret: string): Promise<boolean> =>
    (await business.api.post('/api/v1/tokens/verify', { token: secret })).body.active as boolean;
  const revoke = ({ id }: { id: string }) => business.api.post(`/api/v1/tokens/${id}/revoke`);

  it('without a grace ends the old secret at once and hands out a new one for the same owner, name and scopes', async () => {
    const token = await aToken(business, { name: 'deploy', scopes: ['jobs:read'] });
    const { status, body, successor } = await rotate(token);
    expect(status).toBe(201);
    expect(body.token_info).toMatchObject({
      name: 'deploy',
      scopes: ['jobs:read'],
      status: 'active',
      replaced_by: null,
    });
    expect(body.token_info.owner).toEqual(body.replaced.owner);
    expect(body.replaced).toMatchObject({ id: token.id, replaced_by: successor.id });
    expect([await isGood(token.secret), await isGood(successor.secret)]).toEqual([false, true]);
  });

  it('with a grace keeps the old secret good until its deadline, and not longer', async () => {
    const token = await aToken(business);
    const { successor, body } = await rotate(token, 600);
    expect(Date.parse(body.replaced.grace_ends_at) - Date.now()).toBeGreaterThan(500_000);
    expect([await isGood(token.secret), await isGood(successor.secret)]).toEqual([true, true]);
    await sql(
      (await sharedApp()).databaseUrl,
      `UPDATE tokens SET grace_ends_at = now() - interval '1 second' WHERE id = $1`,
      [token.id],
    );
    // The change came past the service, by SQL: a verifier that is told by the feed forgets within its lease.
    await waitFor('the end of the grace', async () => !(await isGood(token.secret)));
    expect(await isGood(successor.secret)).toBe(true);
  });

  it('never lets the grace outlast the expiry', async () => {
    const token = await aToken(business, { expiresInDays: 1 });
    const { body } = await rotate(token, 604_800);
    expect(body.replaced.grace_ends_at).toBe(body.replaced.expires_at);
  });

  it('a grace never survives a revocation: of the old token, or of its successor', async () => {
    const [left, right] = [await aToken(business), await aToken(business)];
    const ofLeft = await rotate(left, 600);
    const ofRight = await rotate(right, 600);
    await revoke(left);
    expect([await isGood(left.secret), await isGood(ofLeft.successor.secret)]).toEqual([false, true]);
    await revoke(ofRight.successor);
    expect([await isGood(right.secret), await isGood(ofRight.successor.secret)]).toEqual([false, false]);
    const { body } = await business.api.get(`/api/v1/tokens/${right.id}`);
    expect(body.status).toBe('revoked');
  });

  it('a whole chain of graces ends with its last token', async () => {
    const first = await aToken(business);
    const { successor: second } = await rotate(first, 600);
    const { successor: third } = await rotate(second, 600);
    expect(await Promise.all([first, second, third].map(({ secret }) => isGood(secret)))).toEqual([
      true,
      true,
      true,
    ]);
    await revoke(third);
    expect(await Promise.all([first, second, third].map(({ secret }) => isGood(secret)))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('a grace ends with the membership of the owner', async () => {
    const token = await aToken(business);
    const { successor, body } = await rotate(token, 600);
    await business.api.delete(`/api/v1/members/${body.token_info.owner.id}`);
    expect([await isGood(token.secret), await isGood(successor.secret)]).toEqual([false, false]);
  });

  it.each<[string, (token: TestToken) => Promise<unknown>]>([
    ['revoked', (token) => revoke(token)],
    ['rotated', (token) => rotate(token, 600)],
  ])('is refused with 409 for a token that was %s already', async (_, end) => {
    const token = await aToken(business);
    await end(token);
    const { status, body } = await rotate(token, 60);
    expect([status, body.code]).toEqual([409, 'token.not_active']);
  });

  it('a token rotates itself, and hands out no scope that its caller lacks for another', async () => {
    const token = await aToken(business);
    const own = await token.api.post(`/api/v1/tokens/${token.id}/rotate`);
    expect(own.status).toBe(201);
    const wide = await aToken(business, { role: 'owner', scopes: ['rescind:business:admin'] });
    const narrow = await aToken(business, { role: 'admin', scopes: ['rescind:tokens:write'] });
    expect((await narrow.api.post(`/api/v1/tokens/${wide.id}/rotate`)).status).toBe(403);
    expect(await isGood(wide.secret)).toBe(true);
  });
});
