import type { AuditEvent } from '../../log-format/audit-event.js';
import { eventOf, type StoredEvent } from '../trail/stored-event.js';
import { canonicalJson } from '../../log-format/canonical-event.js';

type Cell = string | number | null;

/** The columns in their order, and what is in them. */
const COLUMNS: [name: string, cellOf: (event: AuditEvent, leafHash: string) => Cell][] = [
  ['sequence', (event) => event.sequence],
  ['id', (event) => event.id],
  ['occurred_at', (event) => event.occurred_at],
  ['business_id', (event) => event.business_id],
  ['action', (event) => event.action],
  ['outcome', (event) => event.outcome],
  ['actor_kind', ({ actor }) => actor.kind],
  ['actor_id', ({ actor }) => actor.id],
  ['actor_email', ({ actor }) => actor.email],
  ['actor_token_id', ({ actor }) => actor.token_id],
  ['target_kind', ({ target }) => target.kind],
  ['target_id', ({ target }) => target.id],
  ['reason', (event) => event.reason],
  ['request_id', (event) => event.request_id],
  ['ip', (event) => event.ip],
  ['user_agent', (event) => event.user_agent],
  ['details', (event) => canonicalJson(event.details)],
  ['leaf_hash', (_, leafHash) => leafHash],
];

export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(',')}\r\n`;

/** One line for spreadsheets (RFC 4180, UTF-8). It proves nothing by itself. @param leafHash base64 */
export function csvLineOf(row: StoredEvent, leafHash: string): string {
  const event = eventOf(row);
  return `${COLUMNS.map(([, cellOf]) => cellText(cellOf(event, leafHash))).join(',')}\r\n`;
}

/** What spreadsheets take for the beginning of a formula (OWASP CSV injection), wide forms included. */
const FORMULA = /^[\s\u0000]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A text that a spreadsheet could execute gets a leading apostrophe. */
function cellText(value: Cell): string {
  if (value === null) return '';
  const text = String(value);
  const harmless = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",;\r\n\t']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
