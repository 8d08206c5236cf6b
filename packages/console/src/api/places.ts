/** The screens, by the names of their scripts. */
export type ScreenName =
  | 'sign-in'
  | 'overview'
  | 'tokens'
  | 'issue'
  | 'token'
  | 'revocations'
  | 'revocation-plan'
  | 'revocation'
  | 'members'
  | 'identities'
  | 'roles'
  | 'audit'
  | 'retention'
  | 'sessions'
  | 'businesses'
  | 'platform-tokens'
  | 'verifiers';

/** A screen, and the business that its address is of; null: the platform, or nobody yet. */
export interface Place {
  screen: ScreenName;
  businessId: string | null;
}

const BELOW: Partial<Record<string, { new?: ScreenName; one: ScreenName }>> = {
  tokens: { new: 'issue', one: 'token' },
  revocations: { new: 'revocation-plan', one: 'revocation' },
};
const NAMED = {
  b: [
    'overview',
    'tokens',
    'revocations',
    'members',
    'identities',
    'roles',
    'audit',
    'retention',
    'sessions',
  ],
  platform: ['overview', 'businesses', 'revocations', 'verifiers', 'audit', 'retention', 'sessions'],
} as const satisfies Record<string, readonly ScreenName[]>;

/**
 * Which screen an address leads to, as far as that can be told without the router: it decides again once it is there.
 * @param path from `/console` on
 * @returns null where there is none, or where who is signed in decides
 */
export function placeAt(path: string): Place | null {
  const [, , section = '', ...words] = path.replace(/\/$/, '').split('/');
  if (section === 'sign-in' && words.length === 0) return { screen: 'sign-in', businessId: null };
  if (section === 'platform') return on(words, NAMED.platform, null);
  const [businessId = '', ...rest] = words;
  return section === 'b' && businessId !== '' ? on(rest, NAMED.b, businessId) : null;
}

function on(
  [name = '', id, ...more]: string[],
  named: readonly ScreenName[],
  businessId: string | null,
): Place | null {
  const screen = id === undefined ? named.find((each) => each === name) : undefined;
  if (screen !== undefined) return { screen, businessId };
  if (businessId === null && name === 'tokens' && id === undefined)
    return { screen: 'platform-tokens', businessId };
  const below = BELOW[name];
  if (below === undefined || id === undefined || more.length > 0) return null;
  if (businessId === null && name === 'tokens') return null;
  return { screen: (id === 'new' ? below.new : undefined) ?? below.one, businessId };
}
