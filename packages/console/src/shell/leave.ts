import { clientOf } from '../api/client';
import { endCurrentSession } from '../api/generated/sdk.gen';
import { announceSession, endOfSession, pageSessionId } from '../api/signed-in';

/** The end of a session loads the page anew: whatever was in its memory is gone. */
export function leaveWhenSessionEnds(): void {
  endOfSession.subscribe(() => {
    const end = endOfSession.get();
    if (end === null || location.pathname.startsWith('/console/sign-in')) return;
    const query = new URLSearchParams();
    if (location.pathname !== '/console/') query.set('return_to', `${location.pathname}${location.search}`);
    // Whoever has not been signed in at all is told nothing of an end.
    if (pageSessionId.get() !== null) query.set('ended', end);
    location.replace(`/console/sign-in?${query}`);
  });
}

/** Ends the session on the server, on all processes, and then here and in all other tabs. */
export async function signOut(): Promise<void> {
  const { provider_logout_url } = await endCurrentSession({ client: clientOf(null) });
  announceSession(null);
  location.replace(provider_logout_url ?? '/console/sign-in?ended=signed-out');
}
