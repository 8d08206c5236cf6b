import {
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  fetchUserInfo,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { isCleanText } from '../../common/clean-text.js';
import { SignInRefusal } from '../sign-in-refusal.js';
import { CLOCK_TOLERANCE_SECONDS, type KnownProvider, type OidcProvider } from './oidc-providers.js';
import { isEmailAddress } from '../../common/email.decorator.js';

/** Somebody who was sent to a provider, and what has to come back. */
export interface Attempt {
  provider: string;
  state: string;
  nonce: string;
  /** RFC 7636. */
  verifier: string;
  returnTo: string;
  /** null: whichever it is. */
  businessId: string | null;
  /** Milliseconds, by the clock of the database. */
  begunAt: number;
}

/** The groups of a person. `unknown`: the provider has not said, which is not to say that there are none. */
export type Groups = ReadonlySet<string> | 'unknown';

/** Who signs in, by the word of their provider. */
export interface Person {
  issuer: string;
  subject: string;
  /** Their session at the provider, where it tells (OpenID Connect Back-Channel Logout 1.0 §2.1). */
  sid: string | undefined;
  /** null: none, or one that the provider does not say to have verified. */
  email: string | null;
  /** For display alone. */
  name: string | null;
  groups: Groups;
}

type Claims = Readonly<Record<string, unknown>>;

const NAME_LENGTH_MAX = 255;

/**
 * A missing claim is "unknown", not "none"; so is one that Entra ID replaced by a pointer because there were too many
 * groups (`_claim_names`, OpenID Connect Core 1.0 §5.6.2), and one that is neither a text nor a list.
 */
export function groupsIn(claims: Claims, claim: string): Groups {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const elsewhere = claims._claim_names;
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, claim))
    return 'unknown';
  if (typeof value === 'string') return new Set([value]);
  if (!Array.isArray(value)) return 'unknown';
  return new Set(value.filter((each) => typeof each === 'string'));
}

/** The e-mail address in lower case, if the provider says that it is theirs: `true`, not the text. */
export function verifiedEmailIn({ email, email_verified: isVerified }: Claims): string | null {
  return isVerified === true && isEmailAddress(email) ? email.toLowerCase() : null;
}

/** A name that shows all that it holds; null: the provider has none such. */
export function nameIn({ name, preferred_username: username }: Claims): string | null {
  const isName = (value: unknown): value is string =>
    typeof value === 'string' &&
    value.trim() !== '' &&
    [...value].length <= NAME_LENGTH_MAX &&
    isCleanText(value);
  return [name, username].find(isName) ?? null;
}

/** Of issuer, subject and session, as OpenID Connect Core 1.0 §2 limits a subject. */
const ID_LENGTH_MAX = 255;

/**
 * Where a browser is sent to sign in: authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636).
 * @throws SignInRefusal `provider_unavailable`
 */
export async function authorizationUrl(provider: OidcProvider, attempt: Attempt): Promise<URL> {
  const { configuration } = await provider.ask();
  return buildAuthorizationUrl(configuration, {
    redirect_uri: provider.redirectUri,
    scope: provider.settings.scopes.join(' '),
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  });
}

/**
 * Who comes back, after everything about the answer was checked: its `state` and `iss` (RFC 9207), that the code is good
 * with our verifier, and of the ID token its signature under a published key, `iss`, `aud`, `azp`, `nonce`, and its
 * times with 30 seconds of tolerance.
 * @param query of the callback
 * @throws SignInRefusal
 */
export async function personFrom(provider: OidcProvider, attempt: Attempt, query: string): Promise<Person> {
  const known = await provider.ask();
  const { settings } = provider;
  const named = new URLSearchParams(query).getAll('iss');
  if (named.some((issuer) => issuer !== settings.issuer))
    throw new SignInRefusal('sign_in_refused', 'other_issuer');
  try {
    const tokens = await authorizationCodeGrant(
      known.configuration,
      new URL(`${provider.redirectUri}?${query}`),
      {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      },
    );
    const idToken = tokens.claims();
    // A session at the provider whose name is not kept could not be ended by it.
    if (idToken === undefined || !isId(idToken.sub) || (idToken.sid !== undefined && !isId(idToken.sid)))
      throw new SignInRefusal('sign_in_refused', 'id_token_invalid');
    if (idToken.iat > Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS)
      throw new SignInRefusal('sign_in_refused', 'id_token_from_the_future');
    // OpenID Connect Core 1.0 §3.1.3.7; the library looks at it only where there are several audiences.
    if (idToken.azp !== undefined && idToken.azp !== settings.clientId)
      throw new SignInRefusal('sign_in_refused', 'id_token_of_another_party');
    const claims = await claimsOf(known, idToken, tokens.access_token, settings.claim);
    return {
      issuer: settings.issuer,
      subject: idToken.sub,
      sid: idToken.sid,
      email: verifiedEmailIn(claims),
      name: nameIn(claims),
      groups: groupsIn(claims, settings.claim),
    };
  } catch (error) {
    throw error instanceof SignInRefusal ? error : refusalOf(error);
  }
}

/** Those of the ID token, and what it leaves out from the userinfo endpoint, whose subject must be the same. */
async function claimsOf(
  { configuration }: KnownProvider,
  idToken: Claims & { sub: string },
  accessToken: string,
  claim: string,
): Promise<Claims> {
  const isWhole = [claim, 'email', 'email_verified', 'name'].every((each) => Object.hasOwn(idToken, each));
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
  if (isWhole || endpoint === undefined) return idToken;
  return { ...(await fetchUserInfo(configuration, accessToken, idToken.sub)), ...idToken };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= ID_LENGTH_MAX && isCleanText(value);
}

/** Codes of openid-client for what the provider has said and that does not hold. */
const FAILURES: Readonly<Record<string, string>> = {
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'id_token_time',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'id_token_claim',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'other_subject',
  OAUTH_INVALID_RESPONSE: 'response_invalid',
  OAUTH_PARSE_ERROR: 'response_invalid',
  OAUTH_UNSUPPORTED_OPERATION: 'response_invalid',
  OAUTH_KEY_SELECTION_FAILED: 'id_token_key',
  OAUTH_MISSING_SERVER_METADATA: 'response_invalid',
};

/** What failed, in a word of ours: nothing that was sent, by whomever, gets into the log. */
function refusalOf(error: unknown): SignInRefusal {
  if (error instanceof AuthorizationResponseError)
    return new SignInRefusal('sign_in_refused', error.error === 'access_denied' ? 'denied_by_provider' : 'error_from_provider', { cause: error }); // prettier-ignore
  if (error instanceof ResponseBodyError)
    return new SignInRefusal('sign_in_refused', error.error === 'invalid_grant' ? 'code_refused' : 'error_from_provider', { cause: error }); // prettier-ignore
  if (error instanceof WWWAuthenticateChallengeError)
    return new SignInRefusal('sign_in_refused', 'error_from_provider', { cause: error });
  const failure = error instanceof ClientError ? FAILURES[error.code ?? ''] : undefined;
  return failure === undefined
    ? new SignInRefusal('provider_unavailable', 'no_answer', { cause: error })
    : new SignInRefusal('sign_in_refused', failure, { cause: error });
}
