import { compactVerify, importSPKI } from 'jose';
import { canonicalEvent } from '../../../src/log-format/canonical-event.js';
import { leafHash } from '../../../src/log-format/transparency/merkle-tree.js';
import type { AuditEvent } from '../../../src/log-format/audit-event.js';
import type { ReceiptClaims } from '../../../src/tokens/receipts.service.js';
import { aBusiness, aMember, aToken } from '../../support/factories.js';
import { waitFor } from '../../support/wait-for.js';

describe('GET /api/v1/tokens/{id}/receipt', () => {
  it('is a signed statement whose leaf is that of the event in the log', async () => {
    const business = await aBusiness();
    // On a busy machine a verifier may stand still for longer than its lease: another token is tried then.
    const { token, revoked } = await waitFor('nobody to be waited out', async () => {
      const tried = await aToken(business);
      const answer = await business.api.post(`/api/v1/tokens/${tried.id}/revoke`, {
        reason: 'laptop stolen',
      });
      return answer.body.receipt.verifiers_waited_out === 0 && { token: tried, revoked: answer };
    });
    const {
      status,
      body: jws,
      headers,
    } = await business.api.get<string>(`/api/v1/tokens/${token.id}/receipt`);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/jwt');
    const { public_key, kid } = (await business.api.get('/api/v1/audit/key')).body as Record<string, string>;
    const { payload, protectedHeader } = await compactVerify(
      jws,
      await importSPKI(public_key as string, 'EdDSA'),
    );
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'rescind-receipt+jwt', kid });
    const claims = JSON.parse(Buffer.from(payload).toString()) as ReceiptClaims;
    expect(claims).toMatchObject({
      sub: token.id,
      token_jti: token.jti,
      business_id: business.id,
      revoked_at: revoked.body.data.revoked_at as string,
      revoked_by: 'platform',
      revocation_reason: 'laptop stolen',
      audit: { sequence: revoked.body.receipt.audit_sequence as number },
      barrier: {
        verifiers_registered: revoked.body.receipt.verifiers_registered as number,
        verifiers_waited_out: 0,
        duration_ms: revoked.body.receipt.duration_ms as number,
        waited_out: [],
      },
    });
    expect(claims.barrier.acknowledged).toHaveLength(claims.barrier.verifiers_acknowledged);
    expect(Date.parse(claims.barrier.confirmed_at)).toBeGreaterThanOrEqual(Date.parse(claims.revoked_at));
    const event = (await business.api.get(`/api/v1/audit/events/${claims.audit.event_id}`))
      .body as AuditEvent;
    expect(leafHash(canonicalEvent(event)).toString('base64')).toBe(claims.audit.leaf_hash);
  });

  it('is recorded before it is shown: who got it, of which token, and where the revocation stands', async () => {
    const business = await aBusiness();
    const token = await aToken(business);
    const reader = await aToken(business, { role: 'auditor' });
    const revoked = await business.api.post(`/api/v1/tokens/${token.id}/revoke`);
    const { headers } = await reader.api.get<string>(`/api/v1/tokens/${token.id}/receipt`);
    const { body } = await business.api.get('/api/v1/audit/events', { action: 'receipt.issued' });
    expect(body.items).toMatchObject([
      {
        actor: { token_id: reader.id },
        target: { kind: 'token', id: token.id },
        request_id: headers['x-request-id'],
        details: { revocation_sequence: revoked.body.receipt.audit_sequence as number },
      },
    ]);
  });

  it('says the same of the verifiers whenever it is asked for, also of a token that ended with its owner', async () => {
    const business = await aBusiness();
    const member = await aMember(business);
    const token = await aToken(business, { member });
    await business.api.delete(`/api/v1/members/${member.id}`);
    const barriers: unknown[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { body } = await business.api.get<string>(`/api/v1/tokens/${token.id}/receipt`);
      const claims = JSON.parse(Buffer.from(body.split('.')[1]!, 'base64url').toString()) as ReceiptClaims;
      barriers.push(claims.barrier);
    }
    expect(barriers[1]).toEqual(barriers[0]);
    expect(barriers[2]).toEqual(barriers[0]);
  });

  it('does not exist for a token that is not revoked, is foreign, or unknown, all alike', async () => {
    const [business, other] = [await aBusiness(), await aBusiness()];
    const active = await aToken(business);
    const foreign = await aToken(other);
    await other.api.post(`/api/v1/tokens/${foreign.id}/revoke`);
    const answers = await Promise.all(
      [active.id, foreign.id, '0199c0de-0000-7000-8000-000000000000'].map((id) =>
        business.api.get(`/api/v1/tokens/${id}/receipt`),
      ),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(404);
      expect({ ...body, request_id: '' }).toEqual({ ...answers[0]!.body, request_id: '' });
    }
  });
});
