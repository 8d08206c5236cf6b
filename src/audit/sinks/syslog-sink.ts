import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import type { SyslogSinkSettings } from '../../config/audit-sinks.config.js';
import { DELIVERY_MS_MAX, type OutgoingEvent, type Sink } from './sink.js';

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

/** How long a connection must stay open after a batch: syslog has no acknowledgement. */
const SETTLE_MS = 100;

interface Connection {
  socket: Socket;
  /** Whether the receiver has closed its side in order. */
  ended: boolean;
  /** Aborted by an error, or when both sides are closed. */
  failure: AbortController;
}

/** Messages of RFC 5424 over a lasting connection, TCP or TLS. */
export class SyslogSink implements Sink {
  readonly batchMax = 500;
  private connection: Connection | undefined;

  constructor(private readonly settings: SyslogSinkSettings) {}

  /**
   * A single message also counts as delivered if the receiver has closed the connection in order after it; of
   * several messages, nobody knows how many it had read.
   */
  async deliver(
    lines: readonly string[],
    events: readonly OutgoingEvent[],
    stopped: AbortSignal,
  ): Promise<void> {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(DELIVERY_MS_MAX)]);
    const connection = (this.connection ??= await this.connect(signal));
    try {
      if (connection.ended) throw closed();
      const frames = lines.map((line, index) => syslogFrame(line, events[index] as OutgoingEvent));
      await written(connection, Buffer.concat(frames), signal);
      await settled(connection, signal);
      if (!connection.ended) return;
      if (lines.length > 1) throw closed();
      // If the receiver had not read the message, it has answered with a reset by now, and this write fails.
      await written(connection, Buffer.from('\n'), signal);
      this.drop();
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  close(): Promise<void> {
    this.connection?.socket.end();
    this.connection = undefined;
    return Promise.resolve();
  }

  private drop(): void {
    this.connection?.socket.destroy();
    this.connection = undefined;
  }

  private async connect(signal: AbortSignal): Promise<Connection> {
    const { host, port, ca } = this.settings;
    const isEncrypted = this.settings.tls;
    const options = {
      host,
      port,
      allowHalfOpen: true,
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === null ? {} : { ca }),
    };
    const socket = isEncrypted ? tls.connect(options) : net.connect(options);
    const connection: Connection = { socket, ended: false, failure: new AbortController() };
    socket.setKeepAlive(true, 30_000);
    try {
      await once(socket, isEncrypted ? 'secureConnect' : 'connect', { signal });
    } catch (error) {
      socket.destroy();
      throw error;
    }
    socket.on('error', (error) => connection.failure.abort(error));
    socket.on('close', () => connection.failure.abort(closed()));
    socket.on('end', () => (connection.ended = true));
    // No data is expected; the socket is read to notice its end.
    socket.resume();
    return connection;
  }
}

function closed(): Error {
  return new Error('the receiver has closed the connection');
}

/** Resolves after SETTLE_MS. @throws what has become of the connection, or that `signal` is aborted */
async function settled({ failure }: Connection, signal: AbortSignal): Promise<void> {
  const over = AbortSignal.any([signal, failure.signal]);
  await delay(SETTLE_MS, undefined, { signal: over }).catch(() => over.throwIfAborted());
}

/**
 * Resolves when the operating system has accepted all of it. If the receiver does not read, this waits until
 * `signal` is aborted.
 */
async function written({ socket, failure }: Connection, content: Buffer, signal: AbortSignal): Promise<void> {
  const over = AbortSignal.any([signal, failure.signal]);
  over.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const giveUp = (): void => reject(over.reason as Error);
    over.addEventListener('abort', giveUp, { once: true });
    socket.write(content, (error) => {
      over.removeEventListener('abort', giveUp);
      if (error == null) resolve();
      else reject(error);
    });
  });
}
