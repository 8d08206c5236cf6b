import type { AuditDraft } from './audit-draft.js';

/**
 * The events of one transaction in the order in which the log takes them: the events of a token come before its own
 * revocation, and the order of all others is unchanged. So no event of a token follows its revocation in any log.
 * @throws Error when tokens revoke each other: of those changes only one can be made
 */
export function inLogOrder(drafts: readonly AuditDraft[]): AuditDraft[] {
  const acting = new Set(drafts.map(({ actor }) => actor.token_id));
  const ordered: AuditDraft[] = [];
  let waiting: AuditDraft[] = [];
  for (const draft of drafts) {
    const endsAnActor = draft.action === 'token.revoked' && acting.has(draft.target.id);
    (endsAnActor ? waiting : ordered).push(draft);
  }
  while (waiting.length > 0) {
    const next = waiting.find((draft) =>
      waiting.every((other) => other === draft || other.actor.token_id !== draft.target.id),
    );
    if (next === undefined) throw new Error('tokens cannot revoke each other in one transaction');
    ordered.push(next);
    waiting = waiting.filter((draft) => draft !== next);
  }
  return ordered;
}
