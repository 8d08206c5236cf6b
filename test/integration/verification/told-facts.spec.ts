import type { ClientVerifiers } from '../../../src/lease/client-verifiers/client-verifiers.js';
import type { ClientVerifier } from '../../../src/lease/client-verifiers/client-verifier.js';
import { VerdictCounter } from '../../../src/verification/verdict-counter.js';
import { FactAnswers } from '../../../src/verifier-stream/fact-answers.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';
import { aBusiness, aToken, type TestBusiness } from '../../support/factories.js';
import { startRescind, type RescindProcess } from '../../support/rescind-process.js';
import { waitFor } from '../../support/wait-for.js';
import { processVerdicts, type ProcessVerdicts } from './process-verdicts.js';

describe('R1: a fact that a client verifier may remember is behind no eviction of it', () => {
  let database: TestDatabase;
  let rescind: RescindProcess;
  let here: ProcessVerdicts;
  let business: TestBusiness;
  let said: string[];
  let child: ClientVerifier;
  let answers: FactAnswers;

  beforeAll(async () => {
    database = await freshDatabase();
    rescind = await startRescind({ databaseUrl: database.url, env: { RESCIND_LEASE_MS: '2000' } });
  });
  beforeEach(async () => {
    here = await processVerdicts(database.url);
    business = await aBusiness({ url: rescind.url });
    said = [];
    child = join(here.clients);
    answers = new FactAnswers(here.clients, here.verdicts, new VerdictCounter(), here.usage);
  });
  afterEach(() => here.end());
  afterAll(async () => {
    await rescind.stop();
    await database.drop();
  });

  /** One that acknowledges nothing by itself; what it is sent is in `said`, in its order. */
  const join = (clients: ClientVerifiers): ClientVerifier =>
    clients.join(
      {
        evict: (seq, entries) => said.push(`evict ${entries.map(({ subject }) => subject).join()}`),
        reset: () => said.push('reset'),
        proveAgain: () => undefined,
        end: () => undefined,
        destroy: () => undefined,
      },
      business.id,
      { jti: 'its credential', ownerId: null, businessId: null },
    );

  const ask = async (secret: string): Promise<void> => {
    await answers.answer(
      child,
      { type: 'ask', id: 1, secret, ip: null, userAgent: null, scopes: null, isValid: true },
      (text) => {
        const { cacheable, verdict } = JSON.parse(text) as {
          cacheable: boolean;
          verdict: { active: boolean };
        };
        said.push(`${cacheable ? 'fact' : 'answer'} ${verdict.active}`);
      },
    );
  };

  it('a look-up that a revocation overtakes is an answer of one question', async () => {
    const token = await aToken(business);
    let letGo!: () => void;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const hasRead = new Promise<void>((resolve) => {
      here.repository.hold = () => {
        here.repository.hold = () => Promise.resolve();
        resolve();
        return gate;
      };
    });
    const asked = ask(token.secret);
    await hasRead;
    expect((await business.api.post(`/api/v1/tokens/${token.id}/revoke`)).status).toBe(201);
    letGo();
    await asked;
    expect(said).toEqual(['answer true']);
    await ask(token.secret);
    expect(said).toEqual(['answer true', 'answer false']);
  });

  it('what was told before is evicted, and the revocation waits for the acknowledgement', async () => {
    const token = await aToken(business);
    await waitFor('a fact', async () => {
      await ask(token.secret);
      return said.at(-1) === 'fact true';
    });
    expect(here.clients.grant(child, here.verifier.lease)).toBeGreaterThan(0);
    let isAnswered = false;
    const revoked = business.api
      .post(`/api/v1/tokens/${token.id}/revoke`)
      .then(({ body }) => ((isAnswered = true), body));
    await waitFor('the eviction', () => said.at(-1) === `evict ${token.jti}`);
    // This process has forgotten, and has told nobody else so.
    await here.verifier.catchUp();
    expect(isAnswered).toBe(false);
    here.clients.acknowledge(child, child.seq);
    expect((await revoked).receipt.verifiers_waited_out).toBe(0);
    await ask(token.secret);
    expect(said.at(-1)).toBe('answer false');
  });

  it('without a lease nothing is told to be remembered', async () => {
    const token = await aToken(business);
    here.verifier.lease.end();
    await ask(token.secret);
    expect(said).toEqual(['answer true']);
  });
});
