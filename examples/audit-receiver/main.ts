// Takes the audit events of an `https` sink of Rescind, format `native`, and appends each to a file: as it is, or as CEF. A batch
// is answered when it is on the disk, so that no event is lost; one may be written twice, and has the same id then.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { dirname } from 'node:path';

const { FILE, SECRET = '', FORMAT = 'native', PORT = '8088' } = process.env;
const key = Buffer.from(SECRET.replace(/^whsec_/, ''), 'base64');
if (FILE === undefined || key.length < 24 || !['native', 'cef'].includes(FORMAT)) {
  console.error('Set FILE, SECRET (whsec_…, that of the sink), and FORMAT to native or cef.');
  process.exit(1);
}
const file = FILE;

const BATCH_BYTES_MAX = 64 * 1024 * 1024;
const AGE_SECONDS_MAX = 300;
/** No event is longer. */
const TAIL_BYTES = 1024 * 1024;

/** What an event has; docs/log-format.md of Rescind describes it. */
interface AuditEvent {
  action: string;
  actor: { kind: string; id: string | null; email: string | null; token_id: string | null };
  business_id: string | null;
  details: Record<string, unknown>;
  id: string;
  ip: string | null;
  occurred_at: string;
  outcome: string;
  reason: string | null;
  request_id: string | null;
  sequence: number;
  target: { kind: string; id: string | null };
  user_agent: string | null;
}

/** Null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BATCH_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whether Rescind has sent it, just now (Standard Webhooks 1.0.0). */
function isGenuine({ headers }: IncomingMessage, body: string): boolean {
  const [id, time, given] = ['id', 'timestamp', 'signature'].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  if (!(Math.abs(Date.now() / 1000 - Number(time)) < AGE_SECONDS_MAX)) return false;
  const wanted = Buffer.from(
    `v1,${createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')}`,
  );
  const signature = Buffer.from(given ?? '');
  return signature.length === wanted.length && timingSafeEqual(signature, wanted);
}

/** ArcSight Common Event Format, version 0, of one line of the format `native`. */
function cefOf(line: string): string {
  const event = JSON.parse(line) as AuditEvent;
  const { action, actor, target } = event;
  const head = [
    'CEF:0',
    'Rescind',
    'rescind',
    '',
    action,
    action.replaceAll(/[._]/g, ' '),
    severityOf(event),
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
    ...addressOf(event.ip ?? ''),
    ['requestClientApplication', event.user_agent],
    ['cn1Label', 'sequence'],
    ['cn1', event.sequence],
    ['cs1Label', 'log'],
    ['cs1', event.business_id ?? 'platform'],
    ['cs2Label', 'leafHash'],
    // Of the line as the log hashes it: with the sequence, what a gap or a change is found by.
    ['cs2', createHash('sha256').update(`\0${line}`).digest('base64')],
    ['cs3Label', 'target'],
    ['cs3', target.id === null ? target.kind : `${target.kind} ${target.id}`],
    ['cs4Label', 'actorToken'],
    ['cs4', actor.token_id],
    ['cs5Label', 'requestId'],
    ['cs5', event.request_id],
    ['cs6Label', 'details'],
    ['cs6', JSON.stringify(event.details)],
  ];
  const pairs = extension
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${escapedValue(String(value))}`);
  return `${head.map(escapedHeader).join('|')}|${pairs.join(' ')}`;
}

function addressOf(ip: string): [string, string][] {
  if (isIPv4(ip)) return [['src', ip]];
  if (!isIPv6(ip)) return [];
  return [
    ['c6a2Label', 'Source IPv6 Address'],
    ['c6a2', ip],
  ];
}

/** 0 to 10. */
function severityOf({ action, outcome }: AuditEvent): string {
  if (action === 'integrity.violated') return '10';
  if (action === 'token.leaked' || action === 'checkpoint.refused') return '8';
  if (outcome !== 'success') return '6';
  return ['token.cut_off', 'token.revoked', 'token.selection_revoked'].includes(action) ? '5' : '3';
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

/** On the disk when it resolves. The file is opened anew each time, so that logrotate may rename it. */
async function append(lines: readonly string[]): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    await cutTornLine(handle);
    await handle.appendFile(lines.map((line) => `${line}\n`).join(''));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  const directory = await open(dirname(file), 'r');
  await directory.sync().finally(() => directory.close());
}

/** A kill, or a full disk, leaves a part of a line; its event was not answered, and is sent again. */
async function cutTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
  const end = start + buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
  if (end < size) await handle.truncate(end);
}

/** @returns the status of the answer */
async function take(request: IncomingMessage): Promise<number> {
  const body = await bodyOf(request);
  if (body === null) return 413;
  if (request.method !== 'POST' || !isGenuine(request, body)) return 401;
  const lines = body.split('\n').filter((line) => line !== '');
  await (writing = writing.then(() => append(FORMAT === 'cef' ? lines.map(cefOf) : lines)));
  return 204;
}

/** One batch after the other. */
let writing = Promise.resolve();

const server = createServer((request, response) => {
  take(request)
    .catch((error: unknown) => {
      console.error(error);
      writing = Promise.resolve();
      // Rescind sends it again.
      return 503;
    })
    .then((status) => response.writeHead(status, request.complete ? {} : { connection: 'close' }).end())
    .catch((error: unknown) => console.error(error));
});
server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});
process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});
