import { Api } from '../../support/api.js';
import { aBusiness, aMember, aToken, type TestBusiness } from '../../support/factories.js';
import { Child, type Fact } from '../../support/stream-child.js';
import { platformSecret } from '../../support/test-run.js';
import { waitFor } from '../../support/wait-for.js';
import { aSubject, BUSINESS_CHANGES, PLATFORM_CHANGES, type Subject } from '../in-flight/changes.js';
import { startVerifiers, type Verifier, type Verifiers } from '../verifiers.js';

/** Long enough that a repeat which waits for nothing is answered within it, on any machine. */
const LEASE_MS = 3000;
const AT_ONCE = 5;
const TOLD_MIN = 30;

type Request = (subject: Subject) => Promise<{ status: number }>;

/** Beside the good request that each route has. */
const MORE: Record<string, Request> = {
  'a selection': ({ api, memberId }) =>
    api.post('/api/v1/revocations', { selector: { owner_email: '*', name: memberId }, reason: 'stolen' }),
};

const EVERY: readonly (readonly [string, Request])[] = Object.entries({
  ...BUSINESS_CHANGES,
  ...PLATFORM_CHANGES,
  ...MORE,
}).filter(([route]) => !route.startsWith('GET '));

/** What a caller is let in or refused by, or is shown; but for the name of a token, which is for people and may be that of before. */
const told = ({ verdict, trusted_ips }: Fact): unknown => ({
  verdict: { ...verdict, name: null },
  trusted_ips,
});

describe('R1: who repeats a call, and finds done what they ask for, waits as who was first', () => {
  let world: Verifiers;
  beforeAll(async () => {
    world = await startVerifiers(2, { RESCIND_LEASE_MS: String(LEASE_MS) });
  }, 120_000);
  afterAll(() => world?.end());

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
    request: Request,
    isOfPlatform: boolean,
  ): Promise<{ stale: string[]; isTold: boolean }> {
    const { subject } = await subjectOf(isOfPlatform);
    const deaf = await Child.join(urlOf(1));
    const judge = await Child.join(urlOf(0));
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

  it('for every operation that changes something, answered 2xx or 4xx', async () => {
    const stale: Record<string, string[]> = {};
    const told: string[] = [];
    const left = [...EVERY];
    const some = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [route, request] = next;
        const found = await staleAfterRepeat(request, route in PLATFORM_CHANGES);
        if (found.stale.length > 0) stale[route] = found.stale;
        if (found.isTold) told.push(route);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, some));
    expect(stale).toEqual({});
    // Of so many calls the client verifier had to be told: the others say nothing about its tokens.
    expect(told.length).toBeGreaterThanOrEqual(TOLD_MIN);
  }, 600_000);
});
