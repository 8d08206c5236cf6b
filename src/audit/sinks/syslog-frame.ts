import { hostname } from 'node:os';
import type { OutgoingEvent } from './sink.js';

/** RFC 5424 §6.2.1: facility 13, log audit. */
const FACILITY = 13;
const HOST = (hostname().replaceAll(/[^\x21-\x7e]/g, '') || '-').slice(0, 255);

/**
 * One message of RFC 5424 with the line as its text, preceded by its length in octets (RFC 6587 §3.4.1, RFC 5425
 * §4.3). Its MSGID is the action; log and sequence are in the structured data, so that a gap can be detected in any
 * format. The text is of the kind whose encoding is not stated (MSG-ANY, §6.4): the byte-order mark that states UTF-8 stays in what
 * receivers hand on, where strict parsers of JSON fail on it.
 */
export function syslogFrame(line: string, { event }: OutgoingEvent): Buffer {
  const severity = event.action === 'integrity.violated' ? 1 : event.outcome === 'success' ? 6 : 4;
  const log = event.business_id ?? 'platform';
  const data = `[rescind@32473 log="${log}" sequence="${event.sequence}"]`;
  const head = `<${FACILITY * 8 + severity}>1 ${event.occurred_at} ${HOST} rescind - ${event.action.slice(0, 32)} ${data} `;
  const message = Buffer.from(`${head}${line}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}
