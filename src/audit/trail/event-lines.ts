import { newId } from '../../common/new-id.js';
import { leafHash } from '../transparency/merkle-tree.js';
import { PLATFORM_LOG, type AuditDraft } from './audit-draft.js';
import { canonicalEvent } from './canonical-event.js';
import type { EventMacs } from './event-macs.js';
import type { HeldLogs } from './held-logs.js';

/** An event with the place and the hash that it is to have. */
export interface EventLine {
  id: string;
  /** The log it belongs to, and how many of the others follow it there. */
  log: string;
  behind: number;
  sequence: number;
  /** Hexadecimal. */
  leaf: string;
  /** As it is handed to the database (audit_append): the text that was hashed, with the place, the hash and the MAC. */
  json: string;
}

export const logOf = ({ businessId }: AuditDraft): string => businessId ?? PLATFORM_LOG;

/** The drafts in their order, each after the last event of its log. @throws Error when a log is not locked */
export function eventLines(
  drafts: readonly AuditDraft[],
  { sizes, moment }: HeldLogs,
  macs: EventMacs,
): EventLine[] {
  const occurredAt = moment.toISOString();
  const counts = new Map<string, number>();
  for (const draft of drafts) counts.set(logOf(draft), (counts.get(logOf(draft)) ?? 0) + 1);
  const taken = new Map<string, number>();
  return drafts.map((draft) => {
    const log = logOf(draft);
    const size = sizes.get(log);
    if (size === undefined) throw new Error('a log is written to that was not locked');
    const number = (taken.get(log) ?? 0) + 1;
    taken.set(log, number);
    const sequence = size + number;
    const event = { ...contentOf(draft), occurred_at: occurredAt, sequence };
    const text = canonicalEvent(event);
    const hash = leafHash(text);
    const behind = (counts.get(log) as number) - number;
    const leaf = hash.toString('hex');
    const mac = macs.macOf(log, sequence, hash).toString('hex');
    // No second text is made of the event: that takes as long as to hash it.
    const json = `{"log":"${log}","behind":${behind},"leaf":"${leaf}","mac":"${mac}",${text.slice(1)}`;
    return { id: event.id, log, behind, sequence, leaf, json };
  });
}

const cut = (text: string | null | undefined, length: number): string | null =>
  text?.slice(0, length).toWellFormed() ?? null;

function contentOf(draft: AuditDraft) {
  const clientRequestId = cut(draft.request.clientRequestId, 128);
  return {
    action: draft.action,
    actor: draft.actor,
    business_id: draft.businessId,
    // It is in the details, so that a process of an earlier version computes the same hash when it reads the event.
    details: {
      ...draft.details,
      ...(clientRequestId === null ? {} : { client_request_id: clientRequestId }),
    },
    id: newId(),
    ip: cut(draft.request.ip, 64),
    outcome: draft.outcome ?? 'success',
    reason: cut(draft.reason, 1024),
    request_id: cut(draft.request.requestId, 128),
    target: { kind: draft.target.kind, id: cut(draft.target.id, 255) },
    user_agent: cut(draft.request.userAgent, 512),
  };
}
