import type { AuditEvent } from '../../log-format/audit-event.js';

/** An event to be sent, and its leaf in the log, by which the receiver can detect a gap or a change. */
export interface OutgoingEvent {
  event: AuditEvent;
  /** Base64. */
  leafHash: string;
}

/** Where events go. One batch at a time. */
export interface Sink {
  /** The most events that it accepts at once. */
  readonly batchMax: number;
  /**
   * Resolves when the receiver has accepted all lines. When it rejects, any number of them may have arrived: they
   * are sent again.
   * @param lines one event each, in the format of the sink, without line breaks
   */
  deliver(lines: readonly string[], events: readonly OutgoingEvent[], stopped: AbortSignal): Promise<void>;
  /** Closes what is open. */
  close(): Promise<void>;
}

/** The receiver asks for a pause. */
export class ReceiverBusy extends Error {
  constructor(
    message: string,
    readonly retryAfterMs: number,
  ) {
    super(message);
  }
}

/** How long a receiver may take for a batch. */
export const DELIVERY_MS_MAX = 15_000;
