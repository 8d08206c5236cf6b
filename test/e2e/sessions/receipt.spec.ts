import { compactVerify, importSPKI } from 'jose';
import type { ReceiptClaims } from '../../../src/tokens/receipts.service.js';
import { aBusiness, aMember, anIdentity, aToken, type TestBusiness } from '../../support/factories.js';
import { aSession, type TestSession } from '../../support/session.js';

describe('GET /api/v1/sessions/{id}/receipt', () => {
  let business: TestBusiness;
  beforeEach(async () => {
    business = await aBusiness();
  });

  const ask = (id: string, api = business.api) => api.get<string>(`/api/v1/sessions/${id}/receipt`);

  /** What the receipt says, once its signature and what it says of the log are checked. */
  async function claimsOf(id: string): Promise<ReceiptClaims> {
    const { status, body: jws, headers } = await ask(id);
    expect([status, headers['content-type']]).toEqual([200, 'application/jwt']);
    const { body } = await business.api.get('/api/v1/audit/key');
    const opened = await compactVerify(jws, await importSPKI(body.public_key as string, 'EdDSA'));
    expect(opened.protectedHeader).toEqual({
      alg: 'EdDSA',
      typ: 'rescind-receipt+jwt',
      kid: body.kid as string,
    });
    const claims = JSON.parse(Buffer.from(opened.payload).toString()) as ReceiptClaims;
    const { body: event } = await business.api.get(`/api/v1/audit/events/${claims.audit.event_id}`);
    expect(event).toMatchObject({
      action: 'token.revoked',
      sequence: claims.audit.sequence,
      target: { id: claims.sub },
      reason: claims.revocation_reason,
    });
    return claims;
  }
  const aDevelopers = async (): Promise<TestSession> => aSession((await aToken(business)).api);

  it('is a signed statement of who revoked it, with what was waited for, and is recorded', async () => {
    const session = await aDevelopers();
    const revoked = await business.api.post(`/api/v1/sessions/${session.id}/revoke`, { reason: 'lost' });
    const claims = await claimsOf(session.id);
    expect(claims).toMatchObject({
      sub: session.id,
      business_id: business.id,
      revoked_by: 'platform',
      revocation_reason: 'lost',
      revoked_at: revoked.body.data.revoked_at as string,
      audit: { sequence: revoked.body.receipt.audit_sequence as number },
      barrier: {
        verifiers_registered: revoked.body.receipt.verifiers_registered as number,
        duration_ms: revoked.body.receipt.duration_ms as number,
      },
    });
    expect(claims.session_id).toBeUndefined();
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'receipt.issued' });
    expect(body.items).toMatchObject([
      {
        target: { kind: 'token', id: session.id },
        details: { revocation_sequence: claims.audit.sequence },
      },
    ]);
  });

  it('is there for a session that was signed out, and says the same whenever it is asked for', async () => {
    const session = await aDevelopers();
    await session.api.post('/api/v1/sessions/current/end', {});
    const [first, second] = [await claimsOf(session.id), await claimsOf(session.id)];
    expect(first).toMatchObject({ sub: session.id, revocation_reason: 'signed out' });
    expect(second.barrier).toEqual(first.barrier);
  });

  it('is there for a session that ended with its person: a member or an identity', async () => {
    const member = await aMember(business);
    const ofMember = await aSession((await aToken(business, { member })).api);
    await business.api.delete(`/api/v1/members/${member.id}`, { reason: 'left' });
    expect(await claimsOf(ofMember.id)).toMatchObject({ sub: ofMember.id, revocation_reason: 'left' });
    const { id: identityId } = await anIdentity(business);
    const ofIdentity = await aSession((await aToken(business, { identityId })).api);
    await business.api.post(`/api/v1/identities/${identityId}/disable`, { reason: 'retired' });
    expect(await claimsOf(ofIdentity.id)).toMatchObject({
      sub: ofIdentity.id,
      revocation_reason: 'retired',
    });
  });

  it('is there for a session that was cut off, marked or not, and names the cut-off', async () => {
    const member = await aMember(business);
    const session = await aSession((await aToken(business, { member })).api);
    const { body } = await business.api.post('/api/v1/revocations', {
      selector: { owner: member.email },
      reason: 'moved',
    });
    expect(await claimsOf(session.id)).toMatchObject({
      sub: session.id,
      revocation_id: body.id as string,
      revocation_reason: 'moved',
    });
  });

  it('is that of the token that the session was opened with where it ended with that, and names the session', async () => {
    const token = await aToken(business);
    const session = await aSession(token.api);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'stolen' });
    expect(await claimsOf(session.id)).toMatchObject({
      sub: token.id,
      token_jti: token.jti,
      session_id: session.id,
      revocation_reason: 'stolen',
    });
  });

  it('is for whom the session is or was, and for those who see all', async () => {
    const member = await aMember(business);
    const [one, another] = [
      await aSession((await aToken(business, { member })).api),
      await aSession((await aToken(business, { member })).api),
    ];
    await one.api.post('/api/v1/sessions/current/end', {});
    expect((await ask(one.id, another.api)).status).toBe(200);
    const auditor = await aToken(business, { role: 'auditor' });
    expect((await ask(one.id, auditor.api)).status).toBe(200);
    const stranger = await aToken(business);
    expect((await ask(one.id, stranger.api)).status).toBe(404);
  });

  it('does not exist for a session that goes on, is foreign or none, nor for an API token, all alike', async () => {
    const other = await aBusiness();
    const live = await aDevelopers();
    const foreign = await aSession((await aToken(other)).api);
    await foreign.api.post('/api/v1/sessions/current/end', {});
    const token = await aToken(business);
    await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    const ended = await aDevelopers();
    await ended.api.post('/api/v1/sessions/current/end', {});
    const answers = await Promise.all(
      [live.id, foreign.id, token.id, '0199c0de-0000-7000-8000-000000000000'].map((id) =>
        business.api.get(`/api/v1/sessions/${id}/receipt`),
      ),
    );
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([404, 'session.not_found']);
      expect({ ...body, request_id: '' }).toEqual({ ...answers[0]!.body, request_id: '' });
    }
    // Each kind of receipt at its own address.
    expect((await business.api.get(`/api/v1/tokens/${ended.id}/receipt`)).status).toBe(404);
  });
});
