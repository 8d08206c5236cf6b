import { Api } from '../../support/api.js';
import { AUTHORIZATION } from '../../support/authorization-table.js';
import { exchange } from '../../support/exchange.js';
import { aBusiness, aMember, aToken, platform, type TestBusiness } from '../../support/factories.js';
import { postForm } from '../../support/form.js';
import { startGithub, type Github } from '../../support/github.js';
import { everyOperation } from '../../support/operations.js';
import { aSession } from '../../support/session.js';
import { Child, type Fact } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { aSubject, BUSINESS_CHANGES, PLATFORM_CHANGES, type Subject } from '../in-flight/changes.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

/** Long enough that a repeat which waits for nothing is answered within it, on any machine. */
const LEASE_MS = 3000;
const AT_ONCE = 5;
const TOLD_MIN = 40;

type Request = (subject: Subject) => Promise<{ status: number }>;
/** Makes what the request is about, and that is not in every subject. */
type Prepared = (subject: Subject) => Promise<Request>;

let github: Github;

const asIs =
  (request: Request): Prepared =>
  () =>
    Promise.resolve(request);
const form = (path: string): Prepared =>
  asIs(({ api, tokenSecret }) => postForm(api.url, path, [['token', tokenSecret]]));
const bySecret = (path: string): Prepared =>
  asIs(({ api, secrets }) =>
    api
      .as(null)
      .within(null)
      .post(path, { accessToken: secrets.at(-1) }),
  );
const ask = (path: string, body: (subject: Subject) => object): Prepared =>
  asIs((subject) => subject.api.post(path, body(subject)));

const aPerson = async ({ url }: Api, issuedTo: string): Promise<string> =>
  (await (await platform(url)).post('/api/v1/admin/tokens', { name: 'of a person', issued_to: issuedTo }))
    .body.token as string;

/** A revocation through all businesses that waits for a second person, and that one's call. */
const ofPlatform =
  (decision: 'approve' | 'decline'): Prepared =>
  async ({ api }) => {
    // The two outlive it, and so do the client verifiers.
    const selected = { selector: { platform: true }, issued_before: new Date().toISOString() };
    const [ada, grace] = [await aPerson(api, 'ada@example.com'), await aPerson(api, 'grace@example.com')];
    const call = { ...selected, reason: 'repeated' };
    const asked = await api.as(ada).within(null).post('/api/v1/admin/revocations', call);
    const path = `/api/v1/admin/revocations/${asked.body.id as string}/${decision}`;
    const body = decision === 'approve' ? { if_changed: 'proceed' } : { reason: 'repeated' };
    return ({ api: through }) => through.as(grace).within(null).post(path, body);
  };

/** What needs more than a caller's API and a subject, by method and path as the others are. */
const OTHERS: Record<string, Prepared> = {
  'POST /oauth/revoke': form('/oauth/revoke'),
  'POST /api/agent/identity/revoke': form('/api/agent/identity/revoke'),
  'POST /api/agent/oauth/revoke': form('/api/agent/oauth/revoke'),
  'POST /api/v1/auth/token/revoke': bySecret('/api/v1/auth/token/revoke'),
  'POST /api/v1/auth/token/renew': bySecret('/api/v1/auth/token/renew'),
  'DELETE /api/public/v1/tokens/{tokenId}': asIs(({ api, tokenId, tokenSecret }) =>
    api.as(tokenSecret).within(null).delete(`/api/public/v1/tokens/${tokenId}`),
  ),
  'POST /leaks/github': asIs(({ api, tokenSecret }) => github.report(api.url, tokenSecret)),
  'POST /api/v1/sessions/current/end': async ({ api, tokenSecret }) => {
    const { api: page } = await aSession(api.as(tokenSecret));
    return ({ api: through }) => page.at(through.url).post('/api/v1/sessions/current/end', {});
  },
  'POST /api/v1/admin/revocations/{revocation_id}/decline': ofPlatform('decline'),
  'POST /api/v1/tokens/verify': ask('/api/v1/tokens/verify', ({ tokenSecret }) => ({ token: tokenSecret })),
  'POST /api/v1/tokens/verify-batch': ask('/api/v1/tokens/verify-batch', ({ secrets }) => ({
    items: secrets.map((token) => ({ token })),
  })),
  'POST /api/v1/tokens/find': ask('/api/v1/tokens/find', () => ({ fragment: '0'.repeat(22) })),
  'POST /oauth/introspect': asIs(({ api, tokenSecret }) =>
    postForm(api.url, '/oauth/introspect', [['token', tokenSecret]], { bearer: api.secret as string }),
  ),
  'POST /gateway/authorize': asIs(({ api, tokenSecret }) =>
    exchange(api.url, {
      method: 'POST',
      path: '/gateway/authorize',
      headers: [['authorization', `Bearer ${tokenSecret}`]],
    }),
  ),
};

