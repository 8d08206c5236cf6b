import { mintSecret } from '../../../src/secrets/mint.js';
import { publicIdOf } from '../../../src/secrets/secret-format.js';
import type { Presentation } from '../../../src/verification/presentation.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness, type TestToken } from '../../support/factories.js';
import { forgedFrom } from '../../support/forged-secret.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { processVerdicts, type ProcessVerdicts } from './process-verdicts.js';

const ANYBODY = (): Presentation => ({ from: null });

describe('R6: whether a token is in memory', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let here: ProcessVerdicts;
  let owner: TestBusiness;
  let other: TestBusiness;
  let token: TestToken;
  let lookUps = 0;
  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url });
    here = await processVerdicts(database.url);
    here.repository.hold = () => Promise.resolve(void lookUps++);
    owner = await aBusiness({ url: rescind.url });
    other = await aBusiness({ url: rescind.url });
  });
  beforeEach(async () => {
    token = await aToken(owner);
  });
  afterAll(async () => {
    await here.end();
    await rescind.stop();
    await database.drop();
  });

  /** What is answered, and how many look-ups it took. */
  const ask = async (secret: string, presentation: Presentation): Promise<[string, number]> => {
    const before = lookUps;
    const verdict = await here.verdicts.verify(secret, presentation);
    return [verdict.active ? 'active' : verdict.reason, lookUps - before];
  };
  const asOwner = (): Presentation => ({ from: null, within: owner.id });
  const asOther = (): Presentation => ({ from: null, within: other.id });

  const strangers: [string, (secret: string) => string, () => Presentation][] = [
    ['another business with the secret', (secret) => secret, asOther],
    ['another business with its public id', forgedFrom, asOther],
    ['its own business with its public id', forgedFrom, asOwner],
    ['anybody with its public id', forgedFrom, ANYBODY],
  ];

  it.each(strangers)('costs %s a look-up, used or not, however often they ask', async (_, secretOf, as) => {
    const secret = secretOf(token.secret);
    expect(publicIdOf(secret)).toBe(token.jti);
    expect(await ask(secret, as())).toEqual(['unknown', 1]);
    expect(await ask(secret, as())).toEqual(['unknown', 1]);
    expect((await ask(token.secret, asOwner()))[0]).toBe('active');
    expect(await ask(secret, as())).toEqual(['unknown', 1]);
    expect(await ask(secret, as())).toEqual(['unknown', 1]);
    expect(here.verdicts.needsLookUp(secret, as())).toBe(true);
  });

  it('cannot be told from whether there is such a token, or anybody has asked for it', async () => {
    const { secret } = mintSecret('dz');
    for (const as of [asOther, asOwner, ANYBODY])
      for (let times = 0; times < 3; times++) expect(await ask(secret, as())).toEqual(['unknown', 1]);
  });

  it('spares whoever proves it the look-up, whatever strangers ask meanwhile', async () => {
    expect(await ask(token.secret, asOwner())).toEqual(['active', 1]);
    const held = here.verdicts.cache.get(token.jti);
    for (const [, secretOf, as] of strangers) await ask(secretOf(token.secret), as());
    expect(await ask(token.secret, asOwner())).toEqual(['active', 0]);
    expect(await ask(token.secret, ANYBODY())).toEqual(['active', 0]);
    expect(here.verdicts.cache.get(token.jti)).toBe(held);
    expect(here.verdicts.needsLookUp(token.secret, asOwner())).toBe(false);
  });

  it('spares whoever goes on with a revoked one the look-up, and tells nobody else', async () => {
    expect((await ask(token.secret, asOwner()))[0]).toBe('active');
    await owner.api.post(`/api/v1/tokens/${token.id}/revoke`, {});
    expect(await ask(token.secret, asOwner())).toEqual(['revoked', 1]);
    expect(await ask(token.secret, asOwner())).toEqual(['revoked', 0]);
    expect(await ask(token.secret, asOther())).toEqual(['unknown', 1]);
    expect(await ask(forgedFrom(token.secret), ANYBODY())).toEqual(['unknown', 1]);
  });
});
