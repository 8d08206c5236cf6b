import type { SessionDto } from './generated/types.gen';
import type { Place } from './places';
import { seesAllTokens } from './sees-all-tokens';

/** An answer that nobody has taken by then is asked for again: nothing old is shown as new. */
const KEPT_MS = 10_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const SIGN_IN_WAYS = '/api/v1/sessions/sign-in';
const CURRENT_SESSION = '/api/v1/sessions/current';
const OVERVIEW = '/api/v1/overview';
const PLATFORM_OVERVIEW = '/api/v1/admin/overview';
const TOKENS = '/api/v1/tokens?limit=100';
const TOKENS_OF_ALL = '/api/v1/tokens?owner_email=*&limit=100';

const begun = new Map<string, { answer: Promise<Response>; at: number }>();

/**
 * Asks for what a screen begins with, while the scripts that will want it are still being loaded: who is signed in, and
 * then what that person would be shown. `fetchOrTake` gives the answers to whoever asks the same. Nothing is asked that
 * the screen would not ask by itself; where that cannot be told, nothing is.
 * @returns once all of it has been asked, whether or not it has been answered
 */
export async function readFirst(place: Place | null, search: string): Promise<void> {
  if (place?.screen === 'sign-in') {
    void begin(SIGN_IN_WAYS, null);
    return;
  }
  const answer = await begin(CURRENT_SESSION, null);
  if (place === null || !answer.ok) return;
  const path = firstPathOf(place, search, (await answer.clone().json()) as SessionDto);
  if (path !== null) void begin(path, place.businessId);
}

function firstPathOf({ screen, businessId }: Place, search: string, session: SessionDto): string | null {
  if (businessId === null)
    return screen === 'overview' && session.business === null ? PLATFORM_OVERVIEW : null;
  const isForeign = session.business !== null && session.business.id !== businessId;
  if (isForeign || !UUID.test(businessId)) return null;
  if (screen === 'overview') return OVERVIEW;
  // What else an address may ask of the list is for the screen to read.
  if (screen === 'tokens' && search === '') return seesAllTokens(session) ? TOKENS_OF_ALL : TOKENS;
  return null;
}

function begin(path: string, businessId: string | null): Promise<Response> {
  const headers: HeadersInit = businessId === null ? {} : { 'x-business-id': businessId };
  const answer = fetch(path, { cache: 'no-store', headers });
  // Told to whoever takes it.
  answer.catch(() => undefined);
  begun.set(keyOf(path, businessId), { answer, at: performance.now() });
  return answer;
}

const keyOf = (path: string, businessId: string | null): string => `${businessId ?? ''} ${path}`;

/** `fetch`, except that an answer which `readFirst` has asked for is given to the first that asks the same. */
export const fetchOrTake: typeof fetch = (input, init) => {
  if (!(input instanceof Request) || input.method !== 'GET' || begun.size === 0) return fetch(input, init);
  const { pathname, search } = new URL(input.url);
  const key = keyOf(`${pathname}${search}`, input.headers.get('x-business-id'));
  const first = begun.get(key);
  begun.delete(key);
  if (first === undefined || performance.now() - first.at > KEPT_MS) return fetch(input, init);
  return first.answer;
};
