import { isCleanText } from '../../common/clean-text.js';
import { isEmailAddress } from '../../common/email.decorator.js';

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

export type Claims = Readonly<Record<string, unknown>>;

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
