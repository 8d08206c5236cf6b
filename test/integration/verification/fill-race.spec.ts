import { VerdictCache, type Found } from '../../../src/verification/verdict-cache.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aMember, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { processVerdicts, type ProcessVerdicts } from './process-verdicts.js';

/** Keeps whatever a look-up brings, as a cache would that does not know of leases. */
class NaiveMemory extends VerdictCache {
  override async fill(publicId: string, look: () => Promise<Found>): Promise<Found> {
    const found = await look();
    (this as unknown as { keep(publicId: string, found: Found): void }).keep(publicId, found);
    return found;
  }
}

interface Racing {
  token: TestToken;
  memberId: string;
  business: TestBusiness;
}

describe('R3: a verdict that was read before it was taken back is not remembered after it', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let here: ProcessVerdicts;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url, env: { RESCIND_LEASE_MS: '2000' } });
  });
  afterEach(() => here.end());
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });

  const outcome = async (token: TestToken): Promise<string> => {
    const verdict = await here.verdicts.verify(token.secret, { from: null });
    return verdict.active ? 'active' : verdict.reason;
  };

  /**
   * A verification reads the token and stops there; the token is taken back, and that is answered; the verification
   * goes on. @returns what it said itself
   */
  const race = async (takeBack: (racing: Racing) => Promise<{ status: number }>) => {
    const business = await aBusiness({ url: rescind.url });
    const member = await aMember(business, 'developer');
    const token = await aToken(business, { member });
    let letGo!: () => void;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const hasRead = new Promise<void>((resolve) => {
      here.repository.hold = (found) => {
        expect(found?.facts.revoked).toBe(false);
        here.repository.hold = () => Promise.resolve();
        resolve();
        return gate;
      };
    });
    const asked = outcome(token);
    await hasRead;
    const { status } = await takeBack({ token, memberId: member.id, business });
    expect([200, 201, 204]).toContain(status);
    return { token, asked, letGo };
  };

  const revoke = ({ token, business }: Racing) => business.api.post(`/api/v1/tokens/${token.id}/revoke`);
  const takingBacks: [string, string, (racing: Racing) => Promise<{ status: number }>][] = [
    ['its revocation', 'revoked', revoke],
    [
      "its owner's removal",
      'revoked',
      ({ memberId, business }) => business.api.delete(`/api/v1/members/${memberId}`),
    ],
    [
      'the suspension of its business',
      'suspended',
      ({ business }) => business.api.post(`/api/v1/admin/businesses/${business.id}/suspend`, {}),
    ],
  ];

  it.each(takingBacks)('by %s', async (_, reason, takeBack) => {
    here = await processVerdicts(database.url);
    const { token, asked, letGo } = await race(takeBack);
    letGo();
    // It was asked before, so it may still say what was true then. It leaves nothing.
    expect(await asked).toBe('active');
    expect(here.verdicts.cache.get(token.jti)).toBeUndefined();
    expect(await outcome(token)).toBe(reason);
  });

  it.each(takingBacks)(
    'by %s, nor is it joined by a verification that comes after',
    async (_, reason, takeBack) => {
      here = await processVerdicts(database.url);
      const { token, asked, letGo } = await race(takeBack);
      expect(await outcome(token)).toBe(reason);
      letGo();
      await asked;
      expect(await outcome(token)).toBe(reason);
    },
  );

  it('and a memory that keeps whatever it is brought fails this test', async () => {
    here = await processVerdicts(database.url, new NaiveMemory(1000, 1000));
    const { token, asked, letGo } = await race(revoke);
    letGo();
    await asked;
    expect(await outcome(token)).toBe('active');
  });
});
