/** A moment as the browser's own field `datetime-local` has it, in the reader's zone; empty where there is none. */
export function writtenMoment(iso: string): string {
  const moment = new Date(iso);
  if (iso === '' || Number.isNaN(moment.getTime())) return '';
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What was typed into such a field, for the API; empty where it is not a whole moment yet. */
export function parseLocalTime(local: string): string {
  const moment = new Date(local);
  return Number.isNaN(moment.getTime()) ? '' : moment.toISOString();
}