/** Ends every token, so that nothing can be asked for after it. */
const LAST = 'POST /api/v1/admin/revocations/{revocation_id}/approve';

/** Beside the good request that each operation has. */
const MORE: Record<string, Prepared> = {
  'a selection': asIs(({ api, memberId }) =>
    api.post('/api/v1/revocations', { selector: { owner_email: '*', name: memberId }, reason: 'stolen' }),
  ),
  'a plan': async ({ api, identityId }) => {
    const path = '/api/v1/revocations';
    const shown = { selector: { identity: identityId }, reason: 'stolen', preview: true };
    const { body } = await api.post(path, shown);
    return ({ api: through }) => through.post(path, { plan: body.plan as string });
  },
  'all of an owner, in vcita': asIs(({ api, identityId }) =>
    api.within(null).post('/platform/v1/tokens/revoke', { app_id: identityId }),
  ),
  'a token by itself': asIs(({ api, tokenId, tokenSecret }) =>
    api.as(tokenSecret).post(`/api/v1/tokens/${tokenId}/revoke`),
  ),
};

/** Those end or open sessions of people, which no client verifier is told of: see repeated-sign-ins.spec.ts. */
const OF_PROVIDERS = new Set(['POST /sign-in/recovery', 'POST /sign-in/oidc/{provider}/back-channel-logout']);

const CHANGES = Object.entries({ ...BUSINESS_CHANGES, ...PLATFORM_CHANGES });
const EVERY: Record<string, Prepared> = {
  ...Object.fromEntries(
    CHANGES.filter(([name]) => !name.startsWith('GET ')).map(([name, request]) => [name, asIs(request)]),
  ),
  ...OTHERS,
  ...MORE,
};

/** What a caller is let in or refused by, or is shown; but for the name of a token, which is for people and may be that of before. */
const told = ({ verdict, trusted_ips }: Fact): unknown => ({
  verdict: { ...verdict, name: null },
  trusted_ips,
});

