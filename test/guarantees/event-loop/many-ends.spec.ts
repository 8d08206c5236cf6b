import { sql, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestMember } from '../../support/factories.js';
import type { RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { heldMsBy } from './longest-turn.mjs';
import { monitoredApp } from './monitored-app.js';

const HELD_MS_MAX = 10;
/** The first ones run code that is not compiled yet, in memory that has not grown yet. */
const TRIES = 6;
/** Of what is done in one transaction. */
const TOKENS = 10_000;
/** Of what is done in steps, each a transaction, and all alike. */
const TOKENS_IN_STEPS = 4000;
const LIMIT_MS = 400_000;

/** Copies of a token, issued with it or as it was. */
const COPIES = `
INSERT INTO tokens (id, jti, business_id, owner_kind, member_id, name, token_prefix, digest, pepper_id, scopes, created_at, issued_by_token)
SELECT gen_random_uuid(), substr(md5(random()::text || n), 1, 22), business_id, owner_kind, member_id, name, token_prefix,
  decode(md5(random()::text || n) || md5(n::text), 'hex'), pepper_id, scopes, created_at, CASE WHEN $3 THEN id ELSE issued_by_token END
FROM tokens, generate_series(2, $2::int) AS n WHERE id = $1`;

const IS_SEALED = `
SELECT t.size = h.size AS sealed FROM audit_heads h JOIN audit_trees t USING (business_id) WHERE h.business_id = $1`;

describe('the end of thousands of tokens holds the event loop for no longer than ten milliseconds at a time', () => {
  let database: TestDatabase;
  let app: RescindProcess;
  let portFile: string;
  let end: () => Promise<void>;
  let business: TestBusiness;

  beforeAll(async () => {
    ({ database, app, portFile, end } = await monitoredApp({
      RESCIND_LOG_LEVEL: 'info',
      RESCIND_SEAL_MS: '500',
    }));
    business = await aBusiness({ url: app.url });
  });
  afterAll(async () => {
    await end();
  });

  /** For how long what `end` does to a member's tokens holds the loop, until each event of it is sealed. */
  async function heldMs(
    { tokens, issuedByOne = false }: { tokens: number; issuedByOne?: boolean },
    end: (member: TestMember, tokenId: string) => Promise<void>,
  ): Promise<number> {
    const isSealed = async (): Promise<boolean> => {
      const [row] = await sql<{ sealed: boolean }>(database.superuserUrl, IS_SEALED, [business.id]);
      return row?.sealed === true;
    };
    let member: TestMember;
    let tokenId: string;
    return heldMsBy(portFile, {
      limitMs: HELD_MS_MAX,
      tries: TRIES,
      prepare: async () => {
        member = await aMember(business);
        tokenId = (await aToken(business, { member, scopes: ['orders:read'] })).id;
        await sql(database.superuserUrl, COPIES, [tokenId, tokens, issuedByOne]);
        await waitFor('the log to be sealed', isSealed);
      },
      work: async () => {
        await end(member, tokenId);
        await waitFor('the log to be sealed', isSealed, LIMIT_MS);
      },
    });
  }

  it(
    'when their owner is removed',
    async () => {
      const held = await heldMs({ tokens: TOKENS }, async ({ id }) => {
        const { status, body } = await business.api.delete(`/api/v1/members/${id}`);
        expect([status, body.tokens_revoked]).toEqual([200, TOKENS]);
      });
      expect(held).toBeLessThanOrEqual(HELD_MS_MAX);
    },
    LIMIT_MS,
  );

  it(
    'when the token that they were issued with has leaked',
    async () => {
      const held = await heldMs({ tokens: TOKENS, issuedByOne: true }, async (_, tokenId) => {
        const request = { reason: 'leaked' };
        const { status, body } = await business.api.post(`/api/v1/tokens/${tokenId}/revoke`, request);
        expect([status, body.tokens_revoked]).toEqual([201, TOKENS]);
      });
      expect(held).toBeLessThanOrEqual(HELD_MS_MAX);
    },
    LIMIT_MS,
  );

  it(
    'when they are selected',
    async () => {
      const held = await heldMs({ tokens: TOKENS_IN_STEPS }, async ({ email }) => {
        const selector = { owner_email: email, scopes_has: ['orders:read'] };
        const request = { selector, reason: 'left in anger' };
        const { status, body } = await business.api.post('/api/v1/revocations', request);
        expect([status, body.tokens_revoked]).toEqual([201, TOKENS_IN_STEPS]);
      });
      expect(held).toBeLessThanOrEqual(HELD_MS_MAX);
    },
    LIMIT_MS,
  );

  it(
    'when they are cut off, and marked afterwards',
    async () => {
      const held = await heldMs({ tokens: TOKENS_IN_STEPS }, async ({ email }) => {
        const request = { selector: { owner: email }, reason: 'left in anger' };
        const { status, body } = await business.api.post('/api/v1/revocations', request);
        expect(status).toBe(201);
        const marked = await waitFor(
          'the end of the marking',
          async () => {
            const { body: read } = await business.api.get(`/api/v1/revocations/${body.id}`);
            return read.state === 'done' ? read : null;
          },
          LIMIT_MS,
        );
        expect(marked.tokens_revoked).toBe(TOKENS_IN_STEPS);
      });
      expect(held).toBeLessThanOrEqual(HELD_MS_MAX);
    },
    LIMIT_MS,
  );
});
