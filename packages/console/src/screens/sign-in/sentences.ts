import { ApiError, sentenceOf } from '../../api/errors';

/** Why a sign-in at a provider failed: the `error` that the address of this page names. */
const ERRORS: Record<string, string> = {
  provider_unavailable: 'The provider cannot be reached at the moment. Try again, or sign in another way.',
  attempt_expired:
    'That attempt to sign in is over: it took too long, or was begun in another browser. Try again.',
  sign_in_refused: 'The provider did not sign you in, or what it said does not hold.',
  not_a_member: 'You are known to the provider, but no member here. Ask an owner or admin to add you.',
  account_not_linked:
    'Somebody with your e-mail address is a member here, but not with this account. An administrator has to link the two.',
  account_not_confirmed:
    'An administrator has linked this account to a member whose e-mail address is not, or not verified, the one that your provider says you have. One of the two has to be changed.',
  business_suspended: 'Your business is suspended, so nobody of it can sign in.',
  service_unavailable: 'Rescind cannot answer at the moment. Try again in a few seconds.',
};

/** The sentence for a code; for one that this console does not know, one that says nothing wrong. */
export function sentenceOfSignInError(code: string): string {
  return Object.hasOwn(ERRORS, code) ? (ERRORS[code] ?? '') : 'That sign-in did not work. Try again.';
}

/** Why a token or a recovery code was not taken. */
export function sentenceOfRefusal(error: unknown, what: 'token' | 'code'): string {
  if (!(error instanceof ApiError)) return sentenceOf(error);
  if (error.status === 401)
    return what === 'token'
      ? 'This token is not accepted: it is unknown, expired or revoked.'
      : 'This code is not accepted: it is not the one of this business, or has been used.';
  if (error.status === 429)
    return `Too many attempts from your address. Try again in ${error.retryAfterS ?? 60} seconds.`;
  if (error.code === 'session.cross_site')
    return 'The browser did not say that this page asks for it. Open the console at its own address, and try again.';
  return error.message;
}
