import { isIPv4, isIPv6 } from 'node:net';
import { rescindVersion } from '../../common/version.js';
import { canonicalJson } from '../trail/canonical-event.js';
import type { AuditEvent } from '../trail/audit-event.js';
import type { OutgoingEvent } from './sink.js';

const VERSION = rescindVersion();

/** ArcSight Common Event Format, version 0. */
export function cefLine({ event, leafHash }: OutgoingEvent): string {
  const { action, actor, target } = event;
  const head = [
    'CEF:0',
    'Rescind',
    'rescind',
    VERSION,
    action,
    action.replaceAll(/[._]/g, ' '),
    String(severityOf(event)),
  ];
  const extension: [string, string | number | null][] = [
    ['rt', Date.parse(event.occurred_at)],
    ['externalId', event.id],
    ['act', action],
    ['outcome', event.outcome],
    ['reason', event.reason],
    ['suser', actor.email],
    ['suid', actor.id],
    ['spriv', actor.kind],
    ...addressOf(event.ip),
    ['requestClientApplication', event.user_agent],
    ['cn1Label', 'sequence'],
    ['cn1', event.sequence],
    ['cs1Label', 'log'],
    ['cs1', event.business_id ?? 'platform'],
    ['cs2Label', 'leafHash'],
    ['cs2', leafHash],
    ['cs3Label', 'target'],
    ['cs3', target.id === null ? target.kind : `${target.kind} ${target.id}`],
    ['cs4Label', 'actorToken'],
    ['cs4', actor.token_id],
    ['cs5Label', 'requestId'],
    ['cs5', event.request_id],
    ['cs6Label', 'details'],
    ['cs6', canonicalJson(event.details)],
  ];
  const pairs = extension
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${escapedValue(String(value))}`);
  return `${head.map(escapedHeader).join('|')}|${pairs.join(' ')}`;
}

function addressOf(ip: string | null): [string, string][] {
  if (ip === null) return [];
  if (isIPv4(ip)) return [['src', ip]];
  return isIPv6(ip)
    ? [
        ['c6a2Label', 'Source IPv6 Address'],
        ['c6a2', ip],
      ]
    : [];
}

/** 0 to 10. */
function severityOf({ action, outcome }: AuditEvent): number {
  if (action === 'integrity.violated') return 10;
  if (action === 'token.leaked') return 8;
  if (outcome !== 'success') return 6;
  return ['token.cut_off', 'token.revoked', 'token.selection_revoked'].includes(action) ? 5 : 3;
}

function escapedHeader(text: string): string {
  return text.replaceAll(/[\\|]/g, String.raw`\$&`).replaceAll(/[\r\n]/g, ' ');
}

function escapedValue(text: string): string {
  return text
    .replaceAll(/[\\=]/g, String.raw`\$&`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\n', String.raw`\n`);
}
