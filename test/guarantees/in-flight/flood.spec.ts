import { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { aMember, aToken, type TestToken } from '../../support/factories.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const LANES = 200;
/** Nobody comes so far who is refused in the end. */
const REQUESTS_MAX = 20_000;
const LEASE_MS = 1000;

/** What the log says that a token did, in its own order, after it was revoked. */
const AFTERWARDS = `
SELECT e.action FROM audit_events e JOIN audit_events r ON r.business_id = e.business_id AND r.action = 'token.revoked'
  AND r.target_id = e.actor_token_id::text AND r.sequence < e.sequence
WHERE e.actor_token_id = $1 AND e.outcome = 'success'`;

describe('R1: whoever floods a verifier with changes and is ended on another', () => {
  let verifiers: Verifiers;
  let here: Verifier;
  let elsewhere: Api;
  beforeAll(async () => {
    verifiers = await startVerifiers(2, { RESCIND_LEASE_MS: String(LEASE_MS) });
    here = verifiers.all[0] as Verifier;
    elsewhere = new Api((verifiers.all[1] as Verifier).url, platformSecret(), verifiers.business.id);
  });
  afterAll(() => verifiers.end());

  /**
   * Many that send one request after the other, until they are refused, so that something is always under way; resolves when some
   * were answered, `done` when all are refused.
   */
  async function flood(
    thief: TestToken,
    path: string,
    body: (index: number) => object,
  ): Promise<{ done: Promise<Answer[]> }> {
    const answers: Answer[] = [];
    let sent = 0;
    const lane = async (): Promise<void> => {
      while (sent < REQUESTS_MAX) {
        const answer = await exchange(here.url, {
          method: 'POST',
          path,
          headers: [
            ['authorization', `Bearer ${thief.secret}`],
            ['x-business-id', verifiers.business.id],
            ['content-type', 'application/json'],
          ],
          body: JSON.stringify(body(sent++)),
        });
        answers.push(answer);
        if (answer.status === 401) return;
      }
    };
    const done = Promise.all(Array.from({ length: LANES }, lane)).then(() => answers);
    await waitFor('the first answers', () => answers.length >= 5);
    return { done };
  }

  const anOwner = async (): Promise<TestToken> =>
    aToken(verifiers.business, { member: await aMember(verifiers.business, 'owner') });
  const refused = (answers: Answer[]): number => answers.filter(({ status }) => status === 401).length;
  const count = async (table: string): Promise<number> =>
    (await sql<{ count: number }>(verifiers.database.url, `SELECT count(*)::int AS count FROM ${table}`))[0]
      ?.count ?? 0;
  const afterwards = (token: TestToken) => sql(verifiers.database.superuserUrl, AFTERWARDS, [token.id]);

  it('by a stolen token: makes no other after its revocation', async () => {
    const thief = await anOwner();
    const { done } = await flood(thief, '/api/v1/tokens', (index) => ({ name: `${index}`, scopes: [] }));
    const { status } = await elsewhere.post(`/api/v1/tokens/${thief.id}/revoke`, { reason: 'stolen' });
    const tokens = await count('tokens');
    const answers = await done;
    expect(status).toBe(201);
    expect(refused(answers)).toBe(LANES);
    expect(await count('tokens')).toBe(tokens);
    expect(await afterwards(thief)).toEqual([]);
  });

  it('by an administrator: adds no other after the removal', async () => {
    const member = await aMember(verifiers.business, 'owner');
    const thief = await aToken(verifiers.business, { member });
    const { done } = await flood(thief, '/api/v1/members', (index) => ({
      email: `accomplice-${index}@example.com`,
      name: 'Accomplice',
      role: 'admin',
    }));
    const { status } = await elsewhere.delete(`/api/v1/members/${member.id}`);
    const members = await count('members');
    const answers = await done;
    expect(status).toBe(200);
    expect(refused(answers)).toBe(LANES);
    expect(await count('members')).toBe(members);
    expect(await afterwards(thief)).toEqual([]);
  });

  it('and freezes: changes nothing when it thaws', async () => {
    const thief = await anOwner();
    const { done } = await flood(thief, '/api/v1/tokens', (index) => ({ name: `${index}`, scopes: [] }));
    here.freeze();
    const revoke = () => elsewhere.post(`/api/v1/tokens/${thief.id}/revoke`, { reason: 'stolen' });
    const { status } = await waitFor('the revocation', async () => {
      const answer = await revoke();
      return answer.status === 201 ? answer : null;
    });
    const tokens = await count('tokens');
    here.thaw();
    const answers = await done;
    expect(status).toBe(201);
    expect(refused(answers)).toBe(LANES);
    expect(await count('tokens')).toBe(tokens);
    expect(await afterwards(thief)).toEqual([]);
  });
});
