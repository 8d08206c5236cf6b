import { ownSecretsIn } from './token-strings.js';

const HEX_SECRET = /^[0-9a-f]{64}$/;
const REDACTED = '[redacted]';

/** Whether `text` is a secret of a token by its form, or has one of Rescind's own format in it, checksum included. */
export function holdsSecret(text: string): boolean {
  return HEX_SECRET.test(text) || ownSecretsIn(text).next().done !== true;
}

/**
 * `text` without the secrets of Rescind's own format in it, and without `known`, which is one of whatever format: what people
 * paste into a text, and addresses that a secret is part of.
 */
export function withoutSecrets(text: string, known?: string): string {
  const kept = known === undefined || known === '' ? text : text.replaceAll(known, REDACTED);
  let shown = kept;
  for (const secret of ownSecretsIn(kept)) shown = shown.replaceAll(secret, REDACTED);
  return shown;
}
