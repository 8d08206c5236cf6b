import type { AuditContext, RequestFacts } from '../audit/trail/audit-draft.js';

/** Somebody who is not signed in yet. */
export const ANONYMOUS: AuditContext = {
  actor: { kind: 'anonymous', id: null, email: null, token_id: null },
  proof: null,
  label: 'anonymous',
  request: { requestId: null, ip: null, userAgent: null },
};

/** Rescind itself, which does what a provider or a recovery code says. */
export function signInAuthor(label: string, request: RequestFacts): AuditContext {
  return { actor: { kind: 'system', id: null, email: null, token_id: null }, proof: null, label, request };
}
