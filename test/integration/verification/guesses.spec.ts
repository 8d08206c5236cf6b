import { Rates } from '../../../src/admission/rates.js';
import { PresentedSecrets } from '../../../src/auth/presented-secrets.js';
import type { policyConfig } from '../../../src/config/policy.config.js';
import { mintSecret } from '../../../src/secrets/mint.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { processVerdicts, type ProcessVerdicts } from './process-verdicts.js';

const LIMIT = 5;
const PACE_MS = 50;
/** Look-ups that may wait their turn at once: two seconds of twenty a second, and the one under way. */
const LINE_MAX = 41;

describe('an address that guesses', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let here: ProcessVerdicts;
  let business: TestBusiness;
  let presented: PresentedSecrets;
  let rates: Rates;
  let lookUps = 0;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    here = await processVerdicts(database.url);
    here.repository.hold = () => Promise.resolve(void lookUps++);
    business = await aBusiness({ url: rescind.url });
    rates = new Rates({ failedAuthenticationsPerMinute: LIMIT } as ReturnType<typeof policyConfig>);
    presented = new PresentedSecrets(here.verdicts, rates);
  });
  afterAll(async () => {
    await here.end();
    await rescind.stop();
    await database.drop();
  });

  let host = 0;
  let from: string;
  beforeEach(() => void (from = `198.51.100.${++host}`));
  const present = async (secret: string, address = from): Promise<string> => {
    const verdict = await presented.verdictOn(secret, { from: address });
    if (!verdict.active) rates.use('failed-authentications', address);
    return verdict.active ? 'active' : verdict.reason;
  };
  const guessTooMuch = async (): Promise<void> => {
    for (let guess = 0; guess <= LIMIT; guess++) await present(mintSecret('dz').secret);
    expect(rates.use('failed-authentications', from, 0).isExceeded).toBe(true);
  };

  it('costs a bounded number of look-ups, and is refused the rest at once', async () => {
    await guessTooMuch();
    const before = lookUps;
    const startedMs = performance.now();
    const guesses = Array.from({ length: 500 }, () => present(mintSecret('dz').secret));
    const meanwhile = Math.ceil((performance.now() - startedMs) / PACE_MS);
    expect(new Set(await Promise.all(guesses))).toEqual(new Set(['unknown']));
    expect(lookUps - before).toBeLessThanOrEqual(LINE_MAX + meanwhile);
    expect(lookUps - before).toBeGreaterThan(0);
  });

  it('does not keep a good token from passing: at once when it is remembered, else in its turn', async () => {
    const remembered = await aToken(business);
    const fresh = await aToken(business);
    expect(await present(remembered.secret)).toBe('active');
    await guessTooMuch();
    const guesses = Array.from({ length: 20 }, () => present(mintSecret('dz').secret));
    const before = lookUps;
    expect(presented.verdictOn(remembered.secret, { from })).toMatchObject({ active: true });
    expect(lookUps).toBe(before);
    expect(await present(fresh.secret)).toBe('active');
    await Promise.all(guesses);
  });

  it('slows nobody else down', async () => {
    await guessTooMuch();
    const guesses = Array.from({ length: 100 }, () => present(mintSecret('dz').secret));
    const fresh = await aToken(business);
    expect(await present(fresh.secret, '203.0.113.1')).toBe('active');
    const another = mintSecret('dz').secret;
    const before = lookUps;
    expect(await present(another, '203.0.113.2')).toBe('unknown');
    expect(lookUps - before).toBeGreaterThanOrEqual(1);
    await Promise.all(guesses);
  });

  it('with what is no secret costs none, and is told so', async () => {
    await guessTooMuch();
    const before = lookUps;
    expect(await present('dz_guess')).toBe('malformed');
    expect(lookUps).toBe(before);
  });
});
