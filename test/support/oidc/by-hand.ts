import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { Browser } from './browser.js';
import type { BrokenProvider } from './broken-provider.js';

/** Somebody whom a provider of the tests has sent back: what remains is to ask for `callback`. */
interface CameBack {
  browser: Browser;
  callback: string;
}

type Answers = Map<string, () => Promise<object>>;
const answersByProvider = new WeakMap<BrokenProvider, Answers>();

/** For each code that the provider has given: several people may be on their way at once. */
function answersOf(provider: BrokenProvider): Answers {
  const answers: Answers = answersByProvider.get(provider) ?? new Map();
  answersByProvider.set(provider, answers);
  return answers;
}

/**
 * Goes to sign in and comes back with a code, for which the provider answers a good ID token of these claims.
 * @param id of the provider at the service
 */
export async function comesBack(
  origin: string,
  provider: BrokenProvider,
  claims: JWTPayload & { sub: string },
  { id = 'hand', query = '', browser = new Browser() } = {},
): Promise<CameBack> {
  const { location } = await browser.go(`${origin}/sign-in/oidc/${id}${query}`);
  const { searchParams } = new URL(location!);
  const now = Math.floor(Date.now() / 1000);
  const said = {
    iss: provider.issuer,
    aud: 'rescind',
    nonce: searchParams.get('nonce')!,
    iat: now,
    exp: now + 60,
  };
  const person = { email: `${claims.sub}@example.com`, email_verified: true, groups: ['staff'] };
  const code = randomUUID();
  const answers = answersOf(provider);
  answers.set(code, async () => ({
    ...{ access_token: 'a', token_type: 'bearer' },
    id_token: await provider.sign({ ...said, ...person, ...claims }),
  }));
  provider.answerWith((form) => answers.get(form.get('code') ?? '')?.() ?? {});
  const back = { code, state: searchParams.get('state')!, iss: provider.issuer };
  return {
    browser,
    callback: `${origin}/sign-in/oidc/${id}/callback?${new URLSearchParams(back).toString()}`,
  };
}

/** A browser in which they are signed in. @throws Error with the address to which a refusal leads */
export async function signsInByHand(...asked: Parameters<typeof comesBack>): Promise<Browser> {
  const { browser, callback } = await comesBack(...asked);
  const { location } = await browser.go(callback);
  if (location !== `${asked[0]}/console/`) throw new Error(`led to ${location}`);
  return browser;
}
