import { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { aMember, aToken, type TestToken } from '../../support/factories.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const REQUESTS = 300;

/** What the log says that a token did, in its own order, after it was cut off. */
const AFTERWARDS = `
SELECT e.action FROM audit_events e JOIN audit_events r ON r.business_id = e.business_id AND r.action = 'token.cut_off' AND r.target_id = $2
  AND r.sequence < e.sequence
WHERE e.actor_token_id = $1 AND e.outcome = 'success'`;

/** The tokens that $1 made, or was rotated into, and that are good by their own rows and by what was cut off. */
const GOOD = `
SELECT t.id FROM tokens t JOIN members m ON m.id = t.member_id JOIN businesses b ON b.id = t.business_id CROSS JOIN platform_not_before p
  JOIN peppers pp ON pp.id = t.pepper_id
WHERE t.issued_by_token = $1 AND t.revoked_at IS NULL
  AND coalesce(t.created_at > greatest(m.not_before, b.not_before, p.not_before, pp.not_before), true)`;

describe('R1: whoever floods a verifier with changes, and is cut off on another,', () => {
  let world: Verifiers;
  let here: Verifier;
  let elsewhere: Api;
  beforeAll(async () => {
    world = await startVerifiers(2);
    here = world.all[0] as Verifier;
    elsewhere = new Api((world.all[1] as Verifier).url, platformSecret(), world.business.id);
  });
  afterAll(() => world?.end());

  /** Sends all requests at once, and resolves when some were answered; `done` when all were. */
  async function flood(thief: TestToken, path: string, body: object): Promise<{ done: Promise<Answer[]> }> {
    let answered = 0;
    const done = Promise.all(
      Array.from({ length: REQUESTS }, async () => {
        const answer = await exchange(here.url, {
          method: 'POST',
          path,
          headers: [
            ['authorization', `Bearer ${thief.secret}`],
            ['x-business-id', world.business.id],
            ['content-type', 'application/json'],
          ],
          body: JSON.stringify(body),
        });
        answered++;
        return answer;
      }),
    );
    await waitFor('the first answers', () => answered >= 5);
    return { done };
  }
  const query = <Row>(text: string, ...values: unknown[]): Promise<Row[]> =>
    sql<Row>(world.database.superuserUrl, text, values);
  const aPepper = async (): Promise<string> => {
    const [row] = await query<{ id: string }>('SELECT id FROM peppers');
    return (row as { id: string }).id;
  };
  const cutOff: Record<string, (email: string) => ReturnType<Api['post']>> = {
    'the member': (owner) => elsewhere.post('/api/v1/revocations', { selector: { owner }, reason: 'flood' }),
    'the business': () =>
      elsewhere.post('/api/v1/revocations', { selector: { business: true }, reason: 'flood' }),
    'the pepper': async () =>
      elsewhere
        .within(null)
        .post('/api/v1/admin/revocations', { selector: { pepper: await aPepper() }, reason: 'flood' }),
  };

  it.each(Object.keys(cutOff))(
    'with %s: does nothing more, and keeps nothing of what it made',
    async (what) => {
      const member = await aMember(world.business, 'owner');
      const thief = await aToken(world.business, { member });
      const { done } = await flood(thief, '/api/v1/tokens', { name: 'loot', scopes: ['orders:read'] });
      const { status, body } = await (cutOff[what] as (email: string) => ReturnType<Api['post']>)(
        member.email,
      );
      expect(status).toBe(201);
      // Nothing of it is good, whatever comes of those that are still under way.
      expect(await query(GOOD, thief.id)).toEqual([]);
      const answers = await done;
      const made = answers.filter((answer) => answer.status === 201).length;
      const refused = answers.filter((answer) => answer.status === 401).length;
      expect([made >= 5, made + refused]).toEqual([true, REQUESTS]);
      expect(await query(GOOD, thief.id)).toEqual([]);
      expect(await query(AFTERWARDS, thief.id, (body as { id: string }).id)).toEqual([]);
    },
  );
});