describe('R1: who repeats a call, and finds done what they ask for, waits as who was first', () => {
  let world: Verifiers;
  beforeAll(async () => {
    github = await startGithub();
    world = await startVerifiers(2, {
      RESCIND_LEASE_MS: String(LEASE_MS),
      RESCIND_GITHUB_KEYS_URL: github.keysUrl,
      RESCIND_PLATFORM_APPROVAL_ABOVE: '0',
    });
  }, 120_000);
  afterAll(async () => {
    await world?.end();
    github?.stop();
  });

  const urlOf = (index: number): string => (world.all[index] as Verifier).url;

  /** The same subject, asked for through another server. */
  const through = (index: number, { api, business, ...things }: Subject): Subject => ({
    ...things,
    api: new Api(urlOf(index), api.secret, api.business),
    business: { ...business, api: new Api(urlOf(index), business.api.secret, business.id) },
  });

  async function subjectOf(isOfPlatform: boolean): Promise<{ subject: Subject; business: TestBusiness }> {
    const business = await aBusiness({ url: urlOf(0) });
    const owner = await aToken(business, { member: await aMember(business, 'owner') });
    const actor = isOfPlatform ? { id: owner.id, api: new Api(urlOf(0), platformSecret()) } : owner;
    const subject = await aSubject(actor, business);
    // Whatever role the group gives can be taken by the group, its name, its members and the mapping.
    await business.api.put('/api/v1/role-mapping', {
      groups: [{ group: `of ${subject.memberId}`, role: 'admin' }],
      default_role: 'auditor',
    });
    await business.api.patch(`/api/v1/tokens/${subject.tokenId}`, { name: subject.memberId });
    return { subject, business };
  }

  /** Facts by which a client verifier that hears nothing answers after the repeat, and which are not so any more. */
  async function staleAfterRepeat(
    prepared: Prepared,
    isOfPlatform: boolean,
    secretOfVerifiers = () => Promise.resolve(platformSecret()),
  ): Promise<{ stale: string[]; isTold: boolean }> {
    const { subject } = await subjectOf(isOfPlatform);
    const request = await prepared(subject);
    const secret = await secretOfVerifiers();
    const deaf = await Child.join(urlOf(1), { secret });
    const judge = await Child.join(urlOf(0), { secret });
    const { secrets } = subject;
    for (const secret of secrets) await deaf.remember(secret);
    deaf.acknowledges = false;
    let isAnswered = false;
    const first = request(through(0, subject)).finally(() => (isAnswered = true));
    await waitFor('an answer, or the client verifier to be told', () =>
      Promise.resolve(
        isAnswered || deaf.stream.heard.some(({ type }) => type === 'evict' || type === 'reset'),
      ),
    );
    const stale: string[] = [];
    const again = async (index: number): Promise<void> => {
      const { status } = await request(through(index, subject));
      const recalled = secrets.map((secret) => deaf.recalled(secret));
      for (const [number, secret] of secrets.entries()) {
        const fact = recalled[number];
        if (fact == null) continue;
        const fresh = await judge.ask(secret);
        if (JSON.stringify(told(fact)) !== JSON.stringify(told(fresh)))
          stale.push(
            `${status} at ${index}: ${JSON.stringify(told(fact))} but ${JSON.stringify(told(fresh))}`,
          );
      }
    };
    await Promise.all([again(0), again(1)]);
    await first;
    const isTold = deaf.stream.heard.some(({ type }) => type === 'evict' || type === 'reset');
    deaf.break();
    judge.break();
    return { stale, isTold };
  }

  it('is tried with every operation of every document that is no read', async () => {
    const operations = await everyOperation(urlOf(0));
    const asked = operations.filter(({ method }) => method !== 'GET');
    const untried = asked.map(({ method, path }) => `${method} ${path}`);
    expect(untried.filter((name) => !(name in EVERY) && name !== LAST && !OF_PROVIDERS.has(name))).toEqual(
      [],
    );
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
      Object.keys(AUTHORIZATION).sort(),
    );
  });

  it('for every operation, answered 2xx or 4xx', async () => {
    const stale: Record<string, string[]> = {};
    const told: string[] = [];
    const note = (name: string, found: { stale: string[]; isTold: boolean }): void => {
      if (found.stale.length > 0) stale[name] = found.stale;
      if (found.isTold) told.push(name);
    };
    const left = Object.entries(EVERY);
    const some = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [name, prepared] = next;
        note(name, await staleAfterRepeat(prepared, name in PLATFORM_CHANGES));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, some));
    const later = () => aPerson(new Api(urlOf(0)), 'grace@example.com');
    note(LAST, await staleAfterRepeat(ofPlatform('approve'), true, later));
    expect(stale).toEqual({});
    // Of so many calls the client verifier had to be told: the others say nothing about its tokens.
    expect(told.length).toBeGreaterThanOrEqual(TOLD_MIN);
    expect(told).toContain(LAST);
  }, 600_000);
});
