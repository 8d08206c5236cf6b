import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { HttpsSinkSettings } from '../../config/audit-sinks.config.js';
import { DELIVERY_MS_MAX, ReceiverBusy, type OutgoingEvent, type Sink } from './sink.js';

const RETRY_AFTER_MS_MAX = 300_000;
const ANSWER_BYTES_MAX = 65_536;

/**
 * Posts batches as NDJSON, signed according to Standard Webhooks 1.0.0 (`v1`, HMAC-SHA256). The id depends on the
 * content, and is the same for all attempts. Only a 2xx is success; redirects are not followed.
 */
export class HttpsSink implements Sink {
  readonly batchMax = 500;
  private readonly agent: http.Agent;
  private readonly request: typeof https.request;

  constructor(private readonly settings: HttpsSinkSettings) {
    const isEncrypted = settings.url.startsWith('https:');
    const options = { keepAlive: true, maxSockets: 1, ...(settings.ca === null ? {} : { ca: settings.ca }) };
    this.agent = isEncrypted ? new https.Agent(options) : new http.Agent(options);
    this.request = isEncrypted ? https.request : http.request;
  }

  async deliver(lines: readonly string[], _: readonly OutgoingEvent[], stopped: AbortSignal): Promise<void> {
    const body = `${lines.join('\n')}\n`;
    const answer = await this.post(body, AbortSignal.any([stopped, AbortSignal.timeout(DELIVERY_MS_MAX)]));
    const { statusCode = 0, headers } = answer;
    // A short answer is read, so that the connection stays.
    if (statusCode === 204 || Number(headers['content-length']) <= ANSWER_BYTES_MAX) answer.resume();
    else answer.destroy();
    if (statusCode >= 200 && statusCode < 300) return;
    const message = `it was answered with ${statusCode}`;
    const retryAfterMs = Number(headers['retry-after']) * 1000;
    if (retryAfterMs > 0) throw new ReceiverBusy(message, Math.min(retryAfterMs, RETRY_AFTER_MS_MAX));
    throw new Error(message);
  }

  close(): Promise<void> {
    this.agent.destroy();
    return Promise.resolve();
  }

  private async post(body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, header, key } = this.settings;
    const request = this.request(url, {
      method: 'POST',
      agent: this.agent,
      signal,
      headers: {
        ...header,
        'content-type': 'application/x-ndjson; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        ...signatureOf(body, key, Math.floor(Date.now() / 1000)),
      },
    });
    request.end(body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    // The rest of the request may still fail after it was answered.
    request.on('error', () => undefined);
    answer.on('error', () => undefined);
    return answer;
  }
}

/** @param atSeconds Unix time of the attempt */
function signatureOf(body: string, key: Buffer | null, atSeconds: number): Record<string, string> {
  const id = `msg_${createHash('sha256').update(body).digest('base64url')}`;
  const fields = { 'webhook-id': id, 'webhook-timestamp': String(atSeconds) };
  if (key === null) return fields;
  return { ...fields, 'webhook-signature': webhookSignature(key, { id, atSeconds, body }) };
}

/** Standard Webhooks 1.0.0, symmetric. */
export function webhookSignature(
  key: Buffer,
  { id, atSeconds, body }: { id: string; atSeconds: number; body: string },
): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${atSeconds}.${body}`).digest('base64')}`;
}
