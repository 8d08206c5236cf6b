import { compactVerify, importSPKI } from 'jose';
import { canonicalEvent } from '../../../src/audit/transparency/canonical-json.js';
import { leafHash } from '../../../src/audit/transparency/merkle-tree.js';
import type { AuditEvent } from '../../../src/audit/trail/audit-event.js';
import type { ReceiptClaims } from '../../../src/tokens/receipts.service.js';
import { aBusiness, aToken } from '../../support/factories.js';

describe('GET /api/v1/tokens/{id}/receipt', () => {
  it('is a signed statement whose leaf is that of the event in the log', async () => {
    const business = await aBusiness();
    const token = await aToken(business);
    const revoked = await business.api.post(`/api/v1/tokens/${token.id}/revoke`, { reason: 'laptop stolen' });
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
      barrier: { verifiers_waited_out: 0 },
    });
    const event = (await business.api.get(`/api/v1/audit/events/${claims.audit.event_id}`))
      .body as AuditEvent;
    expect(leafHash(canonicalEvent(event)).toString('base64')).toBe(claims.audit.leaf_hash);
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
