import { Registration } from '../../../src/revocation/registration.js';
import { parseSnapshot } from '../../../src/revocation/snapshot.js';
import { VerifierSession } from '../../../src/revocation/verifier-session.js';
import { freshDatabase, type TestDatabase } from '../../support/databases.js';

const LEASE_MS = 1000;
const DURABLE = true;
const nothing = (): void => undefined;

describe('a registration is confirmed by its holder alone, and only where it was made', () => {
  let database: TestDatabase;
  const sessions: VerifierSession[] = [];
  const open = async (): Promise<VerifierSession> => {
    const session = await VerifierSession.open({
      url: database.url,
      variable: 'DATABASE_URL',
      role: undefined,
      synchronousCommit: 'on',
      pooler: false,
      timeoutMs: 5000,
      onNotification: nothing,
      onEnd: nothing,
    });
    sessions.push(session);
    return session;
  };
  /** As a process whose machine was copied while it ran. */
  const cloneOf = (registration: Registration): Registration =>
    Object.assign(Object.create(Registration.prototype) as Registration, registration);

  beforeAll(async () => void (database = await freshDatabase()));
  afterAll(async () => {
    for (const session of sessions) session.drop();
    await database.drop();
  });

  it('of two verifiers under one name, one goes on and the other starts over', async () => {
    const [here, there] = [await open(), await open()];
    const original = await Registration.make(here, LEASE_MS, 'original');
    const clone = cloneOf(original);
    const rounds = await Promise.all([
      original.beat(here, DURABLE, nothing),
      clone.beat(there, DURABLE, nothing),
    ]);
    expect(rounds.filter((round) => round === null)).toHaveLength(1);
    const [winner, loser] = rounds[0] === null ? [clone, original] : [original, clone];
    expect(await loser.beat(there, DURABLE, nothing)).toBeNull();
    expect(await winner.beat(here, DURABLE, nothing)).not.toBeNull();
  });

  it.each([
    ['whose feed is behind what was read', { position: parseSnapshot('4000000000:4000000000:') }],
    ['that was started at another time', { serverRun: '0' }],
  ])('a server %s is not trusted with it', async (_, otherwise) => {
    const session = await open();
    const registration = await Registration.make(session, LEASE_MS, 'before');
    Object.assign(registration, otherwise);
    expect(await registration.beat(session, DURABLE, nothing)).toBeNull();
  });
});
