import { errors, jwtVerify } from 'jose';
import { SignInRefusal } from '../sign-in-refusal.js';
import { CLOCK_TOLERANCE_SECONDS, type OidcProvider } from './oidc-provider.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** After which a logout token is refused, whatever it says itself: for so long its id is remembered. */
export const LOGOUT_TOKEN_SECONDS = 300;

/** Codes of jose: keys not answered with 200, in time, or as keys. */
const KEYS_NOT_HAD = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

/** Whose sessions the provider has ended. */
export interface SignedOut {
  /** Of the logout token, unique at its issuer. */
  jti: string;
  /** The session at the provider; undefined: all of the subject. */
  sid: string | undefined;
  subject: string | undefined;
}

/**
 * What a logout token says (OpenID Connect Back-Channel Logout 1.0 §2.6), once its signature under a published key, its
 * `typ`, `iss`, `aud`, `iat` and `exp` (30 seconds of tolerance), its event, and the absence of a nonce are checked.
 * @returns null: it is not good
 * @throws SignInRefusal `provider_unavailable` when the keys cannot be had
 */
export async function signedOutBy(provider: OidcProvider, token: string): Promise<SignedOut | null> {
  const { keys, algorithms } = await provider.ask();
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      typ: 'logout+jwt',
      issuer: provider.settings.issuer,
      audience: provider.settings.clientId,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: LOGOUT_TOKEN_SECONDS,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
    });
    const { jti, sid, sub: subject, events, nonce } = payload;
    if (typeof jti !== 'string' || nonce !== undefined || !isLogout(events)) return null;
    if (!isIdOrMissing(sid) || !isIdOrMissing(subject)) return null;
    if (sid === undefined && subject === undefined) return null;
    return { jti, sid, subject };
  } catch (error) {
    if (error instanceof errors.JOSEError && !KEYS_NOT_HAD.has(error.code)) return null;
    throw new SignInRefusal('provider_unavailable', 'keys', { cause: error });
  }
}

function isLogout(events: unknown): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false;
  const event: unknown = (events as Record<string, unknown>)[EVENT];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}

function isIdOrMissing(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}
