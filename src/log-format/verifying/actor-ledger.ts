import type { AuditEvent } from '../audit-event.js';

/**
 * Which tokens the log says are revoked: none of them does anything later in it. What was refused to one, or failed,
 * was not done. Keeps some 64 bytes for each revoked token.
 */
export class ActorLedger {
  readonly #revoked = new Set<string>();

  /** Whether the events taken so far say that it was revoked. */
  hasRevoked(tokenId: string): boolean {
    return this.#revoked.has(packed(tokenId) ?? '');
  }

  /** Takes the next intact event of the log. False: a token did it that had been revoked before. */
  admits({ action, actor, outcome, target }: AuditEvent): boolean {
    if (outcome !== 'success') return true;
    const by = packed(actor.token_id);
    const admitted = by === null || !this.#revoked.has(by);
    const revoked = action === 'token.revoked' ? packed(target.id) : null;
    if (revoked !== null) this.#revoked.add(revoked);
    return admitted;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of a token in 16 bytes; null for what is none. */
function packed(id: string | null): string | null {
  if (id === null || !UUID.test(id)) return null;
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1');
}
