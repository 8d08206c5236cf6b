import type { AuditEvent } from '../trail/audit-event.js';

/** An event on its way out, and its leaf in the log: what makes a gap or a change visible where it arrives. */
export interface OutgoingEvent {
  event: AuditEvent;
  /** Base64. */
  leafHash: string;
}

/** Where events go. One batch at a time. */
export interface Sink {
  /** Events that it takes at once at most. */
  readonly batchMax: number;
  /**
   * Resolves when the receiver has taken all of the lines. When it rejects, any number of them may have arrived: they
   * are sent again.
   * @param lines one event each, in the format of the sink, without line breaks
   */
  deliver(lines: readonly string[], events: readonly OutgoingEvent[], stopped: AbortSignal): Promise<void>;
  /** Lets go of what is open. */
  close(): Promise<void>;
}

/** The receiver asks to be left alone for a while. */
export class ReceiverBusy extends Error {
  constructor(
    message: string,
    readonly retryAfterMs: number,
  ) {
    super(message);
  }
}

/** For as long as a receiver may take with a batch; then it hangs. */
export const DELIVERY_MS_MAX = 15_000;
