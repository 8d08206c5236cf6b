import { randomUUID } from 'node:crypto';
import { PATCH_OP } from '../../../src/dialects/scim/scim-urns.js';
import { DIALECT_CHANGES } from '../../e2e/audit-events/dialect-changes.js';
import { NATIVE_CHANGES } from '../../e2e/audit-events/native-changes.js';
import {
  email,
  text,
  type RecordedOperation,
  type SentChange,
  type World,
} from '../../e2e/audit-events/sent-changes.js';
import type { Api } from '../../support/api.js';
import { aMember, aToken, platform } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { Browser } from '../../support/oidc/browser.js';
import { sessionOf, signIn } from '../../support/oidc/sign-in-house.js';
import { aSession } from '../../support/session.js';
import { Child } from '../../support/stream-child.js';
import type { Around } from './around.js';

/** Something that is done in a world; false: it did not succeed. */
type Deed = (world: World, around: Around) => Promise<boolean>;

const send = async ({ api, method, path, body, form }: SentChange): Promise<number> =>
  form !== undefined
    ? (await postForm(api.url, path, Object.entries(form))).status
    : (await api.call(method, path, body === undefined ? {} : { body })).status;

const sent =
  (request: RecordedOperation['requests'][number]): Deed =>
  async (world) =>
    (await send(await request(world))) < 300;

/** A few people, so that they come again, with other groups. */
const PEOPLE = ['ada', 'grace', 'barbara', 'frances', 'jean'];

async function signedIn({ origin, provider, anyOf }: Around): Promise<Browser | null> {
  const [sub, group] = [anyOf(PEOPLE), anyOf(['admins', 'staff'])];
  const person = { email: `${sub}@example.com`, email_verified: true, name: text(), groups: [group] };
  await provider.signsIn(sub, person);
  const { browser } = await signIn({ origin });
  return (await sessionOf(origin, browser)) === null ? null : browser;
}

/** Of somebody who may do all in the business. */
const byHand =
  (method: string, path: (world: World) => string, body: (around: Around) => object): Deed =>
  async (world, around) => {
    const { api } = await aSession(world.admin.api);
    return (await api.call(method, path(world), { body: body(around) })).status < 300;
  };

/** A revocation of all that was issued until now, which waits for a second person. */
async function asked(url: string): Promise<{ second: Api; path: string }> {
  const call = { selector: { platform: true }, reason: text(), issued_before: new Date().toISOString() };
  const [first, second] = [await aPerson(url), await aPerson(url)];
  const { body } = await first.post('/api/v1/admin/revocations', call);
  return { second, path: `/api/v1/admin/revocations/${body.id as string}` };
}

async function aPerson(url: string): Promise<Api> {
  const root = await platform(url);
  const { body } = await root.post('/api/v1/admin/tokens', { name: text(), issued_to: email() });
  return root.as(body.token as string);
}

/** Operations for which the documents' requests are not enough, by their operationId. */
const ASKED_ELSEWHERE: Record<string, Deed> = {
  getCurrentSession: async ({ token }) => {
    const { api } = await aSession(token.api);
    return (await api.get('/api/v1/sessions/current')).status === 200;
  },
  openVerifierStream: async ({ token }, { origin }) => {
    const child = await Child.join(origin);
    const { verdict } = await child.ask(token.secret);
    await child.leave();
    return verdict.active;
  },
  startOidcSignIn: async (_, { origin, provider: { issuer } }) => {
    const { location } = await new Browser().go(`${origin}/sign-in/oidc/corp`);
    return location?.startsWith(issuer) === true;
  },
  finishOidcSignIn: async (_, around) => (await signedIn(around)) !== null,
  endSessionsOfProvider: async (_, around) => {
    const browser = await signedIn(around);
    if (browser === null) return false;
    await around.provider.signOut(browser);
    return (await sessionOf(around.origin, browser)) === null;
  },
  signInWithRecoveryCode: async ({ business }, around) => {
    await aMember(business, 'owner');
    const code = await around.recoveryCode(business);
    const { status } = await new Browser().go(`${around.origin}/sign-in/recovery`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ business: business.id, code }),
    });
    return status === 201;
  },
  reportLeaksFromGithub: async ({ token }, { origin, github }) =>
    (await github.report(origin, token.secret)).text.includes('true_positive'),
  declinePlatformRevocation: async (_, { origin }) => {
    const { second, path } = await asked(origin);
    return (await second.post(`${path}/decline`, { reason: text() })).status === 200;
  },
};

