import type { SinkFormat } from '../../config/audit-sinks.config.js';
import { canonicalEvent } from '../trail/canonical-event.js';
import { cefLine } from './cef.js';
import { ocsfLine } from './ocsf.js';
import type { OutgoingEvent } from './sink.js';

/**
 * An event as one line. `native` is its RFC 8785 canonical JSON, of which its leaf in the log is the hash; the others
 * carry sequence and leaf, without which a gap or a change would not be seen.
 */
export const LINE_OF: Readonly<Record<SinkFormat, (outgoing: OutgoingEvent) => string>> = {
  native: ({ event }) => canonicalEvent(event),
  ocsf: ocsfLine,
  cef: cefLine,
};
