import { eventOf, type StoredEvent } from '../audit/trail/stored-event.js';

/**
 * Makes a function that writes an event as a message of a stream (Server-Sent Events), once for all readers.
 * @param idOf the id after which a reader resumes
 */
export function eventMessages(idOf: (row: StoredEvent) => string | number): (row: StoredEvent) => string {
  const written = new WeakMap<StoredEvent, string>();
  return (row) => {
    const known = written.get(row);
    if (known !== undefined) return known;
    const message = `id: ${idOf(row)}\nevent: ${row.action}\ndata: ${JSON.stringify(eventOf(row))}\n\n`;
    written.set(row, message);
    return message;
  };
}
