import type { OnProgress } from './verify-export.js';

const CELLS = 30;
const REDRAW_MS = 100;

/** Where a bar can be drawn: standard error. */
export interface Screen {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * A progress bar on a terminal; silent elsewhere.
 * @param bytesTotal null if unknown: then only the events are counted
 */
export function progressBar(
  screen: Screen,
  bytesTotal: number | null,
): { onProgress: OnProgress; clear: () => void } {
  if (screen.isTTY !== true) return { onProgress: () => undefined, clear: () => undefined };
  const startedAt = performance.now();
  let drawnAt = -Infinity;
  return {
    onProgress: (bytes, events) => {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      const perSecond = Math.round((events * 1000) / Math.max(now - startedAt, 1));
      const share = bytesTotal === null || bytesTotal === 0 ? null : Math.min(bytes / bytesTotal, 1);
      screen.write(
        `\r\u001b[K${share === null ? '' : barOf(share)}${events.toLocaleString('en')} events, ${perSecond.toLocaleString('en')}/s`,
      );
    },
    clear: () => void screen.write('\r\u001b[K'),
  };
}

function barOf(share: number): string {
  const full = Math.round(share * CELLS);
  return `[${'#'.repeat(full)}${' '.repeat(CELLS - full)}] ${String(Math.floor(share * 100)).padStart(3)}%  `;
}
