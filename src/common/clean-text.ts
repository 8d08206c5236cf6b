const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const CONTROL_BUT_BREAKS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * What cannot be seen but changes what is (Unicode's Default_Ignorable_Code_Point): marks that turn the order of
 * reading round, zero-width spaces, fillers, tags. Not the two joiners and the selectors of a glyph, see below.
 */
const INVISIBLE = /(?![\u200c\u200d\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}/u;

/**
 * A joiner where it joins nothing. Persian and the scripts of India are not written without (RFC 5892, appendix A), and
 * one emoji may be several: it stands behind such a letter, a mark of such a script, or a picture.
 */
const STRAY_JOINER =
  /(?<![\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?!\p{Script=Inherited})\p{M})[\u200c\u200d]/u;

/** A selector of a glyph behind what has one only: pictures, Han, and the digits of key caps. */
const STRAY_SELECTOR =
  /(?<![\p{Extended_Pictographic}\p{Script=Han}])(?!(?<=[0-9#*])\ufe0f\u20e3)[\ufe00-\ufe0f]/u;

/**
 * Whether `text` shows all that it holds, to a reader of a list or a log: no control characters, nothing invisible,
 * no half of a surrogate pair.
 * @param multiline line breaks and tabs may stand in it
 */
export function isCleanText(text: string, multiline = false): boolean {
  return (
    text.isWellFormed() &&
    !(multiline ? CONTROL_BUT_BREAKS : CONTROL).test(text) &&
    (/^[\u0000-\u007f]*$/.test(text) ||
      ![INVISIBLE, STRAY_JOINER, STRAY_SELECTOR].some((pattern) => pattern.test(text)))
  );
}
