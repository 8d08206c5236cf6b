import canonicalize from 'canonicalize';
import type { AuditDetails } from '../trail/audit-action.js';
import type { AuditEvent } from '../trail/audit-event.js';

/** The event as its author knows it; time and sequence are only known inside the writing transaction. */
export type UnsequencedEvent = Omit<AuditEvent, 'occurred_at' | 'sequence'>;

/** `before + JSON string of occurred_at + between + decimal sequence + after` is the canonical text. */
export type CanonicalEventParts = [beforeOccurredAt: string, between: string, afterSequence: string];

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
 * RFC 8785 canonical JSON of exactly the members of an audit event: the entry that the log's leaf hashes.
 * The serialiser is written out for the fixed shape because the verifier calls it for every line; it equals
 * {@link canonicalJson}.
 * @throws TypeError on lone surrogates, which have no UTF-8 and therefore no canonical form.
 */
export function canonicalEvent(event: AuditEvent): string {
  return wellFormed(
    textBeforeOccurredAt(event) +
      JSON.stringify(event.occurred_at) +
      textBetween(event) +
      event.sequence +
      textAfterSequence(event),
  );
}

/**
 * The canonical text around the two values that only the database knows (see {@link CanonicalEventParts}), so
 * that it can complete and hash the entry within one statement.
 * @throws TypeError on lone surrogates.
 */
export function canonicalEventParts(event: UnsequencedEvent): CanonicalEventParts {
  return [
    wellFormed(textBeforeOccurredAt(event)),
    wellFormed(textBetween(event)),
    wellFormed(textAfterSequence(event)),
  ];
}

function textBeforeOccurredAt(event: UnsequencedEvent): string {
  const { actor } = event;
  return (
    `{"action":${JSON.stringify(event.action)}` +
    `,"actor":{"email":${nullable(actor.email)},"id":${nullable(actor.id)}` +
    `,"kind":${JSON.stringify(actor.kind)},"token_id":${nullable(actor.token_id)}}` +
    `,"business_id":${nullable(event.business_id)},"details":${detailsText(event.details)}` +
    `,"id":${JSON.stringify(event.id)},"ip":${nullable(event.ip)},"occurred_at":`
  );
}

function textBetween(event: UnsequencedEvent): string {
  return (
    `,"outcome":${JSON.stringify(event.outcome)},"reason":${nullable(event.reason)}` +
    `,"request_id":${nullable(event.request_id)},"sequence":`
  );
}

function textAfterSequence(event: UnsequencedEvent): string {
  const { target } = event;
  return (
    `,"target":{"id":${nullable(target.id)},"kind":${JSON.stringify(target.kind)}}` +
    `,"user_agent":${nullable(event.user_agent)}}`
  );
}

function nullable(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}

function detailsText(details: AuditDetails): string {
  let text = '{';
  for (const name of Object.keys(details).sort()) {
    if (text.length > 1) text += ',';
    const value = details[name];
    // Strings are nearly all of it; canonicalJson costs five times as much and judges the rest.
    text += `${JSON.stringify(name)}:${typeof value === 'string' ? JSON.stringify(value) : canonicalJson(value)}`;
  }
  return `${text}}`;
}

/** JSON.stringify escapes lone surrogates, and nothing else, as backslash, `ud`, three hex digits. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

function wellFormed(text: string): string {
  if (text.includes('\\ud') && LONE_SURROGATE.test(text)) {
    throw new TypeError('A lone surrogate has no canonical form.');
  }
  return text;
}
