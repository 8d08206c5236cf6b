import { randomUUID } from 'node:crypto';
import { GROUP_SCHEMA, PATCH_OP } from '../../../src/dialects/scim/scim-urns.js';
import { Api } from '../../support/api.js';
import { sql } from '../../support/databases.js';
import { exchange, type Answer } from '../../support/exchange.js';
import { anIdentity, aToken, type TestToken } from '../../support/factories.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

const MEMBERS = 1000;
const LANES = 12;

/** What the log says that a token did, in its own order, after it was revoked. */
const AFTERWARDS = `
SELECT e.action FROM audit_events e JOIN audit_events r ON r.business_id = e.business_id AND r.action = 'token.revoked'
  AND r.target_id = e.actor_token_id::text AND r.sequence < e.sequence
WHERE e.actor_token_id = $1 AND e.outcome = 'success'`;

describe('R1: the stolen token of a directory', () => {
  let world: Verifiers;
  beforeAll(async () => {
    world = await startVerifiers(2);
  });
  afterAll(() => world?.end());

  const query = <Row>(text: string, ...values: unknown[]): Promise<Row[]> =>
    sql<Row>(world.database.superuserUrl, text, values);

  async function aDirectory(): Promise<TestToken> {
    const { id: identityId } = await anIdentity(world.business, 'owner');
    return aToken(world.business, { identityId, scopes: ['rescind:members:write'] });
  }

  const ask = (thief: TestToken, method: string, path: string, body: object): Promise<Answer> =>
    exchange((world.all[0] as Verifier).url, {
      method,
      path: `/scim/v2${path}`,
      headers: [
        ['authorization', `Bearer ${thief.secret}`],
        ['content-type', 'application/scim+json'],
      ],
      body: JSON.stringify(body),
    });

  /** A group whose name decides on the roles of a thousand members. @returns its path */
  async function aLargeGroup(thief: TestToken): Promise<string> {
    await world.business.api.put('/api/v1/role-mapping', {
      groups: [{ group: 'one', role: 'admin' }],
      default_role: 'developer',
    });
    const body = { schemas: [GROUP_SCHEMA], displayName: 'one' };
    const { id } = JSON.parse((await ask(thief, 'POST', '/Groups', body)).text) as { id: string };
    await query(
      `WITH added AS (
         INSERT INTO members (id, business_id, email, name, role, mapped_role)
         SELECT gen_random_uuid(), $1, $3 || n || '@example.com', 'x', 'admin', 'admin' FROM generate_series(1, $4::int) AS n RETURNING id)
       INSERT INTO group_members (business_id, group_id, member_id) SELECT $1, $2, id FROM added`,
      world.business.id,
      id,
      randomUUID(),
      MEMBERS,
    );
    return `/Groups/${id}`;
  }

  it('changes the roles of thousands again and again, and nothing after its revocation', async () => {
    const thief = await aDirectory();
    const path = await aLargeGroup(thief);
    const renamed = (value: string) => ({
      schemas: [PATCH_OP],
      Operations: [{ op: 'replace', path: 'displayName', value }],
    });
    const answers: number[] = [];
    const lane = async (number: number): Promise<void> => {
      for (let turn = number; answers.at(-1) !== 401; turn++) {
        const { status } = await ask(thief, 'PATCH', path, renamed(turn % 2 === 0 ? 'one' : 'other'));
        answers.push(status);
        if (status === 401) return;
      }
    };
    const flood = Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
    await waitFor('the first answers', () => answers.includes(200));
    const elsewhere = new Api((world.all[1] as Verifier).url, platformSecret(), world.business.id);
    await waitFor('the revocation', async () => {
      const { status } = await elsewhere.post(`/api/v1/tokens/${thief.id}/revoke`, { reason: 'stolen' });
      return status === 201;
    });
    const then = await query('SELECT count(*) FROM audit_events WHERE actor_token_id = $1', thief.id);
    await flood;
    expect(await query('SELECT count(*) FROM audit_events WHERE actor_token_id = $1', thief.id)).toEqual(
      then,
    );
    expect(answers).toContain(401);
    expect(await query(AFTERWARDS, thief.id)).toEqual([]);
  });
});
