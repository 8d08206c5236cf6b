/** Rescind's own format wherever it stands in a text, and vcita's. A secret that an operator chose has no form to know it by. */
const SECRET =
  /[a-z0-9]_[0-9A-Za-z]{22}_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}|(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/;

/** What is said where one was typed that would have come into an address. */
export const SECRET_TYPED =
  'This is the secret of a token. It was not looked for, so that it stands in no address and no log.';

/**
 * Whether `text` holds the secret of a token. Such a text comes into no address: not into that of the page, which stays in the
 * browser's history, nor into that of a call, which proxies log.
 */
export function holdsSecret(text: string): boolean {
  return SECRET.test(text);
}
