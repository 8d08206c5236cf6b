import { randomUUID } from 'node:crypto';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { postForLines, type Line, type Waiting } from '../../support/lines.js';
import { sharedApp } from '../../support/shared-app.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';

const revoke = (id: string): string => `/api/v1/tokens/${id}/revoke`;

describe('a revocation whose caller asks for lines', () => {
  let business: TestBusiness;
  let url: string;
  beforeAll(async () => {
    ({ url } = await sharedApp());
    business = await aBusiness();
  });

  /** What the lines say, which must come in their order: committed, waiting, done. */
  async function told(path: string, asked: Parameters<typeof postForLines>[3] = {}) {
    const lines = await postForLines(url, business, path, asked);
    expect([lines.status, lines.headers['content-type']]).toEqual([
      202,
      'application/x-ndjson; charset=utf-8',
    ]);
    const all = await lines.rest();
    const [committed, ...others] = all as [Extract<Line, { state: 'committed' }>, ...Line[]];
    const done = others.pop() as Extract<Line, { state: 'done' }>;
    const waiting = others as Waiting[];
    expect([committed.state, done.state]).toEqual(['committed', 'done']);
    expect(waiting.length).toBeGreaterThan(0);
    for (const { state } of waiting) expect(state).toBe('waiting');
    return { committed, waiting, last: waiting.at(-1) as Waiting, answer: done.answer };
  }

  it('is told of its commit, of each verifier, and of what everybody else is answered', async () => {
    // On a busy machine a verifier may stand still for longer than its lease: another token is tried then.
    const { token, committed, last, answer } = await waitFor('nobody to be waited out', async () => {
      const tried = await aToken(business);
      const lines = await told(revoke(tried.id), { body: { reason: 'lost laptop' } });
      return lines.last.waited_out === 0 && { ...lines, token: tried };
    });
    expect(committed).toEqual({
      state: 'committed',
      id: token.id,
      revoked_at: answer.data.revoked_at,
      audit_sequence: answer.receipt.audit_sequence,
    });
    const { verifiers_registered: registered, client_verifiers: clients } = answer.receipt;
    expect(last).toEqual({
      state: 'waiting',
      registered,
      confirmed: registered,
      waited_out: 0,
      client_verifiers: clients,
      verifiers: Array.from({ length: registered }, () => ({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        state: 'confirmed',
      })),
    });
    expect((await token.api.get('/api/v1/tokens')).status).toBe(401);
    const { status, body } = await business.api.post(revoke(token.id));
    expect(status).toBe(201);
    const { receipt, ...said } = body;
    expect(said).toEqual({
      ...answer,
      message: 'The token had been revoked before.',
      tokens_revoked: 0,
      receipt: undefined,
    });
    expect(Object.keys(receipt)).toEqual(Object.keys(answer.receipt));
  });

  it('names no verifier but by the ids of signed receipts', async () => {
    const token = await aToken(business);
    const { last } = await told(revoke(token.id));
    const { body: jws } = await business.api.get<string>(`/api/v1/tokens/${token.id}/receipt`);
    const { barrier } = JSON.parse(Buffer.from(jws.split('.')[1] as string, 'base64url').toString());
    expect(last.verifiers.map(({ id }) => id).sort()).toEqual([...barrier.acknowledged].sort());
  });

  it('is told the facts of the first revocation when it repeats it', async () => {
    const token = await aToken(business);
    const { body: first } = await business.api.post(revoke(token.id), { reason: 'lost laptop' });
    const { committed, answer } = await told(revoke(token.id), { body: { reason: 'again' } });
    expect(committed.revoked_at).toBe(first.data.revoked_at);
    expect(committed.audit_sequence).toBe(first.receipt.audit_sequence);
    expect(answer.data).toEqual(first.data);
  });

  it('is told of a token that revokes itself, to the end', async () => {
    const token = await aToken(business);
    const { answer } = await told(revoke(token.id), { secret: token.secret });
    expect(answer.data.id).toBe(token.id);
  });

  it('is told of a leaked token with what comes from it, and its receipt is of the wait that was shown', async () => {
    const parent = await aToken(business, { role: 'admin' });
    const { body: issued } = await parent.api.post('/api/v1/tokens', { name: 'a child' });
    const { committed, last, answer } = await told(revoke(parent.id), {
      body: { reason: 'leaked in a log' },
    });
    expect(committed.id).toBe(parent.id);
    expect(committed.audit_sequence).toBe(answer.receipt.audit_sequence);
    expect(answer.tokens_revoked).toBe(2);
    expect(last.confirmed).toBe(answer.receipt.verifiers_acknowledged);
    expect((await business.api.as(issued.token).get('/api/v1/tokens')).status).toBe(401);
    const { body: jws } = await business.api.get<string>(`/api/v1/tokens/${parent.id}/receipt`);
    const { barrier } = JSON.parse(Buffer.from(jws.split('.')[1] as string, 'base64url').toString());
    expect(barrier.duration_ms).toBe(answer.receipt.duration_ms);
  });

  describe('of many tokens', () => {
    const aMembersTokens = async () => {
      const member = await aMember(business);
      return { member, tokens: [await aToken(business, { member }), await aToken(business, { member })] };
    };
    const isRefused = async ({ api }: TestToken): Promise<boolean> =>
      (await api.get('/api/v1/tokens')).status === 401;

    it.each<[string, (email: string) => object]>([
      ['a cut-off', (email) => ({ owner: email })],
      ['a selection', (email) => ({ owner_email: email, name: 'a token' })],
    ])('is told of %s, and of the call that repeats it', async (_, selectorOf) => {
      const { member, tokens } = await aMembersTokens();
      const asked = {
        body: { selector: selectorOf(member.email), reason: 'left' },
        headers: { 'idempotency-key': randomUUID() },
      };
      const { committed, last, answer } = await told('/api/v1/revocations', asked);
      expect(committed).toMatchObject({ id: answer.id, revoked_at: answer.revoked_at });
      expect(committed.audit_sequence).toBe(answer.receipt.audit_sequence);
      expect(last.confirmed).toBe(answer.receipt.verifiers_acknowledged);
      expect(await Promise.all(tokens.map(isRefused))).toEqual([true, true]);
      expect((await told('/api/v1/revocations', asked)).committed).toEqual(committed);
    });

    it('is answered plainly where nothing is revoked: by a preview, and while a second person is awaited', async () => {
      const { member } = await aMembersTokens();
      const selector = { owner_email: member.email, name: 'a token' };
      const preview = await postForLines(url, business, '/api/v1/revocations', {
        body: { selector, reason: 'left', preview: true },
      });
      expect([preview.status, preview.headers['content-type']]).toEqual([
        200,
        'application/json; charset=utf-8',
      ]);
      await business.api.patch(`/api/v1/admin/businesses/${business.id}`, { approval_above: 1 });
      const asked = await postForLines(url, business, '/api/v1/revocations', {
        body: { selector, reason: 'left' },
        secret: (await aToken(business, { role: 'owner' })).secret,
      });
      await business.api.patch(`/api/v1/admin/businesses/${business.id}`, { approval_above: null });
      expect([asked.status, asked.headers['content-type']]).toEqual([202, 'application/json; charset=utf-8']);
    });
  });

  it.each<[number, string, string, { body?: object; secret?: string }]>([
    [401, 'authentication.invalid', randomUUID(), { secret: 'dz_nobody' }],
    [404, 'token.not_found', randomUUID(), {}],
    [422, 'input.invalid', randomUUID(), { body: { reason: 7 } }],
    [422, 'input.invalid', 'no-uuid', {}],
  ])('is refused as everybody else: %d %s', async (status, code, id, asked) => {
    const lines = await postForLines(url, business, revoke(id), asked);
    expect([lines.status, lines.headers['content-type']]).toEqual([
      status,
      'application/json; charset=utf-8',
    ]);
    expect(await lines.next()).toMatchObject({ code });
  });

  it.each([undefined, '*/*', 'application/*', 'application/json', 'application/x-ndjson, application/json'])(
    'is not what %s asks for',
    async (accept) => {
      const { id } = await aToken(business);
      const { status, headers } = await exchange(url, {
        method: 'POST',
        path: revoke(id),
        headers: [
          ['authorization', `Bearer ${platformSecret()}`],
          ['x-business-id', business.id],
          ...(accept === undefined ? [] : [['accept', accept] as [string, string]]),
        ],
      });
      expect([status, headers['content-type']]).toEqual([201, 'application/json; charset=utf-8']);
    },
  );
});
