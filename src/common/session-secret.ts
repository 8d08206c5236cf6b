import type { IncomingHttpHeaders } from 'node:http';
import { refusal } from './errors/domain-error.js';

/**
 * The cookie that holds the secret of a session. A browser takes a `__Host-` cookie only from this very host, over a
 * trustworthy connection, for all paths (RFC 6265bis §4.1.3.2): neither another host of the domain nor plain HTTP can set it.
 */
export const SESSION_COOKIE = '__Host-rescind';

/**
 * The secret of the session that a request is made with; null: none, as for every request with an Authorization header,
 * whose cookie is ignored.
 * @throws DomainError `authentication.malformed` when there are two such cookies
 */
export function sessionSecretOf({ headers }: { headers: IncomingHttpHeaders }): string | null {
  const { authorization, cookie } = headers;
  if (authorization !== undefined || cookie === undefined) return null;
  const prefix = `${SESSION_COOKIE}=`;
  const [pair, another] = cookie
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(prefix));
  if (another !== undefined) throw refusal('authentication.malformed');
  const secret = pair?.slice(prefix.length) ?? '';
  return secret === '' ? null : secret;
}

/** Whether there is such a cookie, good or bad. */
export function hasSessionCookie({ cookie }: IncomingHttpHeaders): boolean {
  return cookie?.includes(`${SESSION_COOKIE}=`) === true;
}

/**
 * Header fields of what is answered to a session: a page of another port sends the cookie with whatever it embeds. It could not
 * read the answer, but tell by whether a script or a frame has loaded what there is (cross-site leaks; W3C Fetch §3.7).
 */
export const FOR_OWN_PAGES = {
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
