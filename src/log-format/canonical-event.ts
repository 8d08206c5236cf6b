import canonicalize from 'canonicalize';
import type { AuditEvent } from './audit-event.js';

/**
 * RFC 8785 canonical JSON of any JSON value.
 * @throws on what has no canonical form: NaN, infinities, undefined, lone surrogates (RFC 8785 §3.2.2.2).
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('The value has no JSON form.');
  return text;
}

/**
 * RFC 8785 canonical JSON of exactly the members of an audit event: the entry that the log's leaf hashes. Gives the same
 * result as {@link canonicalJson} in half of the time: `JSON.stringify` writes members in the given order, and texts and
 * numbers as RFC 8785 §3.2.2 says.
 * @throws TypeError on lone surrogates, which have no UTF-8 and therefore no canonical form.
 */
export function canonicalEvent(event: AuditEvent): string {
  const { actor, target } = event;
  const details = inOrder(event.details);
  const members = {
    action: event.action,
    actor: { email: actor.email, id: actor.id, kind: actor.kind, token_id: actor.token_id },
    business_id: event.business_id,
    details: details === UNORDERED ? event.details : details,
    id: event.id,
    ip: event.ip,
    occurred_at: event.occurred_at,
    outcome: event.outcome,
    reason: event.reason,
    request_id: event.request_id,
    sequence: event.sequence,
    target: { id: target.id, kind: target.kind },
    user_agent: event.user_agent,
  };
  return details === UNORDERED ? canonicalJson(members) : wellFormed(JSON.stringify(members));
}

/** The JSON object that `text` is; null: it is none. */
export function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether it has members by name. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const UNORDERED = Symbol('what JSON.stringify does not write in the canonical order or form');

/** The same value with the members of each object sorted by name, as far as JavaScript objects allow. */
function inOrder(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : UNORDERED;
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    return items.includes(UNORDERED) ? UNORDERED : items;
  }
  if (typeof value !== 'object') return UNORDERED;
  const ordered: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) {
    const member = inOrder((value as Record<string, unknown>)[name]);
    // Names that look like numbers always come first in an object, in numeric order.
    if (member === UNORDERED || startsWithDigit(name) || name === '__proto__' || name === 'toJSON')
      return UNORDERED;
    ordered[name] = member;
  }
  return ordered;
}

function startsWithDigit(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}

/** JSON.stringify escapes lone surrogates, and nothing else, as backslash, `ud`, three hex digits. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

function wellFormed(text: string): string {
  if (text.includes('\\ud') && LONE_SURROGATE.test(text)) {
    throw new TypeError('A lone surrogate has no canonical form.');
  }
  return text;
}
