import { connectionLost } from './connection';
import { apiErrorFrom } from './errors';
import { Store } from './store';

/**
 * Which session this page was loaded with. Tabs share one cookie: when another tab signs in as somebody else, what this
 * page shows belongs to the one before, and what it does would be done as the other.
 */
export const pageSessionId = new Store<string | null>(null);

/** Why the session is gone, when it is. The page is then led to the sign-in. */
type EndOfSession = 'expired' | 'signed-out';
export const endOfSession = new Store<EndOfSession | null>(null);

let calledAt = 0;

/** A call was made with the session, which is a use of it. */
export function noteCall(): void {
  calledAt = Date.now();
}

/** When this page last used its session, by this machine's clock; 0: not yet. */
export function lastCallAt(): number {
  return calledAt;
}

const channel = new BroadcastChannel('rescind-session');
channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const here = pageSessionId.get();
  if (here === null || data === here) return;
  if (data === null) endOfSession.set('signed-out');
  else location.reload();
});

/** Tells other tabs whom the cookie belongs to now; null: to nobody. */
export function announceSession(id: string | null): void {
  channel.postMessage(id);
}

/**
 * Compares the session of the cookie with this page's.
 * @returns whether they are the same. If not, the page is being reloaded, or led to the sign-in.
 * @throws ApiError `connection.lost` when the service cannot be asked
 */
export async function isStillOurs(): Promise<boolean> {
  const here = pageSessionId.get();
  if (here === null) return true;
  const answer = await fetch('/api/v1/sessions/current', { cache: 'no-store' }).catch((error: unknown) => {
    connectionLost();
    throw apiErrorFrom(error, undefined);
  });
  noteCall();
  if (answer.status === 401) {
    endOfSession.set('expired');
    return false;
  }
  if (!answer.ok) return true;
  const { id } = (await answer.json()) as { id: string };
  if (id === here) return true;
  location.reload();
  return false;
}
