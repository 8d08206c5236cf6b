import { isRunning } from './process-identity.js';
import type { Postmaster } from './postmaster.js';

const LOOK_MS = 250;
const PAUSE_MAX_MS = 8000;

interface Supervision {
  /** Resolves when no restart is in progress and none will be started. */
  end(): Promise<void>;
}

/**
 * Calls `restart` if the server dies while it is in use, so that the application's pool finds it again on the same
 * port. Failed restarts are repeated, with pauses of up to 8 s.
 */
export function supervise(
  first: Postmaster,
  restart: () => Promise<Postmaster>,
  report: (line: string) => void,
): Supervision {
  let postmaster = first;
  let ended = false;
  let underWay: Promise<void> = Promise.resolve();
  let pauseMs = LOOK_MS;
  let timer: NodeJS.Timeout;

  const bringBack = async () => {
    try {
      report('The database server ended unexpectedly: starting it again…');
      postmaster = await restart();
      pauseMs = LOOK_MS;
      report('The database server is back.');
    } catch (error) {
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
      report((error as Error).message);
    }
  };
  const look = async () => {
    if (!isRunning(postmaster)) await bringBack();
    if (!ended) schedule();
  };
  const schedule = () => {
    timer = setTimeout(() => {
      underWay = look();
    }, pauseMs);
    timer.unref();
  };
  schedule();

  return {
    async end() {
      ended = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
