import { Api } from '../support/api.js';
import { sql } from '../support/databases.js';
import { aMember, anIdentity, aToken, type TestToken } from '../support/factories.js';
import { platformSecret } from '../support/test-run.js';
import { waitFor } from '../support/wait-for.js';
import { outcomeOf, startVerifiers, verify, type Verifier, type Verifiers } from './verifiers.js';

const IDENTITY_TOKENS = 24;
const MEMBERS = 6;
const TOKENS_OF_EACH = 4;
const USES = 5;

/** As an operator would, for all sessions from now on; those that there are do not outlive it. */
async function setForAll({ database, all }: Verifiers, setting: string): Promise<void> {
  const elsewhere = new URL(database.superuserUrl);
  const name = elsewhere.pathname.slice(1);
  elsewhere.pathname = '/postgres';
  await sql(elsewhere.href, `ALTER DATABASE ${name} SET ${setting}`);
  for (const { proxy } of all) proxy.cut();
}

describe.each(['serializable', 'repeatable read'])(
  'R2: a database with default_transaction_isolation = %s',
  (isolation) => {
    let verifiers: Verifiers;
    beforeAll(async () => {
      verifiers = await startVerifiers(2, { RESCIND_LAST_USED_FLUSH_MS: '100' });
      await setForAll(verifiers, `default_transaction_isolation = '${isolation}'`);
      await Promise.all(verifiers.all.map((verifier) => verifier.ready()));
    });
    afterAll(() => verifiers.end());

    const through = (index: number): Api =>
      new Api((verifiers.all[index % 2] as Verifier).url, platformSecret(), verifiers.business.id);

    it('revokes as any other, however much happens at once', async () => {
      const { business } = verifiers;
      const identity = await anIdentity(business);
      const tokens: TestToken[] = [];
      for (let index = 0; index < IDENTITY_TOKENS; index++)
        tokens.push(await aToken(business, { identityId: identity.id }));
      const ofIdentity = tokens.slice();
      const members = await Promise.all(Array.from({ length: MEMBERS }, () => aMember(business)));
      for (const member of members)
        for (let index = 0; index < TOKENS_OF_EACH; index++) tokens.push(await aToken(business, { member }));
      let over = false;
      const using = verifiers.all.map(async (verifier) => {
        while (!over) for (const token of tokens) await verify(verifier, business, token);
      });
      const answers = await Promise.all([
        ...ofIdentity.map(({ id }, index) => through(index).post(`/api/v1/tokens/${id}/revoke`)),
        ...members.map(({ id }, index) => through(index).delete(`/api/v1/members/${id}`)),
      ]);
      over = true;
      await Promise.all(using);
      expect(answers.map(({ status }) => status).filter((status) => status >= 300)).toEqual([]);
      for (const token of tokens) expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked']);
    });

    it('gives each use of a token with a limit to one verification', async () => {
      const { business } = verifiers;
      const { id } = await anIdentity(business);
      const path = `/api/v1/auth/token-auth/identities/${id}`;
      expect((await business.api.post(path, { accessTokenNumUsesLimit: USES })).status).toBe(200);
      const { body } = await business.api.post(`${path}/tokens`, {});
      const token = { secret: body.accessToken } as TestToken;
      const outcomes = await Promise.all(
        Array.from({ length: USES * 4 }, async (_, index) =>
          outcomeOf(await verify(verifiers.all[index % 2] as Verifier, business, token)),
        ),
      );
      expect(outcomes.toSorted()).toEqual([
        ...Array<string>(USES).fill('active'),
        ...Array<string>(USES * 3).fill('exhausted'),
      ]);
    });
  },
);

describe('R5: a database with default_transaction_read_only = on', () => {
  let verifiers: Verifiers;
  beforeAll(async () => void (verifiers = await startVerifiers(2)));
  afterAll(() => verifiers.end());

  const counts = async (): Promise<unknown> =>
    sql(
      verifiers.database.superuserUrl,
      `SELECT (SELECT count(*) FROM tokens) AS tokens, (SELECT count(*) FROM members) AS members,
         (SELECT count(*) FROM tokens WHERE revoked_at IS NOT NULL OR replaced_by IS NOT NULL) AS ended,
         (SELECT count(*) FROM audit_events WHERE outcome = 'success') AS events`,
    );

  it('refuses each change with 503 and as a whole, and takes the same one when it may', async () => {
    const { business, all } = verifiers;
    const token = await aToken(business);
    const changes = [
      () => business.api.post('/api/v1/tokens', { name: 'never' }),
      () => business.api.post('/api/v1/members', { email: 'a@b.example', name: 'a', role: 'developer' }),
      () => business.api.post(`/api/v1/tokens/${token.id}/rotate`),
      () => business.api.post(`/api/v1/tokens/${token.id}/revoke`),
      () => business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'leaked' }),
    ];
    await setForAll(verifiers, 'default_transaction_read_only = on');
    await waitFor('the leases to end', async () => {
      const outcomes = await verifiers.verdicts(token);
      expect(outcomes).not.toContain('500');
      return (await Promise.all(all.map(({ url }) => new Api(url).get('/health/ready')))).every(
        ({ status }) => status === 503,
      );
    });
    const before = await counts();
    for (const change of changes) {
      const { status, headers } = await change();
      expect([status, headers['retry-after'] !== undefined]).toEqual([503, true]);
    }
    expect(await counts()).toEqual(before);
    await setForAll(verifiers, 'default_transaction_read_only = off');
    await waitFor('the revocation', async () => {
      return (await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status === 201;
    });
    expect(await verifiers.verdicts(token)).toEqual(['revoked', 'revoked']);
  });
});
