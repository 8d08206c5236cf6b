import type { SinkFormat } from '../../config/audit-sinks.config.js';
import { canonicalEvent } from '../../log-format/canonical-event.js';
import { ocsfLine } from './ocsf.js';
import type { OutgoingEvent } from './sink.js';

/**
 * An event as one line. `native` is its RFC 8785 canonical JSON, whose hash is its leaf in the log. OCSF contains sequence
 * and leaf, so that a gap or a change can be detected.
 */
export const LINE_OF: Readonly<Record<SinkFormat, (outgoing: OutgoingEvent) => string>> = {
  native: ({ event }) => canonicalEvent(event),
  ocsf: ocsfLine,
};
