import type { AuditContext, RequestFacts } from '../audit/trail/audit-draft.js';
import type { Caller } from '../auth/caller.js';
import type { ReporterOf } from './leak-response.service.js';

/**
 * Named where the log is their own business's, and everywhere for the platform; to all others, somebody (R6). Whose token has
 * ended reports nothing more in either.
 */
export function nameOf(caller: Caller): ReporterOf {
  const own = caller.principal.businessId;
  const facts = { ...caller.request, ip: null, userAgent: null };
  const stranger = { ...anonymous('leak report', facts), proof: caller.proof };
  return (businessId) => (own === null || own === businessId ? caller : stranger);
}

export const GITHUB = (request: RequestFacts): ReporterOf => {
  const github = anonymous('GitHub secret scanning', request);
  return () => github;
};

/** Somebody whom the log does not name. */
function anonymous(label: string, request: RequestFacts): AuditContext {
  return {
    actor: { kind: 'anonymous', id: null, email: null, token_id: null },
    proof: null,
    label,
    request,
  };
}
