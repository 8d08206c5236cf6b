import { PREFIX_PATTERN, publicIdOf } from './secret-format.js';

/** A string in a text that may be a token, or a part of one that names it. */
export type TokenString =
  | { kind: 'secret'; publicId: string; secret: string }
  | { kind: 'public_id'; publicId: string }
  | { kind: 'preview'; preview: string };

/**
 * Every pattern looks at each character a bounded number of times, whatever the text: all lengths are fixed, and what a word
 * begins with is looked for behind its end.
 */
const BODY = /_([0-9A-Za-z]{22})_[0-9A-Za-z]{33}_[0-9A-Za-z]{6}/g;
/** Behind an encoded character as well, whose digits are no part of it. */
const HEX_SECRET = /(?:(?<=%[0-9A-Fa-f]{2})|(?<![0-9a-f]))[0-9a-f]{64}(?![0-9a-f])/g;
const HEX_PUBLIC_ID = /^[0-9a-f]{16}$/;
const PUBLIC_ID = /(?<![0-9A-Za-z])[0-9A-Za-z]{22}(?![0-9A-Za-z])/g;
const PREVIEW =
  /(?<![0-9A-Za-z_])(?:(?:ot_pat|[a-z][a-z0-9]{1,11})_)?[0-9A-Za-z]{4}\*{8}[0-9A-Za-z]{4}(?![0-9A-Za-z])/g;
const CHOSEN = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{32,512}(?![A-Za-z0-9_-])/g;
const PREFIX_LENGTH_MAX = 12;

/**
 * All strings in `text` that match the expression of a token, checksum or not, or are a public id or a preview. One that is
 * a whole secret comes as such; the same may come as its public id, too.
 * @param chosenIdOf the public id of a secret that an operator chose; null: it is none
 */
export function* tokenStringsIn(
  text: string,
  chosenIdOf: (word: string) => string | null,
): Generator<TokenString> {
  for (const match of text.matchAll(BODY)) {
    const secret = secretAround(text, match.index, match[0]);
    yield secret ?? { kind: 'public_id', publicId: match[1] as string };
  }
  for (const [secret] of text.matchAll(HEX_SECRET))
    yield { kind: 'secret', publicId: publicIdOf(secret) as string, secret };
  for (const [publicId] of text.matchAll(PUBLIC_ID)) yield { kind: 'public_id', publicId };
  for (const [preview] of text.matchAll(PREVIEW)) yield { kind: 'preview', preview };
  for (const [word] of text.matchAll(CHOSEN)) {
    const publicId = chosenIdOf(word);
    if (publicId !== null) yield { kind: 'secret', publicId, secret: word };
  }
}

/** The same of a fragment that stands alone: there vcita's public ids are told from other words. */
export function* tokenStringsOf(
  fragment: string,
  chosenIdOf: (word: string) => string | null,
): Generator<TokenString> {
  if (HEX_PUBLIC_ID.test(fragment)) yield { kind: 'public_id', publicId: fragment };
  yield* tokenStringsIn(fragment, chosenIdOf);
}

/** The secrets of Rescind's own format in `text`, checksum included, wherever they stand: letters may stand before them. */
export function* ownSecretsIn(text: string): Generator<string> {
  for (const match of text.matchAll(BODY)) {
    const found = secretAround(text, match.index, match[0]);
    if (found?.kind === 'secret') yield found.secret;
  }
}

/** Letters that stand before a prefix are no part of it: of the beginnings there can be, the one that the checksum confirms. */
function secretAround(text: string, index: number, body: string): TokenString | null {
  const before = text.slice(Math.max(0, index - PREFIX_LENGTH_MAX), index);
  for (let length = before.length; length >= 2; length--) {
    const prefix = before.slice(-length);
    if (!PREFIX_PATTERN.test(prefix) && prefix !== 'ot_pat') continue;
    const secret = prefix + body;
    const publicId = publicIdOf(secret);
    if (publicId !== null) return { kind: 'secret', publicId, secret };
  }
  return null;
}