/** What the documents' requests leave out: labels and rights of whoever owns tokens, ends of now, and people at the console. */
const MORE: Record<string, Deed> = {
  'a person who owns a token is renamed by the directory': async (world, around) => {
    const { admin, business, member } = world;
    const { body } = await business.api.get<{ email: string }>(`/api/v1/members/${member.id}`);
    await aToken(business, { member: { ...member, email: body.email }, scopes: [] });
    const renamed = (): SentChange => ({
      api: admin.api.within(null),
      method: 'PATCH',
      path: `/scim/v2/Users/${member.id}`,
      body: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'userName', value: email() }] },
    });
    return sent(renamed)(world, around);
  },
  'an identity that owns tokens is renamed, and its token rotated': async ({ api, identity, token }) => {
    await api.patch(`/api/v1/identities/${identity.id}`, { name: text() });
    return (await api.post(`/api/v1/tokens/${token.id}/rotate`, { grace_seconds: 60 })).status < 300;
  },
  'an owner is cut off': sent(({ api, identity }) => ({
    ...{ api, method: 'POST', path: '/api/v1/revocations' },
    body: { selector: { identity: identity.id }, reason: text(), issued_before: new Date().toISOString() },
  })),
  'a business is cut off': sent(({ api }) => ({
    ...{ api, method: 'POST', path: '/api/v1/revocations' },
    body: { selector: { business: true }, reason: text() },
  })),
  'tokens are selected': sent(({ api }) => ({
    ...{ api, method: 'POST', path: '/api/v1/revocations' },
    body: { selector: { owner_email: '*', name: 'token' }, reason: text() },
  })),
  'an issue is repeated under its key': async ({ api }) => {
    const [headers, body] = [{ 'idempotency-key': randomUUID() }, { name: text(), scopes: ['jobs:read'] }];
    const issue = () => api.call('POST', '/api/v1/tokens', { headers, body });
    const answers = [await issue(), await issue()];
    return answers[0]?.status === 201;
  },
  'somebody issues at the console': byHand('POST', () => '/api/v1/tokens', () => ({ name: text(), scopes: ['jobs:read'] })),
  'somebody revokes at the console': byHand('POST', ({ token }) => `/api/v1/tokens/${token.id}/revoke`, () => ({ reason: text() })),
  'somebody changes a member at the console': byHand('PATCH', ({ member }) => `/api/v1/members/${member.id}`, ({ anyOf }) => ({ role: anyOf(['developer', 'auditor']) })),
}; // prettier-ignore

/** Ends everything, and so is done when nothing else is. */
export const ENDS_ALL = 'approvePlatformRevocation';

/**
 * All that has been issued until now is revoked, as one person asks and another one approves.
 * @returns the secret of a platform token that was issued later
 */
export async function endAll(url: string): Promise<{ isDone: boolean; secret: string }> {
  const { second, path } = await asked(url);
  // Nobody's: who has made two persons is both of them, and nobody approves for themselves.
  const { body } = await (await platform(url)).post('/api/v1/admin/tokens', { name: text() });
  const { status } = await second.post(`${path}/approve`, { if_changed: 'proceed' });
  return { isDone: status === 201, secret: body.token as string };
}

/** @returns the deeds of an operation, or of something that is none; empty: it is a read, for which the documents' request is enough */
export function deedsOf(name: string): Deed[] {
  const given = ASKED_ELSEWHERE[name] ?? MORE[name];
  if (given !== undefined) return [given];
  return (NATIVE_CHANGES[name] ?? DIALECT_CHANGES[name])?.requests.map(sent) ?? [];
}

export const NO_OPERATION = Object.keys(MORE);
