import { publicIdOf } from './secret-format.js';

/**
 * All that could be a secret of Rescind's own format, wherever it stands in a text. Each character of the text is looked
 * at a bounded number of times, whatever the text: the length of every part but the prefix is fixed, and the prefix has 12
 * characters at most.
 */
const CANDIDATE = /(?:ot_pat|[a-z][a-z0-9]{1,11})_[0-9A-Za-z]{22}_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}/g;
const HEX_SECRET = /^[0-9a-f]{64}$/;

/** Whether `text` is a secret of a token by its form, or has one of Rescind's own format in it, checksum included. */
export function holdsSecret(text: string): boolean {
  if (HEX_SECRET.test(text)) return true;
  for (const [candidate] of text.matchAll(CANDIDATE)) if (publicIdOf(candidate) !== null) return true;
  return false;
}
